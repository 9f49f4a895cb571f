"""The most that a request may ask, and what may not be asked."""

import contextlib
import gzip
import json
import resource
import threading
import time

from survival import ONE, Survival, USERS, chunked, in_threads, setUpModule  # noqa: F401
from wire import INFER, PREDICT, eventually, request, resident


class Bounds(Survival):
    """The largest that is allowed, and the first that is not."""

    def answer(self, program, path, body, **more):
        status, head, content = program.ask(path, json.dumps(body) if isinstance(body, dict) else body, **more)
        return status, head, json.loads(content)

    def test_what_is_named_twice_or_too_often(self):
        program = self.start()
        queries = {"name": "queries", "shape": [1], "datatype": "BYTES", "data": ["42"]}
        exclusions = {"name": "exclusions", "shape": [1, 1], "datatype": "BYTES", "data": ["x"]}
        for body, words in (({"inputs": [queries], "outputs": [{"name": "scores"}, {"name": "scores"}]}, "scores"),
                            ({"inputs": [queries], "outputs": [{"name": "scores"}] * 40_000}, "scores"),
                            ({"inputs": [queries, queries]}, "queries"),
                            ({"inputs": [queries, exclusions, exclusions]}, "exclusions")):
            status, _, answer = self.answer(program, INFER, body)
            self.assertEqual(status, 400, words)
            self.assertIn(words, answer["error"])
        both = {"inputs": [queries, exclusions], "outputs": [{"name": "identifiers"}, {"name": "scores"}]}
        self.assertEqual(self.answer(program, INFER, both)[0], 200)
        for name in ("only", "not"):
            for count, wanted in ((1, 200), (100, 200), (101, 400), (1_000, 400), (38_000, 400)):
                self.assertEqual(self.answer(program, "/recommend", {"user": "42", name: ["genres=Comedy"] * count})[0], wanted,
                                 (name, count))
        for value in ("/recommend?user=42" + "&only=genres=Comedy" * 101, "/similar?candidate=Alien+(1979)" + "&not=genres=War" * 101):
            self.assertEqual(program.ask(value)[0], 400)

    def test_names_of_candidates(self):
        program = self.start("--max-names", "50")
        for count, wanted in ((50, 200), (51, 400)):
            names = [f"e{number}" for number in range(count)]
            for path, body in ((PREDICT, {"signature_name": "query_with_exclusions", "inputs": {"queries": ["42"], "exclusions": [names]}}),
                               (INFER, {"inputs": [{"name": "queries", "shape": [1], "datatype": "BYTES", "data": ["42"]},
                                                   {"name": "exclusions", "shape": [1, count], "datatype": "BYTES", "data": names}]})):
                self.assertEqual(self.answer(program, path, body)[0], wanted, (path, count))
        known = ["Alien (1979)"] * 51
        self.assertEqual(self.answer(program, "/recommend", {"user": "42", "exclude": known[:50]})[0], 200)
        self.assertEqual(self.answer(program, "/recommend", {"user": "42", "exclude": known})[0], 400)
        self.assertEqual(self.answer(program, "/recommend", {"user": "new", "history": known})[0], 400)

    def test_many_exclusions_of_many(self):
        """Answered or refused soon, and a single user's request beside it is answered at once."""
        program = self.start()
        titles = json.loads(program.ask("/candidates?limit=1000")[2])["candidates"]
        excluded = (titles + [f"e{number}" for number in range(37_000)])[:38_000]
        many = [USERS[number % 943] for number in range(1_000)]
        bodies = {
            "38,000 for all": {"queries": many, "exclusions": [excluded]},
            "1,000 titles for all": {"queries": many, "exclusions": [titles]},
            "38 for each": {"queries": many, "exclusions": [[f"e{number}" for number in range(38)]] * 1_000},
            "38,000 for one": {"queries": many[:1], "exclusions": [excluded]}}
        for name, inputs in bodies.items():
            text = json.dumps({"signature_name": "query_with_exclusions", "inputs": inputs})
            with self.subTest(name, size=len(text)):
                start, result, beside = time.monotonic(), [], []

                def large(_):
                    result.append(program.ask(PREDICT, text, timeout=40))
                    result.append(time.monotonic() - start)
                thread = threading.Thread(target=large, args=(0,))
                thread.start()
                while thread.is_alive():
                    before = time.monotonic()
                    self.assertEqual(program.ask(PREDICT, ONE, timeout=30)[0], 200)
                    beside.append(time.monotonic() - before)
                    time.sleep(0.005)
                thread.join()
                self.assertIn(result[0][0], (200, 400, 413, 503), name)
                self.assertLess(result[1], 3, f"{name}: took {result[1]:.1f} s")
                self.assertLess(max(beside), 0.5, f"{name}: a single user's request beside it took {max(beside):.2f} s")

    def test_many_conditions_beside_one(self):
        program = self.start()
        texts = [json.dumps({"user": "42", "not": [f"genres=x{number}" for number in range(38_000)]}),
                 json.dumps({"user": "42", "only": ["genres=Comedy"] * 100})]
        for text in texts:
            start = time.monotonic()
            self.assertIn(program.ask("/recommend", text)[0], (200, 400))
            self.assertLess(time.monotonic() - start, 1)

    def test_answers_that_are_too_large_are_not_begun(self):
        program = self.start("--max-memory", "8", "--k", "1000")
        program.ask(PREDICT, ONE)
        before = resident(program.pid)
        many = [USERS[number % 943] for number in range(1_000)]
        inputs = [{"name": "queries", "shape": [1_000], "datatype": "BYTES", "data": many}]
        for path, body in ((PREDICT, {"instances": many}), (PREDICT, {"inputs": many}), (INFER, {"inputs": inputs}),
                           (INFER, {"inputs": inputs, "parameters": {"binary_data_output": True}})):
            start = time.monotonic()
            status, head, answer = self.answer(program, path, body)
            self.assertIn(status, (400, 413, 503), path)
            if status == 503:
                self.assertIn("retry-after", head)
            self.assertIn("error", answer)
            self.assertLess(time.monotonic() - start, 0.5, f"{path}: refused only after searching")
        grown = resident(program.pid) - before
        self.assertLess(grown, 16, f"the memory grew by {grown:.0f} MiB")
        self.assertAnswers(program)

    def test_largest_answers_at_once_within_the_memory(self):
        program = self.start("--max-memory", "64", "--k", "1000")
        program.ask(PREDICT, ONE)
        before, seen = resident(program.pid), []
        text = json.dumps({"instances": [USERS[number % 943] for number in range(500)]})

        def client(_):
            for _ in range(2):
                seen.append(program.ask(PREDICT, text, timeout=40)[0])
        in_threads(6, client)
        self.assertTrue(set(seen) <= {200, 503, 429}, set(seen))
        self.assertIn(200, seen)
        grown = resident(program.pid) - before
        self.assertLess(grown, 64 + 60, f"the memory grew by {grown:.0f} MiB")
        self.assertTrue(eventually(lambda: program.metric("tandem_request_memory_bytes") < 1 << 20))

    def test_a_limit_of_memory(self):
        """Under a limit of the system, some 600 MiB above what it has, the server refuses what would go beyond its own, and lives."""
        program = self.start("--k", "1000", "--max-memory", "256")
        program.ask(PREDICT, ONE)
        with open(f"/proc/{program.pid}/status") as file:
            data = next(int(line.split()[1]) << 10 for line in file if line.startswith("VmData:"))
        resource.prlimit(program.pid, resource.RLIMIT_DATA, (data + (600 << 20),) * 2)
        text, filled, seen = json.dumps({"instances": USERS}), '{"instances":[' + "0," * 500_000 + "0]}", []

        def client(number):
            seen.append(program.ask(PREDICT, text if number % 4 else filled, timeout=60)[0])
        in_threads(16, client)
        self.assertEqual(set(seen) - {200, 400, 503, 413}, set())
        self.assertTrue({200, 503} <= set(seen), set(seen))
        self.assertAnswers(program)

    def test_answers_that_nobody_reads(self):
        """Pipelined requests whose answers pile up: the server reads no further, and holds little."""
        program = self.start("--k", "1000", "--max-memory", "64")
        program.ask(PREDICT, ONE)
        before = resident(program.pid)
        opened = [program.connect(timeout=0.3) for _ in range(20)]
        for connection in opened:
            self.addCleanup(connection.close)
            with contextlib.suppress(OSError):
                connection.sendall(request(PREDICT, json.dumps({"instances": USERS[:20]})) * 400)
        time.sleep(0.5)
        grown = resident(program.pid) - before
        self.assertLess(grown, 64 + 40, f"the memory grew by {grown:.0f} MiB")
        self.assertAnswers(program)

    def test_packed_bodies(self):
        program = self.start()
        wanted = program.ask(PREDICT, ONE)[2]
        packed_one = gzip.compress(ONE.encode())
        gzipped = "Content-Encoding: gzip\r\n"
        for head in (gzipped, "content-encoding: GZIP\r\n"):
            status, _, answer = program.ask(PREDICT, packed_one, head)
            self.assertEqual((status, answer), (200, wanted), head)
        in_chunks = chunked(PREDICT, packed_one).replace(b"Host: x\r\n", b"Host: x\r\n" + gzipped.encode(), 1)
        self.assertEqual(program.ask(PREDICT, raw=in_chunks)[0], 200)
        for body in (packed_one[:-9], b"nonsense", b"", packed_one[:12] + bytes([packed_one[12] ^ 255]) + packed_one[13:]):
            self.assertEqual(program.ask(PREDICT, body, gzipped)[0], 400, body)
        before = resident(program.pid)
        for size in (1 << 21, 1 << 29):
            bomb = self.bomb(size)
            self.assertLess(len(bomb), 1 << 20)
            start = time.monotonic()
            self.assertEqual(program.ask(PREDICT, bomb, gzipped)[0], 413, f"{size:,} bytes packed into {len(bomb):,}")
            self.assertLess(time.monotonic() - start, 2)
        self.assertLess(resident(program.pid) - before, 40)
        self.assertEqual(program.ask(PREDICT, ONE, "Content-Encoding: br\r\n")[0], 415)
        self.assertEqual(program.ask(PREDICT, ONE, "Content-Encoding: identity\r\n")[0], 200)

    @staticmethod
    def bomb(size):
        import zlib
        packer, parts = zlib.compressobj(9, zlib.DEFLATED, 31), []
        for _ in range(size >> 20):
            parts.append(packer.compress(b" " * (1 << 20)))
        return b"".join(parts) + packer.flush()

    def test_what_clients_send(self):
        program = self.start(environment={"TANDEM_TOKEN": "secret"})
        for scheme in ("Bearer secret", "bearer secret", "BEARER  secret"):
            self.assertEqual(program.ask("/recommend?user=42", head=f"Authorization: {scheme}\r\n")[0], 200, scheme)
        for scheme in ("Bearersecret", "Basic secret", "secret", "bearer Secret", "bearer", ""):
            self.assertEqual(program.ask("/recommend?user=42", head=f"Authorization: {scheme}\r\n")[0], 401, scheme)
        program = self.start()
        usual = self.answer(program, "/recommend", {"user": "42", "k": 3})[2]["recommendations"]
        for extra in ({"k": 3.0}, {"k": "3"}, {"k": 3, "history": None}, {"k": 3, "exclude": None, "only": None},
                      {"k": 3, "version": None}):
            status, _, answer = self.answer(program, "/recommend", {"user": "42", **extra})
            self.assertEqual((status, answer.get("recommendations")), (200, usual), extra)
        for wrong in ({"k": 3.5}, {"k": -3.0}, {"k": 1e300}, {"k": [3, 3]}, {"history": [None]}):
            self.assertEqual(self.answer(program, "/recommend", {"user": "42", **wrong})[0], 400, wrong)
        inputs = [{"name": "queries", "shape": [2, 1], "datatype": "BYTES", "data": ["42", "7"]}]
        status, _, answer = self.answer(program, INFER, {"inputs": inputs, "parameters": {"k": 3}})
        self.assertEqual(status, 200, answer)
        self.assertEqual([output["shape"] for output in answer["outputs"]], [[2, 3], [2, 3]])
        self.assertEqual(answer["outputs"][1]["data"][:3], [item["candidate"] for item in usual])
        for k in (0, -1, "x", 3.5, 10 ** 30, [3], 1_001):
            self.assertEqual(self.answer(program, INFER, {"inputs": inputs, "parameters": {"k": k}})[0], 400, k)
