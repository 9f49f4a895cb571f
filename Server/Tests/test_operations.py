import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from server import SERVABLE, SERVE, Server


class Operations(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.models = os.path.join(self.folder, "models")
        self.publish()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def publish(self):
        words = [SERVE, "publish", SERVABLE, "--models", self.models, "--name", "movies"]
        return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    def wait(self, server, condition):
        for _ in range(100):
            if condition(server.ask("/v1/models/movies")[1]):
                return
            time.sleep(0.1)
        self.fail(server.said())

    def available(self, status):
        return [v["version"] for v in status["model_version_status"] if v["state"] == "AVAILABLE"]

    def test_versions_swap_without_a_lost_request(self):
        server, failed, count, going = Server("--models", self.models), [], [0], True

        def load():
            while going:
                status, answer, _ = server.ask("/v1/models/movies:predict", {"instances": ["42"]})
                count[0] += 1
                if status != 200 or len(answer["predictions"][0]["scores"]) != 10:
                    failed.append(answer)
        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(2, 6):
            self.assertTrue(self.publish().endswith(f"/{number}"))
            self.wait(server, lambda status: str(number) in self.available(status))
        going = False
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertGreater(count[0], 20)
        self.assertEqual(self.available(server.ask("/v1/models/movies")[1]), ["5", "4"])
        self.assertEqual(server.stop(), 0)

    def test_broken_versions_are_refused(self):
        server = Server("--models", self.models)
        path = os.path.join(self.models, "movies", "2")
        os.mkdir(path + ".new")
        with open(SERVABLE, "rb") as file:
            data = bytearray(file.read())
        data[len(data) // 2] ^= 255
        with open(os.path.join(path + ".new", "servable.tandem"), "wb") as file:
            file.write(data)
        os.rename(path + ".new", path)
        self.wait(server, lambda status: len(status["model_version_status"]) == 2)
        status = server.ask("/v1/models/movies")[1]
        self.assertEqual(self.available(status), ["1"])
        self.assertIn("checksum", status["model_version_status"][0]["status"]["error_message"])
        self.assertEqual(server.ask("/recommend?user=42")[1]["version"], 1)
        self.assertIn('tandem_refused_versions{model="movies"} 1', server.ask("/metrics")[1])
        server.stop()

    def test_labels_and_roll_back(self):
        self.publish()
        server = Server("--models", self.models, "--label", "canary=2")
        labels = os.path.join(self.models, "movies", "labels.json")
        self.assertEqual(server.ask("/recommend?user=42")[1]["version"], 2)
        with open(labels + ".new", "w") as file:
            json.dump({"default": 1}, file)
        os.rename(labels + ".new", labels)
        for _ in range(50):
            if server.ask("/recommend?user=42")[1]["version"] == 1:
                break
            time.sleep(0.1)
        self.assertEqual(server.ask("/recommend?user=42")[1]["version"], 1)
        self.assertEqual(server.ask("/recommend?user=42&label=canary")[1]["version"], 2)
        self.assertEqual(server.ask("/v1/models/movies/labels/canary:predict", {"instances": ["42"]})[0], 200)
        server.stop()

    def test_killed_and_started_again(self):
        server = Server("--models", self.models)
        before = server.ask("/recommend?user=42")[1]["recommendations"]
        server.stop(signal.SIGKILL)
        server = Server("--models", self.models)
        self.assertEqual(server.ask("/recommend?user=42")[1]["recommendations"], before)
        self.assertEqual(server.stop(signal.SIGINT), 0)

    def test_token(self):
        token = os.path.join(self.folder, "token")
        with open(token, "w") as file:
            file.write("secret\n")
        server = Server(SERVABLE, "--token-file", token)
        status, _, head = server.ask("/recommend?user=42")
        self.assertEqual((status, head["WWW-Authenticate"]), (401, "Bearer"))
        self.assertEqual(server.ask("/recommend?user=42", headers={"Authorization": "Bearer wrong"})[0], 401)
        self.assertEqual(server.ask("/recommend?user=42", headers={"Authorization": "Bearer secret"})[0], 200)
        for path in ("/health/live", "/health/ready", "/"):
            self.assertEqual(server.ask(path)[0], 200, path)
        for path in ("/models", "/metrics", "/v1/models/retrieval", "/openapi.json", "/healthy", "//"):
            self.assertEqual(server.ask(path)[0], 401, path)
        server.stop()
        server = Server(SERVABLE, environment={"TANDEM_TOKEN": "other"})
        self.assertEqual(server.ask("/recommend?user=42", headers={"Authorization": "Bearer other"})[0], 200)
        self.assertEqual(server.ask("/recommend?user=42", headers={"Authorization": "Bearer secret"})[0], 401)
        server.stop()

    def test_log_lines_are_json(self):
        server = Server(SERVABLE, "--log-format", "json", "--log-requests", "--name", 'a "name"')
        server.ask("/recommend?user=42", headers={"X-Request-Id": "mine"})
        lines = {line["message"]: line for line in map(json.loads, server.said().splitlines())}
        served, request = lines["a version is served"], lines["request"]
        self.assertEqual((served["level"], served["model"], lines["listening"]["host"]), ("notice", 'a "name"', "127.0.0.1"))
        self.assertEqual((request["request"], request["status"], request["path"]), ("mine", "200", "/recommend"))
        self.assertIn('tandem_model_version{model="a \\"name\\""} 1', server.ask("/metrics")[1])
        server.stop()

    def test_tls(self):
        key, certificate = os.path.join(self.folder, "key.pem"), os.path.join(self.folder, "certificate.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "1", "-subj", "/CN=localhost"], check=True, stderr=subprocess.DEVNULL)
        server = Server(SERVABLE, "--certificate", certificate, "--private-key", key)
        self.assertEqual(server.ask("/recommend?user=42")[0], 200)
        server.stop()

    def test_what_cannot_be_served_is_said(self):
        for words, said in ((["no.tandem"], "no.tandem"), ([], "give a servable"), ([SERVABLE, "--k", "0"], "--k"),
                            ([SERVABLE, "--label", "x"], "canary=3"), ([SERVABLE, "--poll", "1e30"], "--poll"),
                            ([SERVABLE, "--max-memory", "17592186044416"], "--max-memory"), ([SERVABLE, "--max-k", "5"], "--max-k")):
            run = subprocess.run([SERVE, *words], stderr=subprocess.PIPE, text=True, timeout=20)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(said, run.stderr)
