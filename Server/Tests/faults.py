"""System calls that fail because strace has them fail: in a program from its beginning, or in one that runs already."""

import os
import re
import signal
import subprocess
import tempfile
import time
from typing import NamedTuple


class Fault(NamedTuple):
    """One kind of call fails with one error, whenever `when` says so, as strace has it: 1, 3, 1+5 (of each thread)."""
    call: str
    error: str
    when: str = "1"
    #: A name for the only path, or descriptor of such a path, whose calls fail; all of them if None.
    path: str | None = None
    #: Requests that are made meanwhile must all be answered.
    unnoticed: bool = False

    def __str__(self):
        return f"{self.call} fails with {self.error}, when={self.when}" + (f", of the {self.path}" if self.path else "")

    def words(self, output, path=None):
        return ["strace", "-f", "-o", output, *(["-P", path] if path else []), "-e", f"trace={self.call}", "-e",
                f"inject={self.call}:error={self.error}:when={self.when}"]


def has_strace():
    """Whether strace is there and may trace."""
    try:
        return subprocess.run(["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        return False


class Injection:
    """Has calls of a running process fail until it ends; `fired` then says how many did, by strace's own account."""

    def __init__(self, fault, process, path=None):
        self.folder = tempfile.TemporaryDirectory()
        self.output = os.path.join(self.folder.name, "calls")
        self.errors = open(os.path.join(self.folder.name, "errors"), "w+")
        self.fired = 0
        self.tracer = subprocess.Popen([*fault.words(self.output, path), "-p", str(process)], stderr=self.errors, start_new_session=True)
        end = time.monotonic() + 10
        while " attached" not in self.said():
            if time.monotonic() > end or self.tracer.poll() is not None:
                self.end()
                raise AssertionError(f"strace did not attach: {self.said()}")
            time.sleep(0.005)

    def said(self):
        with open(self.errors.name) as file:
            return file.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        self.fired = fired(self.output)
        self.errors.close()
        self.folder.cleanup()

    def end(self):
        if self.tracer.poll() is None:
            self.tracer.send_signal(signal.SIGTERM)
            try:
                self.tracer.wait(10)
            except subprocess.TimeoutExpired:
                self.tracer.kill()
                self.tracer.wait()


def fired(output):
    with open(output, errors="replace") as file:
        return file.read().count("(INJECTED)")


def run(fault, words, path=None, seconds=20, environment=None):
    """Runs a program to its end: its code (a negative one is a signal), what it said on standard error, and how many calls failed.

    A program that has not ended after some seconds has None for its code.
    """
    with tempfile.TemporaryDirectory() as folder:
        output, errors = os.path.join(folder, "calls"), os.path.join(folder, "errors")
        with open(errors, "w") as file:
            # With -D the program itself is the child, and its code is its own.
            tracer = [*fault.words(output, path), "-D"]
            process = subprocess.Popen([*tracer, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
                                       env={**os.environ, **(environment or {})})
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
                process.kill()
                process.wait()
        time.sleep(0.02)  # strace writes its last lines
        with open(errors, errors="replace") as file:
            said = "\n".join(line for line in file.read().splitlines() if not re.match(r"strace: ", line))
        return code, said, fired(output)
