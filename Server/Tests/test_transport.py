"""TLS: versions, suites, certificates that change, errors that name the file."""

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

from server import SERVABLE, SERVE
from survival import Survival, setUpModule  # noqa: F401
from wire import ask, connect, descriptors, eventually, read_answer, request


class Transport(Survival):
    def setUp(self):
        self.folder_of_keys = self.folder()
        self.first, self.second = self.pair("first"), self.pair("second")

    def pair(self, name):
        key, certificate = (os.path.join(self.folder_of_keys, f"{name}.{kind}") for kind in ("key", "certificate"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "1",
                        "-subj", f"/CN={name}"], check=True, stderr=subprocess.DEVNULL)
        return certificate, key

    def test_hang_up_loads_what_was_replaced(self):
        certificate, key, token = (os.path.join(self.folder_of_keys, name) for name in ("certificate", "key", "token"))

        def use(pair, secret):
            for source, target in zip(pair, (certificate, key)):
                shutil.copy(source, target + ".new")
                os.rename(target + ".new", target)
            with open(token, "w") as file:
                file.write(secret)

        def status(pair, secret):
            """None where the server has another certificate."""
            try:
                return ask(program.port, "/recommend?user=42", head=f"Authorization: Bearer {secret}\r\n", certificate=pair[0])[0]
            except ssl.SSLCertVerificationError:
                return None
        use(self.first, "one")
        program = self.start("--certificate", certificate, "--private-key", key, "--token-file", token, certificate=self.first[0])
        self.assertEqual((status(self.first, "one"), status(self.second, "one")), (200, None))
        kept = connect(program.port, certificate=self.first[0])
        self.addCleanup(kept.close)
        use(self.second, "two")
        self.assertEqual(status(self.first, "one"), 200, "nothing is loaded before HUP")
        program.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: status(self.second, "two") == 200), "the new certificate and token after HUP")
        self.assertEqual((status(self.first, "two"), status(self.second, "one")), (None, 401))
        kept.sendall(request("/recommend?user=42", head="Authorization: Bearer two\r\n"))
        self.assertEqual(read_answer(kept.makefile("rb"))[0], 200, "a connection that was open before HUP")
        # What is broken is said, and what was there goes on.
        with open(certificate, "w") as file:
            file.write("nonsense")
        os.remove(token)
        program.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: certificate in program.said()), f"the log does not name {certificate}: {program.said()}")
        self.assertTrue(eventually(lambda: token in program.said()), f"the log does not name {token}: {program.said()}")
        self.assertEqual(status(self.second, "two"), 200)

    def test_old_protocols_and_ciphers(self):
        program = self.start("--certificate", self.first[0], "--private-key", self.first[1], certificate=self.first[0])

        def handshake(version, ciphers=None):
            """The cipher's name, or why there is none."""
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_ciphers((ciphers or "ALL") + ":@SECLEVEL=0")
            import warnings
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = version
            try:
                with socket.create_connection(("127.0.0.1", program.port), 5) as plain, context.wrap_socket(plain) as secure:
                    return secure.cipher()[0]
            except (ssl.SSLError, ConnectionResetError) as error:
                return f"refused: {error}"
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            self.assertIn("refused", handshake(version), version)
        for cipher in ("AES128-SHA", "AES256-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-RSA-AES128-SHA256"):
            self.assertIn("refused", handshake(ssl.TLSVersion.TLSv1_2, cipher), cipher)
        for cipher in ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"):
            self.assertEqual(handshake(ssl.TLSVersion.TLSv1_2, cipher), cipher)
        self.assertIn("TLS_", handshake(ssl.TLSVersion.TLSv1_3))

    def test_the_first_answer_of_a_connection_does_not_wait(self):
        """Behind the tickets of TLS 1.3 an answer would wait 40 ms where the server's TCP gathered small segments."""
        program, times = self.start("--certificate", self.first[0], "--private-key", self.first[1], certificate=self.first[0]), []
        for _ in range(21):
            with program.connect() as connection, connection.makefile("rb") as file:
                start = time.perf_counter()
                connection.sendall(request("/health/live"))
                read_answer(file)
                times.append(time.perf_counter() - start)
        self.assertLess(sorted(times)[10], 0.02, f"the median of the first answers is {sorted(times)[10] * 1000:.0f} ms")

    def test_errors_name_the_file(self):
        certificate, key = self.first
        broken, missing = self.file("nonsense"), os.path.join(self.folder_of_keys, "missing")
        empty = self.file("")
        for words, named in (((missing, key), missing), ((certificate, missing), missing), ((broken, key), broken),
                             ((certificate, broken), broken),
                             ((empty, key), empty), ((certificate, empty), empty), ((certificate, self.second[1]), self.second[1]),
                             ((self.folder_of_keys, key), self.folder_of_keys)):
            run = subprocess.run([SERVE, SERVABLE, "--certificate", words[0], "--private-key", words[1], "--port", "0"],
                                 stderr=subprocess.PIPE, text=True, timeout=20)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(named, run.stderr)
            self.assertNotRegex(run.stderr, "Fatal error|Stack dump|NSError|Error Domain")
            self.assertLess(len([line for line in run.stderr.splitlines() if line.strip()]), 4, run.stderr)
        for words, named in (([missing], missing), ([empty], empty), ([self.folder_of_keys], self.folder_of_keys)):
            run = subprocess.run([SERVE, SERVABLE, "--token-file", *words, "--port", "0"], stderr=subprocess.PIPE, text=True, timeout=20)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(named, run.stderr)
            self.assertNotRegex(run.stderr, "Fatal error|Stack dump|NSError|Error Domain")

    def test_connections_of_tls_that_come_to_nothing(self):
        program = self.start("--certificate", self.first[0], "--private-key", self.first[1], "--max-connections", "64", table=256,
                             certificate=self.first[0])
        before = descriptors(program.pid)
        for data in (b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 600, b"GET / HTTP/1.1\r\n\r\n",
                     os.urandom(5000)):
            for _ in range(40):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", program.port), 5) as connection:
                    connection.sendall(data)
        self.connections_without_handshake = [socket.create_connection(("127.0.0.1", program.port), 5) for _ in range(200)]
        self.assertAnswers(program, "200 connections without a handshake")
        for connection in self.connections_without_handshake:
            connection.close()
        self.assertFlat(lambda: descriptors(program.pid), before, 4, "descriptors")
        for _ in range(200):
            self.assertEqual(program.ask("/health/live")[0], 200)
        self.assertFlat(lambda: descriptors(program.pid), before, 4, "descriptors")
