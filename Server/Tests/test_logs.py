"""Logs that cannot be written, and how they are opened anew."""

import json
import os
import signal
import subprocess
import time

from server import SERVABLE, SERVE
from survival import Survival, in_threads, setUpModule  # noqa: F401
from wire import eventually, read_answer, request


class Logs(Survival):
    """A log that cannot be written ends nothing, delays nothing, and is counted."""

    def check(self, **options):
        for form in ("text", "json"):
            program = self.start("--log-requests", "--log-format", form, **options)
            long, answers = "/" + "a" * 4_000, []

            def client(_):
                with program.connect() as connection, connection.makefile("rb") as file:
                    for _ in range(750):
                        connection.sendall(request(long))
                        answers.append(read_answer(file)[0])
            start = time.monotonic()
            in_threads(4, client)
            self.assertEqual(set(answers), {404}, form)
            self.assertLess(time.monotonic() - start, 15, f"{form}: 3,000 requests")
            self.assertAnswers(program, form)
            self.assertTrue(eventually(lambda: (program.metric("tandem_log_lines_lost_total") or 0) > 0),
                            f"{form}: tandem_log_lines_lost_total is {program.metric('tandem_log_lines_lost_total')}, expected more than 0")
            self.assertEqual(program.stop(), 0, f"{form}: the code at the end")

    def test_a_full_disk(self):
        with open("/dev/full", "w") as full:
            self.check(standard_error=full)

    def test_a_pipe_that_is_closed(self):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            self.check(standard_error=writing)
        finally:
            os.close(writing)

    def test_a_pipe_that_nobody_reads(self):
        reading, writing = os.pipe()
        try:
            self.check(standard_error=writing)
        finally:
            os.close(writing)
            os.close(reading)

    def test_errors_that_cannot_be_written(self):
        """The program ends with its code, whether anybody can read why or not."""
        reading, closed = os.pipe()
        os.close(reading)
        self.addCleanup(os.close, closed)
        with open("/dev/full", "w") as full:
            for error in (full, closed):
                for words in (["no.tandem"], ["publish", "no.tandem", "--models", self.folder(), "--name", "movies"],
                              [SERVABLE, "--token-file", "/no/such"]):
                    run = subprocess.run([SERVE, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=error, timeout=20)
                    self.assertEqual(run.returncode, 1, words)
        with open("/dev/full", "w") as full:
            models = self.folder()
            run = subprocess.run([SERVE, "publish", SERVABLE, "--models", models, "--name", "movies"], stdout=full,
                                 stderr=subprocess.PIPE, text=True, timeout=20)
            self.assertEqual(os.listdir(os.path.join(models, "movies")), ["1"])
            self.assertGreaterEqual(run.returncode, 0, run.stderr)

    def test_no_standard_error_at_all(self):
        """Descriptor 2 must not become a connection that then gets the log."""
        program = self.start("--log-requests", closed=True)
        for _ in range(50):
            with program.connect(request("/recommend?user=42") + request("/health/live", head="Connection: close\r\n")) as connection, \
                    connection.makefile("rb") as file:
                self.assertEqual((read_answer(file)[0], read_answer(file)[0], file.read()), (200, 200, b""))
        self.assertTrue(program.lives())

    def test_the_log_is_opened_again(self):
        path = os.path.join(self.folder(), "log")

        def said(path):
            with open(path) as file:
                return file.read()
        program = self.start("--log-file", path, "--log-requests", "--log-format", "json")
        program.ask("/recommend?user=42", head="X-Request-Id: number-1\r\n")
        self.assertTrue(eventually(lambda: "number-1" in said(path)))
        os.rename(path, path + ".1")
        program.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: os.path.exists(path)), "no new log file after HUP")
        program.ask("/recommend?user=42", head="X-Request-Id: number-2\r\n")
        self.assertTrue(eventually(lambda: "number-2" in said(path)))
        self.assertNotIn("number-2", said(path + ".1"))
        for line in (said(path + ".1") + said(path)).splitlines():
            json.loads(line)

    def test_a_log_file_that_blocks(self):
        """In the log's place is a pipe that nobody reads: HUP and TERM still work."""
        path = os.path.join(self.folder(), "log")
        program = self.start("--log-file", path, "--log-requests")
        os.remove(path)
        os.mkfifo(path)
        program.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        self.assertAnswers(program, "after HUP")
        os.remove(path)
        program.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: os.path.exists(path)), "no new log file after HUP")
        self.assertEqual(program.stop(), 0)

    def test_a_log_file_that_cannot_be_opened(self):
        run = subprocess.run([SERVE, SERVABLE, "--log-file", "/no/such/folder/log", "--port", "0"], stderr=subprocess.PIPE, text=True,
                             timeout=20)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("/no/such/folder/log", run.stderr)
