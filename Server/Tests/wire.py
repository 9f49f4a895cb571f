"""HTTP byte by byte, servers under odd conditions, and what the kernel says of them. Asks nothing of the environment."""

import os
import re
import resource
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time

PREDICT = "/v1/models/retrieval:predict"
INFER = "/v2/models/retrieval/infer"


def request(path, body=None, head="", method=None, version="1.1"):
    """The bytes of a request; `head` has further lines, each with its end."""
    if isinstance(body, str):
        body = body.encode()
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    method = method or ("GET" if body is None else "POST")
    return f"{method} {path} HTTP/{version}\r\nHost: x\r\n{length}{head}\r\n".encode() + (body or b"")


def connect(port, data=b"", timeout=10, certificate=None):
    """A connection that has sent `data`; over TLS if the server's `certificate` is given, which it must have."""
    connection = socket.create_connection(("127.0.0.1", port), timeout)
    # As every client of HTTP does: else the kernel keeps a request back until what was sent before it is acknowledged.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(certificate)
        connection = context.wrap_socket(connection)
    if data:
        connection.sendall(data)
    return connection


def read_answer(file, body=True):
    """Status, headers and body of the next answer; raises EOFError where the connection ended."""
    status = file.readline()
    if not status:
        raise EOFError("the connection ended before an answer")
    if not re.match(rb"HTTP/1\.[01] \d\d\d ", status):
        raise ValueError(f"no status line: {status[:80]}")
    head = {}
    while (line := file.readline().strip()):
        name, _, value = line.decode("latin-1").partition(":")
        head[name.lower()] = value.strip()
    code = int(status[9:12])
    length = int(head.get("content-length", 0)) if body and code not in (100, 204, 304) else 0
    content = file.read(length)
    if len(content) != length:
        raise EOFError(f"the connection ended after {len(content)} of {length} bytes")
    return code, head, content


def ask(port, path, body=None, head="", method=None, timeout=10, certificate=None, raw=None):
    """Status, headers and body of one request on a connection of its own; `raw` are the request's bytes, if given."""
    with connect(port, raw or request(path, body, head, method), timeout, certificate) as connection, \
            connection.makefile("rb") as file:
        return read_answer(file, method != "HEAD")


def reset(connection):
    """Closes so that the peer gets a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def metric(text, name):
    """A metric's value, or None if it is not there; `name` has the labels, if any."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text.decode() if isinstance(text, bytes) else text, re.MULTILINE)
    return float(found[1]) if found else None


def eventually(condition, seconds=15):
    """Whether `condition` comes to be true; what it raises of the connection counts as false."""
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return True
        except (OSError, EOFError, ValueError):
            pass
        if time.monotonic() > end:
            return False
        time.sleep(0.03)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def descriptors(process):
    return len(os.listdir(f"/proc/{process}/fd"))


def resident(process):
    """MiB in memory."""
    with open(f"/proc/{process}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024


def processor_seconds(process):
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def raise_own_limit(wanted=8_192):
    """Lets this process have so many descriptors, if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


class Program:
    """A server that is started with `words` on a port of its own, and waited for until it answers.

    standard_error is a file if it is given, else a temporary one that `said` reads. table is the most descriptors that the
    server may have, before are words in front of the program, such as strace's, and closed has it begin without standard error.
    """

    def __init__(self, serve, *words, standard_error=None, table=None, environment=None, before=(), closed=False,
                 certificate=None, patience=20):
        def prepare():
            if table:
                resource.setrlimit(resource.RLIMIT_NOFILE, (table, table))
            if closed:
                os.close(2)
        self.log = tempfile.TemporaryFile("w+")
        self.port, self.certificate = free_port(), certificate
        self.process = subprocess.Popen(
            [*before, serve, *words, "--port", str(self.port), "--poll", "0.1"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.log if standard_error is None else standard_error, env={**os.environ, **(environment or {})},
            preexec_fn=prepare, start_new_session=True)
        self.pid = self.process.pid
        if not eventually(lambda: self.process.poll() is not None or self.ask("/health/live", timeout=1)[0] == 200, patience):
            self.kill()
            raise AssertionError(f"the server does not answer after {patience} s; it says: {self.said()[-2000:]}")
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with code {self.process.returncode}; it says: {self.said()[-2000:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def said(self):
        if self.log.closed:
            return ""
        self.log.seek(0)
        return self.log.read()

    def ask(self, path, body=None, head="", method=None, timeout=10, raw=None):
        return ask(self.port, path, body, head, method, timeout, self.certificate, raw)

    def connect(self, data=b"", timeout=10):
        return connect(self.port, data, timeout, self.certificate)

    def metric(self, name):
        return metric(self.ask("/metrics")[2], name)

    def lives(self):
        return self.process.poll() is None

    def stop(self):
        """Asks it to end, and returns its code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        finally:
            self.kill()

    def kill(self):
        if self.lives():
            self.process.kill()
            self.process.wait()
        self.log.close()
