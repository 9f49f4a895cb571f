"""Clients that go, stall, or take all places and descriptors."""

import contextlib
import json
import resource
import socket
import threading
import time

from survival import ONE, Survival, USERS, in_threads, setUpModule  # noqa: F401
from wire import PREDICT, descriptors, eventually, metric, processor_seconds, read_answer, request, reset, resident


class ClosedByClients(Survival):
    def test_each_request_on_a_connection_of_its_own(self):
        program = self.start("--max-connections", "256", table=512)
        before, wrong = descriptors(program.pid), []

        def client(_):
            for number in range(1_250):
                status = program.ask(PREDICT, ONE)[0] if number % 2 else program.ask("/recommend?user=42&k=3")[0]
                if status != 200:
                    wrong.append(status)
        in_threads(4, client)
        self.assertEqual(wrong, [])
        self.assertFlat(lambda: descriptors(program.pid), before, 2, "descriptors after 5,000 requests")
        self.assertAnswers(program)

    def test_who_goes_in_the_middle(self):
        """Before the head's end, in a body, without reading a large answer; by FIN and by RST."""
        program = self.start("--max-connections", "256", "--k", "100", table=512)
        before, large = descriptors(program.pid), request(PREDICT, json.dumps({"instances": USERS}))
        for data in (b"", b"GET /health", request(PREDICT, ONE)[:-5], large, request("/health/live") * 500, large * 3):
            for end in (lambda connection: connection.close(), reset):
                for connection in [program.connect(data) for _ in range(20)]:
                    end(connection)
        self.assertFlat(lambda: descriptors(program.pid), before, 2, "descriptors")
        self.assertTrue(eventually(lambda: program.metric("tandem_requests_running") <= 1, 30),
                        f"{program.metric('tandem_requests_running')} requests run, expected 1")
        self.assertAnswers(program)

    def test_who_has_sent_all_is_answered(self):
        """A peer that has shut down its sending side reads answers until they are all there, and then the connection's end."""
        program = self.start("--k", "1000")
        for body, count in ((ONE, 1), (ONE, 20), (json.dumps({"instances": USERS[:300]}), 1)):
            connection = program.connect(request(PREDICT, body) * count)
            connection.shutdown(socket.SHUT_WR)
            with connection, connection.makefile("rb") as file:
                for _ in range(count):
                    self.assertEqual(read_answer(file)[0], 200)
                self.assertEqual(file.read(), b"")

    def test_who_asks_for_another_protocol(self):
        """Java's client offers HTTP/2 with its first request: what follows on the connection is answered, or the connection closed."""
        program = self.start()
        upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
        for head, method in ((upgrade, None), ("Connection: Upgrade\r\nUpgrade: websocket\r\n", None), ("", "CONNECT")):
            for path, body in (("/health/live", None), (PREDICT, ONE)):
                with program.connect(request(path, body, head, method), timeout=3) as connection, connection.makefile("rb") as file:
                    self.assertIn(read_answer(file)[0], (200,) if method is None else (400, 404, 405))
                    with contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError):
                        connection.sendall(request("/health/live"))
                        self.assertEqual(read_answer(file)[0], 200, (head, method, path))

    def test_the_longest_idle_makes_room(self):
        program = self.start("--max-connections", "64", environment={"TANDEM_TOKEN": "secret"})
        token = "Authorization: Bearer secret\r\n"
        owner = program.connect(request("/recommend?user=42", head=token))
        with owner, owner.makefile("rb") as file:
            self.assertEqual(read_answer(file)[0], 200)
            strangers = self.connections(program, 63, request("/health/live"))
            for stranger in strangers:
                stranger.recv(4096)
            more = self.connections(program, 100)
            self.assertAnswers(program, "all connections taken", head=token)
            self.assertEqual(strangers[0].recv(1), b"", "the stranger that is idle for longest was to be closed")
            owner.sendall(request("/recommend?user=42", head=token))
            self.assertEqual(read_answer(file)[0], 200, "who has the token, and has been idle for longest")
            text = program.ask("/metrics", head=token)[2]
            self.assertGreater(metric(text, "tandem_connections_closed_for_others_total") or 0, 50)
            self.assertLessEqual(metric(text, "tandem_connections"), 64)
        del more


class FullTable(Survival):
    def test_more_connections_than_descriptors(self):
        program = self.start(table=64)
        self.connections(program, 200)
        for _ in range(3):
            self.assertAnswers(program, "200 connections, 64 descriptors")
        self.assertLess(descriptors(program.pid), 64)

    def test_the_table_of_descriptors_is_full(self):
        """The limit is lowered under the server's feet, so that it cannot have known it."""
        program = self.start("--log-format", "json")
        kept = program.connect(request("/health/live"))
        self.addCleanup(kept.close)
        kept.recv(4096)
        resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (descriptors(program.pid) + 10,) * 2)
        self.connections(program, 200)
        for _ in range(3):
            self.assertAnswers(program, "the table is full")
        self.assertGreater(program.metric("tandem_accept_errors_total") or 0, 0, "tandem_accept_errors_total")
        used = processor_seconds(program.pid)
        time.sleep(1)
        self.assertLess(processor_seconds(program.pid) - used, 0.3, "processor seconds in a second without requests")
        said = [line for line in program.said().splitlines() if "cannot be accepted" in line]
        self.assertTrue(1 <= len(said) < 10, f"found {len(said)} lines of the full table, expected one or a few: {program.said()[-500:]}")

    def test_connections_that_come_and_go_when_it_is_full(self):
        program = self.start(table=64)
        for _ in range(5):
            many = [program.connect(request("/health/live")) for _ in range(150)]
            for place, connection in enumerate(many):
                connection.close() if place % 2 else reset(connection)
        self.assertAnswers(program)
        self.assertTrue(eventually(lambda: descriptors(program.pid) < 50))


class Stalled(Survival):
    def test_bodies_that_stall_hold_nothing(self):
        program = self.start("--request-timeout", "3", "--idle-timeout", "60")
        start = time.monotonic()
        stalled = self.connections(program, 600, request(PREDICT, ONE)[:-5])
        for _ in range(3):
            self.assertAnswers(program, "600 bodies that stall")
        said = set()
        for connection in stalled:
            connection.settimeout(8)
            said.add(connection.recv(4096).split(b"\r\n")[0])
        took = time.monotonic() - start
        self.assertEqual(said, {b"HTTP/1.1 408 Request Timeout"})
        self.assertTrue(2.5 < took < 6, f"the last was told after {took:.1f} s, expected 3")

    def test_large_bodies_that_stall_hold_little(self):
        """Each has sent nearly all of a megabyte: what lies in memory is bounded by --max-memory."""
        program = self.start("--request-timeout", "6", "--max-memory", "32")
        program.ask(PREDICT, ONE)
        before, statuses = resident(program.pid), []
        part = request(PREDICT, b" " * 1_000_000)[:-1]
        opened = []
        for _ in range(120):
            connection = program.connect(timeout=1)
            opened.append(connection)
            with contextlib.suppress(OSError):
                connection.sendall(part)
        grown = resident(program.pid) - before
        self.assertLess(grown, 32 + 40, f"the memory grew by {grown:.0f} MiB, expected 32 and a little")
        self.assertAnswers(program, "memory taken")
        for connection in opened:
            with contextlib.suppress(OSError):
                connection.settimeout(0.05)
                statuses.append(connection.recv(4096)[9:12])
            connection.close()
        self.assertIn(b"503", statuses)
        self.assertTrue(eventually(lambda: program.metric("tandem_request_memory_bytes") < 1 << 20, 10))
        self.assertEqual(program.ask(PREDICT, ONE)[0], 200)

    def test_strangers_take_nobodys_place(self):
        program = self.start("--max-connections", "1024", "--request-timeout", "20", environment={"TANDEM_TOKEN": "secret"})
        token = "Authorization: Bearer secret\r\n"
        kinds = [b"", request("/health/x", ONE)[:-5], request(PREDICT, ONE)[:-5], b"POST /health/live HTTP/1.1\r\n",
                 request("/", ONE * 1000)[:-5], request("/health/live", ONE, "Authorization: Bearer no\r\n")[:-5]]
        for place, kind in enumerate(kinds):
            self.connections(program, 300, kind)
            self.assertAnswers(program, f"strangers of kind {place}", head=token)
        with program.connect() as connection, connection.makefile("rb") as file:
            for _ in range(50):
                connection.sendall(request(PREDICT, ONE, token))
                self.assertEqual(read_answer(file)[0], 200)
        self.assertEqual(program.ask(PREDICT, ONE)[0], 401)

    def test_metrics_without_the_token(self):
        environment = {"TANDEM_TOKEN": "secret"}
        self.assertEqual(self.start(environment=environment).ask("/metrics")[0], 401)
        program = self.start("--metrics-without-token", environment=environment)
        self.assertEqual((program.ask("/metrics")[0], program.ask("/metrics", method="HEAD")[0], program.ask("/models")[0]),
                         (200, 200, 401))

    def test_health_is_answered_when_no_more_requests_are(self):
        program = self.start("--max-requests", "1")
        stop, seen = threading.Event(), []
        large = request(PREDICT, json.dumps({"instances": USERS}))

        def client(_):
            with program.connect(timeout=30) as connection, connection.makefile("rb") as file:
                while not stop.is_set():
                    connection.sendall(large)
                    status, head, _ = read_answer(file)
                    seen.append((status, "retry-after" in head))
        threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(40):
                for path, method in (("/health/live", "GET"), ("/health/ready", "HEAD"), ("/metrics", "GET"), ("/metrics", "HEAD")):
                    self.assertEqual(program.ask(path, method=method, timeout=20)[0], 200, path)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertTrue(any(status == 200 for status, _ in seen))
        self.assertTrue(all(status == 200 or (status in (429, 503) and retry) for status, retry in seen), set(seen))
