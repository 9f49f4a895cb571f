"""Starts the server, and asks it over HTTP as a client does that knows nothing of it.

$SERVE is the program, $SERVABLE a MovieLens servable, $NAMED_SERVABLE one whose candidates are numbers with names, $FEATURES_SERVABLE one that reads features of users, $CONTEXT_SERVABLE one that reads the context of a request in a linear tower and predicts ratings, $NEXT_SERVABLE one that reads histories in their order, $SCREENSHOTS a folder for pictures of the page, if any are wanted.
"""

import json
import os
import re
import signal
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SERVE, SERVABLE = os.environ["SERVE"], os.environ["SERVABLE"]
FEATURES_SERVABLE = os.environ["FEATURES_SERVABLE"]
CONTEXT_SERVABLE = os.environ["CONTEXT_SERVABLE"]
NEXT_SERVABLE = os.environ["NEXT_SERVABLE"]
NAMED_SERVABLE = os.environ["NAMED_SERVABLE"]
SCREENSHOTS = os.environ.get("SCREENSHOTS")


class Server:
    def __init__(self, *words, environment=None):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([SERVE, *words, "--port", "0", "--poll", "0.1"], stdout=self.log, stderr=self.log,
                                        env={**os.environ, **(environment or {})})
        self.scheme = "https" if "--certificate" in words else "http"
        self.port = None
        for _ in range(400):
            self.log.seek(0)
            text = self.log.read()
            found = re.search(r' port=(\d+)|"port":"(\d+)"', text)
            if found:
                self.port = int(found[1] or found[2])
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the server did not start: {text}")

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def ask(self, path, body=None, headers=None, method=None):
        """Status, body as JSON where it is, headers."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        request = urllib.request.Request(f"{self.scheme}://127.0.0.1:{self.port}{path}", data, headers or {}, method=method)
        context = ssl._create_unverified_context() if self.scheme == "https" else None
        try:
            with urllib.request.urlopen(request, timeout=20, context=context) as answer:
                status, text, head = answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            status, text, head = error.code, error.read().decode(), error.headers
        return status, json.loads(text) if text and head.get("Content-Type") == "application/json" else text, head

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.log.close()
        return code


class Served(unittest.TestCase):
    """Tests that ask one server, which is started with `words`."""

    words = ()
    servable = SERVABLE

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.servable, *cls.words)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
