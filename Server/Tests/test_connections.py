import json
import signal
import socket
import threading
import time
import unittest

from server import SERVABLE, Served, Server

PREDICT = "/v1/models/retrieval:predict"


def post(body, path=PREDICT, head=""):
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{head}\r\n{body}".encode()


def read_answer(file, body=True):
    """Status, headers and body of the next answer; raises EOFError where the connection ended."""
    status = file.readline().decode()
    if not status:
        raise EOFError
    assert status.startswith("HTTP/1."), status
    head = {}
    while (line := file.readline().decode().strip()):
        name, value = line.split(": ", 1)
        head[name.lower()] = value
    return int(status.split()[1]), head, file.read(int(head.get("content-length", 0))) if body else b""


def eventually(condition):
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.02)
    return False


class Connections(Served):
    """HTTP itself, byte by byte."""

    words = ("--max-body", "1000", "--max-requests", "2", "--idle-timeout", "2", "--request-timeout", "1")

    def open(self, data=b""):
        connection = socket.create_connection(("127.0.0.1", self.server.port), 10)
        self.addCleanup(connection.close)
        connection.sendall(data)
        return connection

    def test_many_requests_of_one_connection(self):
        connection = self.open()
        file = connection.makefile("rb")
        for user in range(1, 60):
            connection.sendall(post(json.dumps({"instances": [str(user)]})))
            self.assertEqual(read_answer(file)[0], 200)

    def test_requests_sent_at_once_are_answered_in_order(self):
        users = [str(user) for user in range(1, 101)]
        alone = [self.server.ask(PREDICT, {"instances": [user]})[1] for user in users]
        file = self.open(b"".join(post(json.dumps({"instances": [user]})) for user in users)).makefile("rb")
        self.assertEqual([json.loads(read_answer(file)[2]) for _ in users], alone)

    def test_heads(self):
        file = self.open(b"HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").makefile("rb")
        status, head, _ = read_answer(file, body=False)
        self.assertEqual((status, head["content-length"], head["content-type"]), (200, "13", "application/json"))
        self.assertRegex(head["date"], r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$")
        self.assertEqual(read_answer(file)[2], b'{"live":true}')

    def test_connections_end_when_asked(self):
        for version, extra, stays in (("1.1", "Connection: close\r\n", False), ("1.0", "", False), ("1.0", "Connection: keep-alive\r\n", True)):
            file = self.open(f"GET /health/live HTTP/{version}\r\nHost: x\r\n{extra}\r\n".encode()).makefile("rb")
            status, head, _ = read_answer(file)
            self.assertEqual((status, head.get("connection")), (200, "keep-alive" if stays else "close"))
            if not stays:
                self.assertEqual(file.read(), b"")

    def test_targets_with_scheme_and_host(self):
        for target, kind in (("http://x/health/live", "application/json"), ("http://x", "text/html; charset=utf-8"),
                             ("http://x?x=/recommend", "text/html; charset=utf-8")):
            file = self.open(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).makefile("rb")
            status, head, _ = read_answer(file)
            self.assertEqual((status, head["content-type"]), (200, kind), target)

    def test_heads_that_are_none(self):
        for head in ("GET /health/live HTTP/1.1", "GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y"):
            self.assertEqual(read_answer(self.open(f"{head}\r\n\r\n".encode()).makefile("rb"))[0], 400, head)
        coded = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n".encode()
        self.assertEqual(read_answer(self.open(coded).makefile("rb"))[0], 501)

    def test_other_methods_are_named(self):
        for path, method, allowed in (("/recommend", "PUT", "GET, HEAD, POST"), ("/health/live", "POST", "GET, HEAD")):
            status, _, head = self.server.ask(path, method=method, body=b"{}")
            self.assertEqual((status, head["Allow"]), (405, allowed))

    def test_who_expects_is_told_to_go_on(self):
        body = '{"instances":["42"]}'
        connection = self.open(post(body, head="Expect: 100-continue\r\n")[:-len(body)])
        file = connection.makefile("rb")
        self.assertEqual(read_answer(file)[0], 100)
        connection.sendall(body.encode())
        self.assertEqual(read_answer(file)[0], 200)

    def test_chunks(self):
        connection = self.open(f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for part in ('{"inst', 'ances":[', '"42"]}'):
            connection.sendall(f"{len(part):x}\r\n{part}\r\n".encode())
            time.sleep(0.02)
        connection.sendall(b"0\r\n\r\n")
        self.assertEqual(read_answer(connection.makefile("rb"))[0], 200)

    def test_what_is_no_http(self):
        for data in (b"\x16\x03\x01\x02\x00nonsense\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
            self.assertRegex(self.open(data).makefile("rb").read(), b"^HTTP/1.. 400 |^$")
        self.assertEqual(self.server.ask("/health/live")[0], 200)

    def test_too_long_bodies_are_refused_and_the_connection_goes_on(self):
        connection = self.open(post(" " * 100_000) + post('{"instances":["42"]}'))
        file = connection.makefile("rb")
        self.assertEqual(read_answer(file)[0], 413)
        self.assertEqual(read_answer(file)[0], 200)

    def test_bodies_that_never_come_hold_no_place(self):
        stalled = [self.open(post('{"instances":["42"]}')[:-5]) for _ in range(20)]
        for _ in range(10):
            self.assertEqual(self.server.ask(PREDICT, {"instances": ["42"]})[0], 200)
        for connection in stalled:
            self.assertEqual(read_answer(connection.makefile("rb"))[0], 408)
            self.assertEqual(connection.recv(100), b"")

    def test_peers_that_send_no_more_are_answered_and_closed(self):
        for data in (post('{"instances":["42"]}'), b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" * 20):
            connection = self.open(data)
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(connection.makefile("rb").read().count(b"HTTP/1.1 200 OK"), 1 if data.startswith(b"POST") else 20)
        for data in (b"", b"GET /hea", post('{"instances":["42"]}')[:-5]):
            connection = self.open(data)
            connection.shutdown(socket.SHUT_WR)
            connection.makefile("rb").read()
        self.assertTrue(eventually(lambda: "tandem_connections 1\n" in self.server.ask("/metrics", headers={"Connection": "close"})[1]))

    def test_bodies_that_come_drop_by_drop_are_refused(self):
        connection = self.open(post(" " * 900)[:-900])
        start = time.monotonic()
        connection.settimeout(0.1)
        said = b""
        while time.monotonic() - start < 8:
            try:
                connection.sendall(b" ")
                data = connection.recv(1000)
                if not data:
                    break
                said += data
            except TimeoutError:
                pass
            except OSError:
                break
        self.assertIn(b"408", said.split(b"\r\n")[0])
        self.assertLess(time.monotonic() - start, 4)
        self.assertEqual(self.server.ask("/recommend?user=42")[0], 200)

    def test_who_is_refused_and_sends_no_more_gives_back_one_place(self):
        connection = self.open(post(" " * 100_000)[:5_000])
        file = connection.makefile("rb")
        self.assertEqual(read_answer(file)[0], 413)
        self.assertEqual(file.read(), b"")
        self.assertTrue(eventually(lambda: "tandem_requests_running 1\n" in self.server.ask("/metrics")[1]))

    def test_who_goes_leaves_no_place_taken(self):
        for _ in range(30):
            self.open(post('{"instances":["42"]}')[:-5]).close()
        self.assertTrue(eventually(lambda: "tandem_requests_running 1\n" in self.server.ask("/metrics")[1]))


class Slow(unittest.TestCase):
    def test_heads_that_come_drop_by_drop_are_not_waited_for(self):
        server = Server(SERVABLE, "--idle-timeout", "0.4", "--request-timeout", "0.4")
        connection = socket.create_connection(("127.0.0.1", server.port), 10)
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: ")
        start = time.monotonic()
        try:
            while time.monotonic() - start < 5:
                connection.sendall(b"a")
                time.sleep(0.05)
        except OSError:
            pass
        self.assertLess(time.monotonic() - start, 3)
        connection.close()
        self.assertEqual(server.stop(), 0)


class Ending(unittest.TestCase):
    def test_requests_that_are_being_read_are_answered_before_the_end(self):
        server = Server(SERVABLE)
        connection = socket.create_connection(("127.0.0.1", server.port), 10)
        body = '{"instances":["42"]}'
        data = post(body)
        connection.sendall(data[:-5])
        idle = socket.create_connection(("127.0.0.1", server.port), 10)
        idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(idle.recv(65536).startswith(b"HTTP/1.1 200"))
        self.assertTrue(eventually(lambda: "tandem_requests_running 2\n" in server.ask("/metrics")[1]))
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(idle.recv(1), b"")
        time.sleep(0.3)
        connection.sendall(data[-5:])
        said = b""
        while (part := connection.recv(65536)):
            said += part
        self.assertTrue(said.startswith(b"HTTP/1.1 200"), said)
        self.assertEqual(server.process.wait(10), 0)

    def test_killed_under_load_nothing_that_was_answered_was_broken(self):
        server, answered, broken = Server(SERVABLE), [0], []

        def load():
            try:
                connection = socket.create_connection(("127.0.0.1", server.port), 10)
                file = connection.makefile("rb")
                while True:
                    connection.sendall(post('{"instances":["42"]}'))
                    body = read_answer(file)[2]
                    if len(json.loads(body)["predictions"][0]["scores"]) != 10:
                        broken.append(body)
                    answered[0] += 1
            except (OSError, EOFError, ValueError):
                return
        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        server.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()
        self.assertEqual(broken, [])
        self.assertGreater(answered[0], 100)
