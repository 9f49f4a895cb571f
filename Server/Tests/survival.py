"""What tests of survival share: programs that are started and ended, ordinary requests, and bodies of every kind."""

import gzip
import json
import os
import shutil
import tempfile
import threading
import time
import unittest

from server import SERVABLE, SERVE
from wire import INFER, PREDICT, Program, eventually, raise_own_limit, request

ONE = '{"instances":["42"]}'
USERS = [str(user) for user in range(1, 944)]


def setUpModule():
    raise_own_limit()


def in_threads(count, work):
    """Runs `work(number)` in so many threads; raises what the first of them raised."""
    errors = []

    def run(number):
        try:
            work(number)
        except BaseException as error:
            errors.append(error)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class Survival(unittest.TestCase):
    def start(self, *words, servable=True, **options):
        program = Program(SERVE, *([SERVABLE] if servable else []), *words, **options)
        self.addCleanup(program.kill)
        return program

    def folder(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        return folder

    def file(self, text, name="file"):
        path = os.path.join(self.folder(), name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def connections(self, program, count, data=b""):
        opened = []
        self.addCleanup(lambda: [connection.close() for connection in opened])
        for _ in range(count):
            opened.append(program.connect(data))
        return opened

    def assertAnswers(self, program, what="", **more):
        """An ordinary request, health and metrics are answered, and soon."""
        for path, body in ((PREDICT, ONE), ("/health/live", None), ("/health/ready", None), ("/metrics", None)):
            start = time.monotonic()
            status = program.ask(path, body, timeout=20, **more)[0]
            self.assertEqual(status, 200, f"{what}: {path} answered {status}, expected 200")
            self.assertLess(time.monotonic() - start, 10, f"{what}: {path}")

    def assertFlat(self, measure, before, margin, what):
        eventually(lambda: measure() <= before + margin)
        self.assertLessEqual(measure(), before + margin, f"{what}: {before} before, {measure()} after")


def chunked(path, data, size=1):
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(data[at:at + size]), data[at:at + size]) for at in range(0, len(data), size))
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n"


def infer(words, tensors=b""):
    text = json.dumps(words).encode()
    return request(INFER, text + tensors, f"Inference-Header-Content-Length: {len(text)}\r\n")


def binary(count, part):
    data = part * (count // len(part))
    return infer({"inputs": [{"name": "queries", "shape": [len(data) // len(part)], "datatype": "BYTES",
                              "parameters": {"binary_data_size": len(data)}}]}, data)


def packed(path, data):
    return request(path, gzip.compress(data, 6), "Content-Encoding: gzip\r\n")
