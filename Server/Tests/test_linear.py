"""Whatever is read costs in proportion to its size: times of a size, and of four times as much."""

import contextlib
import gzip
import os
import shutil
import subprocess
import time

from server import SERVABLE, SERVE
from survival import ONE, Survival, USERS, binary, chunked, infer, packed, setUpModule  # noqa: F401
from wire import INFER, PREDICT, read_answer, request


#: What is filled up to so many bytes: before it, what is repeated ("%d" is its number), behind it.
FILLED = {
    "letters behind an escape": ('{"instances":["\\n', "a", '"]}'),
    "letters before an escape": ('{"instances":["', "a", '\\n"]}'),
    "letters": ('{"instances":["', "a", '"]}'),
    "escapes": ('{"instances":["', "\\n", '"]}'),
    "code points": ('{"instances":["', "\\u00e9", '"]}'),
    "surrogates": ('{"instances":["', "\\ud83d\\ude00", '"]}'),
    "half surrogates": ('{"instances":["', "\\ud83d", '"]}'),
    "letters of three bytes": ('{"instances":["\\n', "€", '"]}'),
    "letters that combine": ('{"instances":["e', "\u0301", '"]}'),
    "ends of lines": ('{"instances":["\\r', "\\r\\n", '"]}'),
    "quotes": ("", '"', ""),
    "backslashes": ('{"instances":["', "\\\\", '"]}'),
    "spaces": ("", " ", '{"instances":["42"]}'),
    "spaces behind": ('{"instances":["42"]}', " ", ""),
    "brackets": ("", "[", ""),
    "pairs of brackets": ('{"instances":[[', "[],", "[]]]}"),
    "objects": ('{"instances":[', "{},", "{}]}"),
    "objects of a member": ('{"instances":[', '{"queries":"1"},', '{"queries":"1"}]}'),
    "short strings": ('{"instances":[', '"a",', '"a"]}'),
    "short strings with an escape": ('{"instances":[', '"\\n",', '"a"]}'),
    "bytes as b64": ('{"instances":[{"b64":"', "QUFB", '"}]}'),
    "short b64": ('{"instances":[', '{"b64":"QQ=="},', '"a"]}'),
    "digits": ('{"instances":[', "1", "]}"),
    "digits of a fraction": ('{"instances":[0.', "1", "]}"),
    "digits of an exponent": ('{"instances":[1e', "1", "]}"),
    "short numbers": ('{"instances":[', "1,", "1]}"),
    "members": ("{", '"a%d":1,', '"instances":["42"]}'),
    "members of one name": ("{", '"a":1,', '"instances":["42"]}'),
    "known members again": ("{", '"instances":["42"],', '"instances":["42"]}'),
    "members of an instance": ('{"instances":[{', '"a%d":1,', '"queries":"42"}]}'),
    "a name": ('{"', "a", '":1}'),
    "a name with an escape": ('{"\\n', "a", '":1}'),
    "exclusions": ('{"signature_name":"query_with_exclusions","inputs":{"queries":["42"],"exclusions":[[', '"e%d",', '"a"]]}}'),
    "rows of exclusions": ('{"signature_name":"query_with_exclusions","instances":[', '{"queries":"1","exclusions":["a"]},',
                           '{"queries":"1","exclusions":["a"]}]}'),
    "a signature": ('{"signature_name":"\\n', "a", '","instances":["1"]}'),
    "bytes that are no text": ('{"instances":["', b"\xff", '"]}'),
    "a query of KServe": ('{"inputs":[{"name":"queries","shape":[1],"datatype":"BYTES","data":["\\n', "a", '"]}]}'),
    "queries of KServe": ('{"inputs":[{"name":"queries","shape":[9],"datatype":"BYTES","data":[', '"a",', '"a"]}]}'),
    "lists of data": ('{"inputs":[{"name":"queries","shape":[9],"datatype":"BYTES","data":[', '["a"],', '"a"]}]}'),
    "nested lists of data": ('{"inputs":[{"name":"queries","shape":[9],"datatype":"BYTES","data":[',
                             "[" * 90 + '"a"' + "]" * 90 + ",", '"a"]}]}'),
    "sizes of a shape": ('{"inputs":[{"name":"queries","datatype":"BYTES","data":["1"],"shape":[', "1,", "1]}]}"),
    "inputs": ('{"inputs":[', '{"name":"queries","shape":[1],"datatype":"BYTES","data":["1"]},',
               '{"name":"queries","shape":[1],"datatype":"BYTES","data":["1"]}]}'),
    "outputs": ('{"inputs":[{"name":"queries","shape":[1],"datatype":"BYTES","data":["1"]}],"outputs":[', '{"name":"scores"},',
                '{"name":"scores"}]}'),
    "an id": ('{"id":"\\n', "a", '","inputs":[{"name":"queries","shape":[1],"datatype":"BYTES","data":["1"]}]}'),
    "a user": ('{"user":"\\n', "a", '"}'),
    "excluded": ('{"user":"42","exclude":[', '"e%d",', '"a"]}'),
    "a history": ('{"user":"new","history":[', '"e%d",', '"a"]}'),
    "conditions": ('{"user":"42","only":[', '"genres=%d",', '"genres=Comedy"]}'),
    "a condition": ('{"user":"42","only":"genres=\\n', "a", '"}'),
    "a number as text": ('{"user":"42","k":"', "1", '"}'),
    "other parameters": ('{"user":"42",', '"b%d":1,', '"c":2}'),
}


def filled(size, before, part, behind):
    before, behind = before.encode(), behind.encode()
    room = size - len(before) - len(behind)
    if isinstance(part, bytes):
        return before + part * (room // len(part)) + behind
    if "%d" not in part:
        part = part.encode()
        return before + part * (room // len(part)) + behind
    parts, length, number = [], 0, 0
    while length < room - len(part) - 6:
        parts.append(part % number)
        length += len(parts[-1])
        number += 1
    return before + "".join(parts).encode() + behind


def within_head(size, before, part):
    text = before + part * ((size - len(before)) // len(part))
    return request(text)


#: What stands in a request's head, or is no JSON: the bytes of a request of so many bytes.
HEADS = {
    "a value of the query": lambda n: within_head(n, "/recommend?user=", "a"),
    "percent escapes": lambda n: within_head(n, "/recommend?user=", "%41"),
    "percent escapes of no text": lambda n: within_head(n, "/recommend?user=", "%ff"),
    "percent signs": lambda n: within_head(n, "/recommend?user=", "%"),
    "plus signs": lambda n: within_head(n, "/recommend?user=", "+"),
    "ampersands": lambda n: within_head(n, "/recommend?user=42", "&"),
    "equals signs": lambda n: within_head(n, "/recommend?user", "="),
    "question marks": lambda n: within_head(n, "/recommend?user=42", "?"),
    "parameters": lambda n: within_head(n, "/recommend?user=42", "&a=1"),
    "excluded by the query": lambda n: within_head(n, "/recommend?user=42", "&exclude=a"),
    "conditions of the query": lambda n: within_head(n, "/recommend?user=42", "&only=genres=Comedy"),
    "a prefix": lambda n: within_head(n, "/candidates?prefix=", "a"),
    "a candidate": lambda n: within_head(n, "/similar?candidate=", "a"),
    "slashes": lambda n: within_head(n, "/", "/"),
    "slashes of v1": lambda n: within_head(n, "/v1", "/"),
    "slashes of models": lambda n: within_head(n, "/v1/models/retrieval", "/a"),
    "colons of v1": lambda n: within_head(n, "/v1/models/", ":"),
    "a model's name, encoded": lambda n: within_head(n, "/v1/models/", "%41"),
    "a version": lambda n: within_head(n, "/v1/models/retrieval/versions/", "1"),
    "slashes of v2": lambda n: within_head(n, "/v2", "/"),
    "parts of v2": lambda n: within_head(n, "/v2/models", "/%41"),
    "an absolute target": lambda n: within_head(n, "http://", "a"),
    "colons of a target": lambda n: within_head(n, "http", ":"),
    "a field": lambda n: request("/health/live", head="X: " + "a" * n + "\r\n"),
    "fields": lambda n: request("/health/live", head="".join(f"X{number}: a\r\n" for number in range(n // 12))),
    "fields of one name": lambda n: request("/health/live", head="X-Request-Id: a\r\n" * (n // 18)),
    "a method": lambda n: b"A" * n + b" /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    "spaces of a field": lambda n: request("/health/live", head="X:" + " " * n + "\r\n"),
    "a token": lambda n: request("/models", head="Authorization: Bearer " + "a" * n + "\r\n"),
    "an origin": lambda n: request(PREDICT, method="OPTIONS", head="Origin: " + "http://a," * (n // 9) + "\r\n"),
    "encodings": lambda n: request(PREDICT, ONE, "Content-Encoding: " + "gzip," * (n // 5) + "gzip\r\n"),
    "connection's options": lambda n: request("/health/live", head="Connection: " + "a," * (n // 2) + "close\r\n"),
}

BODIES = {
    "a string of bytes": lambda n: infer({"inputs": [{"name": "queries", "shape": [1], "datatype": "BYTES", "parameters": {
        "binary_data_size": n}}]}, (n - 4).to_bytes(4, "little") + b"a" * (n - 4)),
    "empty strings of bytes": lambda n: binary(n, b"\0\0\0\0"),
    "strings of bytes": lambda n: binary(n, b"\1\0\0\0a"),
    "exclusions as bytes": lambda n: infer({"inputs": [
        {"name": "queries", "shape": [1], "datatype": "BYTES", "data": ["42"]},
        {"name": "exclusions", "shape": [1, n // 5], "datatype": "BYTES", "parameters": {"binary_data_size": n // 5 * 5}}]},
        b"\1\0\0\0a" * (n // 5)),
    "chunks of a byte": lambda n: chunked(PREDICT, b" " * (n // 6) + ONE.encode()),
    "chunks with extensions": lambda n: b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % PREDICT.encode()
        + b"1;a=b\r\n \r\n" * (n // 10) + b"0\r\n\r\n",
    "a packed body": lambda n: packed(PREDICT, ('{"instances":["\\n' + "a" * (n - 40) + '"]}').encode()),
    "a packed body in a chunk each": lambda n: chunked(PREDICT, gzip.compress(os.urandom(n // 6))).replace(
        b"Host: x\r\n", b"Host: x\r\nContent-Encoding: gzip\r\n", 1),
    "pages at once": lambda n: request("/health/live") * (n // 1000),
}


class Linear(Survival):
    """What is four times as long takes four times as long, not sixteen times; times are the best of some."""

    def setUp(self):
        self.program = self.start("--request-timeout", "60")

    def took(self, data):
        with self.program.connect(timeout=30) as connection, connection.makefile("rb") as file:
            start = time.perf_counter()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(data)
            with contextlib.suppress(ConnectionResetError):
                self.assertNotIn(read_answer(file)[0], (500, 502, 504))
            return time.perf_counter() - start

    def check(self, name, small, large):
        # A quadratic parser takes sixteen times as long; what lies below the constant is too short for noise to be told from it.
        first = min(self.took(small) for _ in range(3))
        second = self.took(large)
        for _ in range(4):
            if second < 6 * first + 0.025 or second > 5:
                break
            second = min(second, self.took(large))
        self.assertLess(second, 6 * first + 0.025, f"{name}: {len(small):,} bytes took {first * 1000:.1f} ms, "
                        f"{len(large):,} took {second * 1000:.1f} ms")
        self.assertLess(second, 1, f"{name}: {len(large):,} bytes took {second * 1000:.0f} ms")

    def test_bodies_of_json(self):
        for name, parts in FILLED.items():
            for path in (PREDICT, INFER, "/recommend"):
                with self.subTest(name, path=path):
                    self.check(f"{name}, {path}", *(request(path, filled(size, *parts)) for size in (250_000, 1_000_000)))
        self.assertEqual(self.program.ask("/health/live")[0], 200)

    def test_other_bodies(self):
        for name, body in BODIES.items():
            with self.subTest(name):
                self.check(name, body(200_000), body(800_000))

    def test_heads(self):
        for name, head in HEADS.items():
            with self.subTest(name):
                self.check(name, head(15_000), head(60_000))
        for path in ("/similar", "/explain", "/users", "/candidates", "/history", "/v1/models/x:classify"):
            for name in ("letters behind an escape", "members", "a user"):
                with self.subTest(path, name=name):
                    self.check(f"{name}, {path}", *(request(path, filled(size, *FILLED[name])) for size in (250_000, 1_000_000)))

    def test_files(self):
        def labels(text):
            path = os.path.join(self.models, "retrieval", "labels.json")
            with open(path + ".new", "w") as file:
                file.write(text)
            os.rename(path + ".new", path)

        def started(*words, servable):
            best = float("inf")
            for _ in range(2):
                start = time.monotonic()
                self.start(*words, servable=servable).kill()
                best = min(best, time.monotonic() - start)
            return best
        self.models = self.folder()
        subprocess.run([SERVE, "publish", SERVABLE, "--models", self.models, "--name", "retrieval"], check=True, stdout=subprocess.DEVNULL)
        for name, before, part, behind in (("a label", '{"\\n', "a", '":1}'), ("labels", "{", '"l%d":1,', '"a":1}'),
                                           ("nested", "", "[", "")):
            times = []
            for size in (100_000, 400_000):
                labels(filled(size, before, part, behind).decode())
                times.append(started("--models", self.models, servable=False))
            with self.subTest(name):
                self.assertLess(times[1], 8 * times[0] + 0.3, f"{name} in labels.json: started in {times[0]:.2f} s and {times[1]:.2f} s")
        times = [started("--token-file", self.file("a" * size), servable=True) for size in (1_000, 60_000)]
        self.assertLess(times[1], times[0] + 0.5, f"a long token: started in {times[0]:.2f} s and {times[1]:.2f} s")


class Files(Survival):
    def test_a_file_that_is_cut_short(self):
        """With --load, whatever is done to the file harms nobody."""
        for size in (100, 0):
            path = os.path.join(self.folder(), "servable.tandem")
            shutil.copyfile(SERVABLE, path)
            program = self.start(path, "--load", servable=False)
            os.truncate(path, size)
            for user in USERS[:200]:
                self.assertEqual(program.ask(f"/recommend?user={user}&k=50")[0], 200)
            self.assertEqual(program.ask("/similar?candidate=Alien+(1979)")[0], 200)
            self.assertEqual(program.ask("/recommend?user=new&history=Alien+(1979)")[0], 200)
            self.assertAnswers(program, f"cut to {size} bytes")
