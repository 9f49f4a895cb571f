"""Answers that are not read, or slowly: they are neither piled up nor cut off, and keep nobody else out."""

import contextlib
import gzip
import json
import signal
import socket
import time

from survival import ONE, Survival, setUpModule  # noqa: F401
from wire import PREDICT, descriptors, eventually, metric, read_answer, request, resident

LONG = "/recommend?user=42&k=1000"


class SlowReaders(Survival):
    def reader(self, program, data=b""):
        """A connection whose system takes little of an answer before it is read; what the server does not take is not sent."""
        connection = socket.socket()
        self.addCleanup(connection.close)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", program.port))
        connection.settimeout(0.2)
        with contextlib.suppress(OSError):
            connection.sendall(data)
        connection.settimeout(10)
        return connection

    def test_thousands_of_requests_behind_a_search(self):
        """Requests that were read while one was searched for are answered one after another, not one on the stack of another."""
        program = self.start()
        body = ONE + " " * 900_000
        with program.connect() as connection, connection.makefile("rb") as file:
            # After large bodies, much is read at once.
            for _ in range(3):
                connection.sendall(request(PREDICT, body))
                self.assertEqual(read_answer(file)[0], 200)
            connection.sendall(request("/similar?candidate=Alien+(1979)&k=1000") + request("/health/live") * 6_000)
            for _ in range(6_001):
                self.assertEqual(read_answer(file)[0], 200)
        self.assertAnswers(program)

    def test_what_nobody_reads_is_not_answered(self):
        """Of who reads nothing, requests are answered until the connection is full, and no further."""
        program = self.start(environment={"TANDEM_TOKEN": "secret"})
        before = resident(program.pid)
        for _ in range(40):
            self.reader(program, request("/") * 4_000)
        time.sleep(1)
        grown = resident(program.pid) - before
        self.assertLess(grown, 80, f"the memory grew by {grown:.0f} MiB")

    def test_who_reads_nothing_gives_way(self):
        for words, environment in (((), {"TANDEM_TOKEN": "secret"}), ((), {})):
            program = self.start("--max-connections", "64", *words, environment=environment)
            path = "/" if environment else LONG
            for _ in range(150):
                self.reader(program, request(path) * 200)
            # Before somebody has read nothing for a while, answers are searched for, on a busy machine for seconds.
            for _ in range(3):
                self.assertEqual(program.ask("/health/live", timeout=30)[0], 200)
            head = "Authorization: Bearer secret\r\n"
            # Of those who are still being answered none gives way; of those who read nothing any does.
            self.assertTrue(eventually(lambda: program.ask("/recommend?user=42", head=head, timeout=10)[0] == 200, 40))
            self.assertGreater(metric(program.ask("/metrics", head=head)[2], "tandem_connections_closed_for_others_total"), 50)

    def test_an_answer_is_sent_whole_before_the_end(self):
        program = self.start()
        connection = self.reader(program, request(LONG) * 30)
        time.sleep(0.5)
        program.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with connection.makefile("rb") as file:
            with contextlib.suppress(EOFError):
                while True:
                    status, head, body = read_answer(file)
                    self.assertEqual((status, len(body)), (200, int(head["content-length"])))
                    self.assertEqual(len(json.loads(body)["recommendations"]), 1000)
        self.assertEqual(program.process.wait(10), 0)

    def test_a_slow_reader_gets_all(self):
        """Idle is who takes nothing."""
        program = self.start("--idle-timeout", "0.5")
        connection = self.reader(program, request(LONG))
        got, length = b"", None
        while length is None or len(got) < length:
            part = connection.recv(3_000)
            self.assertTrue(part, f"{len(got):,} bytes came")
            got += part
            if length is None and b"\r\n\r\n" in got:
                head, got = got.split(b"\r\n\r\n", 1)
                length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
            time.sleep(0.02)
        self.assertEqual(len(json.loads(got)["recommendations"]), 1000)

    def test_packed_bodies_of_strangers_are_not_unpacked(self):
        program = self.start(environment={"TANDEM_TOKEN": "secret"})
        before = resident(program.pid)
        head = b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        for first in (b"\xff" * 100, gzip.compress(b"{}")):
            chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
            with program.connect(head + b"%x\r\n%s\r\n" % (len(first), first)) as connection, contextlib.suppress(OSError):
                for _ in range(1_600):
                    connection.sendall(chunk)
        grown = resident(program.pid) - before
        self.assertLess(grown, 40, f"the memory grew by {grown:.0f} MiB")
        self.assertTrue(eventually(lambda: descriptors(program.pid) < 25))

    def test_refused_at_the_head_and_told_so(self):
        """Who sends on is read from until the end, so that the refusal arrives."""
        program = self.start()
        for _ in range(10):
            with program.connect(request(PREDICT, b" " * 1_300_000, "Connection: close\r\n")) as connection:
                with connection.makefile("rb") as file:
                    status, head, _ = read_answer(file)
                    self.assertEqual((status, head["connection"]), (413, "close"))
                    self.assertEqual(file.read(), b"")
