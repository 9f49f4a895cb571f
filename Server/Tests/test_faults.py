"""System calls that fail while the server starts, answers, reloads and publishes; strace has them fail."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from faults import Fault, Injection, has_strace, run
from server import SERVABLE, SERVE
from wire import PREDICT, Program, connect, descriptors, eventually, free_port, read_answer, request

READS, WRITES = "read,readv,recvfrom,recvmsg", "write,writev,sendto,sendmsg"

#: What fails while requests are answered and a new version comes.
SERVING = [
    Fault("accept4", "EMFILE", "1", unnoticed=True), Fault("accept4", "ENFILE", "1+3", unnoticed=True),
    Fault("accept4", "ENOMEM", "3", unnoticed=True),
    Fault("accept4", "ENOBUFS", "1+2", unnoticed=True), Fault("accept4", "ECONNABORTED", "1+2", unnoticed=True),
    Fault("accept4", "EINTR", "1+2", unnoticed=True),
    Fault("epoll_wait", "EINTR", "1+2", unnoticed=True), Fault("getpeername", "ENOTCONN", "1+2"), Fault("getsockname", "EINVAL", "1+2"),
    *(Fault(READS, error, when, "kept") for error,
      when in (("ECONNRESET", "1"), ("ECONNRESET", "3"), ("ETIMEDOUT", "2"), ("EIO", "1+2"), ("ENOMEM", "3"))),
    Fault(READS, "EINTR", "1+2", "kept", unnoticed=True), Fault(READS, "EAGAIN", "1+2", "kept", unnoticed=True),
    *(Fault(WRITES, error, when, "kept") for error, when in (("EPIPE", "1"), ("ECONNRESET", "2"), ("ENOBUFS", "1+2"), ("EIO", "2"))),
    Fault(WRITES, "EINTR", "1+2", "kept", unnoticed=True), Fault(WRITES, "EAGAIN", "1+2", "kept", unnoticed=True),
    Fault("epoll_ctl", "ENOMEM", "2+3"), Fault("epoll_ctl", "ENOSPC", "1"), Fault("shutdown,close", "ENOTCONN", "1", "kept"),
    Fault("write,writev", "ENOSPC", "1+2", "log", unnoticed=True), Fault("write,writev", "EIO", "2", "log", unnoticed=True),
    Fault("write,writev", "EAGAIN", "1+3", "log", unnoticed=True), Fault("write,writev", "EINTR", "1+2", "log", unnoticed=True),
    Fault("openat", "EMFILE", "1", "version", unnoticed=True), Fault("openat", "EIO", "1", "version", unnoticed=True),
    Fault("openat", "EACCES", "1+2", "model", unnoticed=True), Fault("openat", "ENFILE", "1", "models", unnoticed=True),
    Fault("getdents64", "EIO", "1", "models", unnoticed=True), Fault("getdents64", "EIO", "1+3", "model", unnoticed=True),
    Fault("newfstatat,fstat,statx", "EIO", "1", "version", unnoticed=True),
    Fault("newfstatat,fstat,statx", "ENOMEM", "2", "version", unnoticed=True),
    Fault("mmap", "ENOMEM", "1", "version", unnoticed=True), Fault("newfstatat,statx,openat", "EIO", "1", "labels", unnoticed=True),
    Fault("read", "EIO", "1", "labels", unnoticed=True), Fault("close", "EIO", "1", "version", unnoticed=True),
]

#: What takes the listening socket away (NIO closes it for every error but those above). The server must not go on without one: it
#: ends, plainly, and whoever watches over it starts it again.
ENDING = [Fault("accept4", "EPROTO", "1"), Fault("accept4", "EPERM", "2"), Fault("accept4", "ENETDOWN", "1")]

#: What fails at the start; the program then says why in a line and ends, or it serves nevertheless.
START = [
    Fault("openat", "EMFILE", "1", "servable"), Fault("openat", "EACCES", "1+1", "servable"), Fault("openat", "EIO", "2", "servable"),
    Fault("newfstatat,fstat,statx", "EIO", "1", "servable"), Fault("newfstatat,fstat,statx", "EIO", "2+1", "servable"),
    Fault("mmap", "ENOMEM", "1", "servable"),
    Fault("read,pread64,mmap", "EIO", "1", "loaded"), Fault("newfstatat,fstat,statx", "EIO", "1", "loaded"),
    Fault("openat", "ENFILE", "1", "loaded"),
    Fault("openat", "EACCES", "1", "token"), Fault("read", "EIO", "1", "token"),
    Fault("openat", "EMFILE", "1", "certificate"), Fault("read", "EIO", "1", "certificate"), Fault("openat", "EACCES", "1", "key"),
    Fault("read", "EIO", "1", "key"),
    Fault("bind", "EADDRINUSE", "1"), Fault("bind", "EACCES", "1+1"), Fault("listen", "EADDRINUSE"), Fault("socket", "EMFILE", "1+1"),
    Fault("socket", "EAFNOSUPPORT", "1+1"),
    Fault("setsockopt", "ENOMEM", "1"), Fault("getsockname", "ENOBUFS", "1"),
]

#: What fails in `serve publish`: one line, a code that is not 0, and no trace in the folder of models.
PUBLISHING = [
    Fault("mkdir,mkdirat", "ENOSPC", "1"), Fault("mkdir,mkdirat", "EROFS", "1+1"), Fault("fsync,fdatasync", "EIO", "1"),
    Fault("fsync,fdatasync", "ENOSPC", "2"),
    Fault("fsync,fdatasync", "EIO", "1+1"), Fault("rename,renameat,renameat2", "ENOSPC", "1"),
    Fault("rename,renameat,renameat2", "EACCES", "1+1"),
    *(Fault("write,sendfile,copy_file_range", error, when) for error,
      when in (("ENOSPC", "1"), ("EIO", "2"), ("EDQUOT", "1"), ("EINTR", "1+2"))),
    Fault("openat", "EMFILE", "1", "servable"), Fault("openat", "EACCES", "1+1", "servable"),
    Fault("newfstatat,fstat,statx", "EIO", "1", "servable"), Fault("mmap", "ENOMEM", "1", "servable"),
    Fault("read", "EIO", "1", "servable"),
    Fault("read", "EINTR", "1+2", "servable"), Fault("getdents64", "EIO", "1+1", "model"), Fault("openat", "EACCES", "2+1", "model"),
    Fault("flock", "ENOLCK", "1"), Fault("flock", "EINTR", "1"),
]

#: For these NIO or the language's runtime ends the process, so that no test here asks to survive them, and why.
DEADLY = {
    "epoll_create1, eventfd2, timerfd_create (EMFILE, ENFILE)": "made once for each thread at the start, without an answer to an error",
    "read and write of an eventfd or a timerfd": "NIO ends the process; the system has no error for a sound one",
    "epoll_wait, errors other than EINTR": "the loop of a thread ends, and NIO ends the process with it",
    "close (EBADF)": "NIO's precondition: a descriptor that is closed twice",
    "mmap and brk without a file (ENOMEM)": "Swift's runtime has no answer to memory that cannot be had",
    "clone3 (EAGAIN)": "a thread that cannot be made; NIO has a precondition on it",
}

TRAP = "Fatal error|Stack dump|Illegal instruction|Precondition|NSError|Error Domain|Crash"


@unittest.skipUnless(has_strace(), "strace is not there or may not trace")
class Faults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.models = os.path.join(self.folder, "models")

    def path(self, name):
        """What a fault's path is called, as the file that it is."""
        if name is None:
            return None
        model = os.path.join(self.models, "retrieval")
        if name == "kept":
            return self.socket
        return {"servable": os.path.join(self.folder, "servable.tandem"), "models": self.models, "model": model,
                "labels": os.path.join(model, "labels.json"),
                "version": os.path.join(model, str(self.newest() + 1), "servable.tandem")}.get(
                    name, os.path.join(self.folder, name))

    def newest(self):
        model = os.path.join(self.models, "retrieval")
        return max((int(name) for name in os.listdir(model) if name.isdigit()), default=0) if os.path.isdir(model) else 0

    def publish(self):
        """As `serve publish` does it, without the time that a process takes."""
        model, number = os.path.join(self.models, "retrieval"), self.newest() + 1
        os.makedirs(os.path.join(model, ".new"))
        shutil.copy(SERVABLE, os.path.join(model, ".new", "servable.tandem"))
        os.rename(os.path.join(model, ".new"), os.path.join(model, str(number)))
        return number

    # Serving.

    def serving(self):
        with open(self.path("log"), "a") as log:
            program = Program(SERVE, "--models", self.models, "--log-requests", standard_error=log)
        self.addCleanup(program.kill)
        return program

    def said(self):
        with open(self.path("log"), errors="replace") as file:
            return file.read()

    def converse(self, program, kept):
        """Requests on new connections and on one that goes on, and a new version; returns what was not answered."""
        lost, large = [], json.dumps({"instances": [str(user) for user in range(1, 200)] + ["x" * 200_000]})

        def ask(what, work):
            try:
                status = work()
                if status != 200:
                    lost.append(f"{what}: {status}")
            except (OSError, EOFError, ValueError) as error:
                lost.append(f"{what}: {type(error).__name__} {error}")

        def go_on():
            try:
                kept[0].sendall(request("/recommend?user=42&k=3"))
                return read_answer(kept[1])[0]
            except (OSError, EOFError, ValueError):
                self.open(program, kept)
                raise
        self.publish()
        for number in range(4):
            ask(f"request {number} of a new connection", lambda: program.ask(PREDICT, '{"instances":["42"]}', timeout=2)[0])
            ask(f"request {number} of the kept connection", go_on)
            ask(f"health {number}", lambda: program.ask("/health/live", timeout=2)[0])
            time.sleep(0.02)
        ask("a large request", lambda: program.ask(PREDICT, large, timeout=3)[0])
        time.sleep(0.25)
        return lost

    def open(self, program, kept):
        """A connection that goes on, and its socket at the server, as the system calls it."""
        def sockets():
            found = set()
            for name in os.listdir(f"/proc/{program.pid}/fd"):
                with contextlib.suppress(OSError):
                    found.add(os.readlink(f"/proc/{program.pid}/fd/{name}"))
            return {name for name in found if name.startswith("socket:")}
        for old in kept:
            old.close()
        kept.clear()
        eventually(lambda: program.metric("tandem_connections") in (1, None))
        before = sockets()
        connection = connect(program.port, request("/health/live"), timeout=2)
        kept[:] = connection, connection.makefile("rb")
        read_answer(kept[1])
        self.socket = next(iter(sockets() - before), None)

    def begin(self, kept):
        program = self.serving()
        self.open(program, kept)
        self.converse(program, kept)
        return program, descriptors(program.pid)

    def test_while_it_answers(self):
        self.publish()
        with open(os.path.join(self.models, "retrieval", "labels.json"), "w") as file:
            json.dump({"canary": 1}, file)
        kept = []
        self.addCleanup(lambda: [old.close() for old in kept])
        program, before = self.begin(kept)
        wanted = program.ask(PREDICT, '{"instances":["42"]}')[2]
        for fault in SERVING:
            with self.subTest(str(fault)):
                try:
                    self.open(program, kept)
                    with Injection(fault, program.pid, self.path(fault.path)) as injection:
                        lost = self.converse(program, kept)
                        if fault.call == "shutdown,close":
                            for old in kept:
                                old.close()
                            time.sleep(0.1)
                    self.assertTrue(program.lives(), f"the server ended with {program.process.poll()}: {self.said()[-1500:]}")
                    self.assertGreater(injection.fired, 0, "the fault did not fire")
                    # Where descriptors or memory are lacking, a connection that is idle may be closed for others.
                    is_lacking = fault.call == "accept4" and fault.error in ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS")
                    kept_may_go = not fault.unnoticed or is_lacking
                    if fault.unnoticed or fault.path:
                        lost = [loss for loss in lost if "kept" not in loss or not kept_may_go]
                        self.assertEqual(lost, [], "requests were lost")
                    self.assertEqual(program.ask(PREDICT, '{"instances":["42"]}')[2], wanted)
                    self.open(program, kept)
                    self.assertEqual(self.converse(program, kept), [], "requests were lost afterwards")
                    newest = self.newest()
                    self.assertTrue(eventually(lambda: json.loads(program.ask("/recommend?user=42")[2])["version"] == newest),
                                    f"version {newest} is not served: {self.said()[-600:]}")
                    self.assertTrue(eventually(lambda: program.metric("tandem_requests_running") <= 1), "a request is counted for ever")
                    # What strace kept from being closed is still open.
                    most = before + 1 + (injection.fired if "close" in fault.call else 0)
                    self.assertTrue(eventually(lambda: descriptors(program.pid) <= most),
                                    f"{descriptors(program.pid)} descriptors, {before} before")
                finally:
                    for name in os.listdir(os.path.join(self.models, "retrieval")):
                        if name.isdigit() and int(name) < self.newest() - 1:
                            shutil.rmtree(os.path.join(self.models, "retrieval", name))
                    # So that one failure is not that of all that follow.
                    if not eventually(lambda: program.lives() and program.ask(PREDICT, '{"instances":["42"]}', timeout=1)[2] == wanted, 1):
                        program.kill()
                        program, before = self.begin(kept)
        self.assertEqual(program.stop(), 0)
        self.assertNotRegex(self.said(), TRAP)

    def test_without_its_listening_socket(self):
        self.publish()
        for fault in ENDING:
            with self.subTest(str(fault)):
                program = self.serving()
                with Injection(fault, program.pid) as injection:
                    for _ in range(6):
                        with contextlib.suppress(OSError, EOFError):
                            program.ask("/health/live", timeout=1)
                self.assertGreater(injection.fired, 0, "the fault did not fire")
                eventually(lambda: not program.lives(), 2)
                if program.lives():
                    self.assertEqual(program.ask("/health/live")[0], 200, "it lives and does not listen")
                else:
                    self.assertGreater(program.process.returncode, 0, f"it ended by a signal: {self.said()[-500:]}")
                    self.assertNotRegex(self.said(), TRAP)

    # Start and publication.

    def prepared(self):
        for name in ("servable", "loaded"):
            shutil.copy(SERVABLE, self.path(name))
        with open(self.path("token"), "w") as file:
            file.write("secret\n")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("key"), "-out",
                        self.path("certificate"), "-days", "1",
                        "-subj", "/CN=localhost"], check=True, stderr=subprocess.DEVNULL)

    def assertPlain(self, said):
        self.assertNotRegex(said, TRAP)
        lines = [line for line in said.splitlines() if line.strip()]
        self.assertTrue(1 <= len(lines) <= 3 and len(lines[-1]) < 500, f"found {len(lines)} lines, expected one or two: {said[:1500]}")

    def test_at_the_start(self):
        self.prepared()
        secrets = ["--token-file", self.path("token"), "--certificate", self.path("certificate"), "--private-key", self.path("key")]
        for fault in START:
            with self.subTest(str(fault)):
                port = free_port()
                loaded = [self.path("loaded"), "--load"] if fault.path == "loaded" else [self.path("servable")]
                words = [SERVE, *loaded, *secrets, "--port", str(port)]
                code, said, count = run(fault, words, self.path(fault.path), seconds=1.5)
                self.assertGreater(count, 0, "the fault did not fire")
                if code is None:
                    self.assertIn("listening", said, "it neither serves nor ends")
                else:
                    self.assertGreater(code, 0, f"it ended by signal {-code}: {said[-1500:]}")
                    self.assertPlain(said)

    def test_while_it_publishes(self):
        self.prepared()
        words = [SERVE, "publish", self.path("servable"), "--models", self.models, "--name", "retrieval"]
        for fault in PUBLISHING:
            with self.subTest(str(fault)):
                before = self.newest()
                code, said, count = run(fault, words, self.path(fault.path), seconds=5)
                self.assertGreater(count, 0, "the fault did not fire")
                if code == 0:  # it had another way, as with a copy that sendfile cannot make
                    self.assertEqual(self.newest(), before + 1)
                else:
                    self.assertGreater(code or 0, 0, f"it ended by {code}: {said[-1500:]}")
                    self.assertPlain(said)
                    self.assertEqual(self.newest(), before)
                left = [name for name in os.listdir(os.path.join(self.models, "retrieval")) if not name.isdigit()] if os.path.isdir(
                    os.path.join(self.models, "retrieval")) else []
                self.assertEqual(left, [], "what was begun lies about")
                again = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20)
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(self.newest(), before + (2 if code == 0 else 1))
