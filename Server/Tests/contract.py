"""What the server must do, asked over HTTP by a client that knows nothing of it, and by a browser.

Usage: contract.py SERVE SERVABLE [SCREENSHOTS]    the program, a MovieLens servable, a folder for pictures of the page
"""

import base64
import json
import os
import random
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

SERVE, SERVABLE = sys.argv[1:3]
SCREENSHOTS = sys.argv[3] if len(sys.argv) > 3 else None


class Server:
    def __init__(self, *words):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([SERVE, *words, "--port", "0", "--poll", "0.1"], stdout=self.log, stderr=self.log)
        self.scheme = "https" if "--certificate" in words else "http"
        self.port = None
        for _ in range(400):
            self.log.seek(0)
            text = self.log.read()
            if " port=" in text:
                self.port = int(text.split(" port=")[1].split()[0])
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
        return status, json.loads(text) if head.get("Content-Type") == "application/json" else text, head

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.log.close()
        return code


class TensorFlowServing(unittest.TestCase):
    """The REST API of TensorFlow Serving."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(SERVABLE, "--name", "movies")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def predict(self, body, path="/v1/models/movies:predict"):
        return self.server.ask(path, body)[:2]

    def fails(self, status, words, answer):
        self.assertEqual(answer[0], status, answer)
        self.assertIn(words, answer[1]["error"])

    def test_status(self):
        wanted = {"model_version_status": [
            {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]}
        for path in ("/v1/models/movies", "/v1/models/movies/versions/1", "/V1/Models/movies", "/v1/models/mov%69es",
                     "/v1/models/movies/labels/any"):
            self.assertEqual(self.server.ask(path)[:2], (200, wanted), path)
        self.fails(404, "Could not find any versions of model x", self.server.ask("/v1/models/x"))
        self.fails(404, "Could not find version 7 of model movies", self.server.ask("/v1/models/movies/versions/7"))

    def test_malformed(self):
        self.fails(400, "Missing model name in request.", self.server.ask("/v1/models"))
        for method, path in (("GET", "/v1/models/movies:predict"), ("DELETE", "/v1/models/movies"), ("GET", "/v1/else"),
                             ("GET", "/v1/models/movies/versions/99999999999999999999"), ("POST", "/v1/models/movies"),
                             ("POST", "/v1/models/movies:do")):
            answer = self.server.ask(path, b"" if method == "POST" else None, method=method)
            self.fails(400, f"Malformed request: {method} {path}", answer)

    def test_metadata(self):
        status, answer, _ = self.server.ask("/v1/models/movies/metadata")
        self.assertEqual(answer["model_spec"], {"name": "movies", "signature_name": "", "version": "1"})
        signatures = answer["metadata"]["signature_def"]["signature_def"]
        self.assertEqual(set(signatures), {"serving_default", "query_with_exclusions"})
        self.assertEqual(signatures["serving_default"]["inputs"]["queries"]["tensor_shape"],
                         {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False})

    def test_rows_and_columns(self):
        status, rows = self.predict({"instances": ["42", "nobody"]})
        self.assertEqual((status, len(rows["predictions"])), (200, 2))
        first = rows["predictions"][0]
        self.assertEqual((set(first), len(first["scores"])), ({"scores", "identifiers"}, 10))
        self.assertEqual(first["scores"], sorted(first["scores"], reverse=True))
        columns = self.predict({"inputs": {"queries": ["42", "nobody"]}})[1]["outputs"]
        self.assertEqual(columns["identifiers"], [row["identifiers"] for row in rows["predictions"]])
        for body in ({"inputs": ["42", "nobody"]}, {"inputs": {"queries": ["42", "nobody"], "more": 1}, "unknown": 2}):
            self.assertEqual(self.predict(body)[1]["outputs"], columns)
        for body in ({"instances": [{"queries": "42"}]}, {"instances": [{"b64": base64.b64encode(b"42").decode()}]},
                     {"instances": ["42"], "signature_name": "serving_default"}):
            self.assertEqual(self.predict(body)[1]["predictions"], [first])
        self.assertEqual(self.predict({"inputs": []}), (200, {"outputs": {"scores": [], "identifiers": []}}))

    def test_exclusions(self):
        best = self.predict({"instances": ["42"]})[1]["predictions"][0]["identifiers"]
        name = "query_with_exclusions"
        rows = {"signature_name": name, "instances": [{"queries": "42", "exclusions": [best[0], best[1]]}]}
        found = self.predict(rows)[1]["predictions"][0]["identifiers"]
        self.assertEqual(found[:8], best[2:])
        columns = {"signature_name": name, "inputs": {"queries": ["42"], "exclusions": [["", best[0], "no such"]]}}
        self.assertEqual(self.predict(columns)[1]["outputs"]["identifiers"][0][:9], best[1:])
        self.fails(400, "Missing named input: exclusions", self.predict({"signature_name": name, "inputs": {"queries": []}}))

    def test_errors(self):
        for body, words in (
                ("", "JSON Parse error"), ("{", "JSON Parse error"), ({}, "Missing 'inputs' or 'instances' key"),
                ({"instances": ["1"], "inputs": ["1"]}, "both"), ({"instances": []}, "non-empty"),
                ({"instances": [42]}, "is not of expected type: string"), ({"inputs": [["1"], "2"]}, "expected type"),
                ({"instances": ["1"], "signature_name": "x"}, 'Serving signature name: "x" not found in signature def'),
                ({"instances": ["1"], "signature_name": 1}, "string"), ("[]", "object")):
            self.fails(400, words, self.predict(body))
        self.fails(404, "Servable not found for request: Latest(x)", self.predict({"instances": ["1"]}, "/v1/models/x:predict"))
        self.fails(404, "Specific(movies, 9)", self.predict({"instances": ["1"]}, "/v1/models/movies/versions/9:predict"))
        self.fails(400, "label", self.predict({"instances": ["1"]}, "/v1/models/movies/labels/no:predict"))
        self.fails(400, "tensorflow/serving/classify", self.predict({"examples": []}, "/v1/models/movies:classify"))

    def test_floats_are_written_as_by_printf(self):
        body = json.dumps({"instances": [str(user) for user in range(1, 944)]}).encode()
        text = urllib.request.urlopen(urllib.request.Request(
            f"http://127.0.0.1:{self.server.port}/v1/models/movies:predict", body)).read().decode()
        numbers = [number for part in text.split('"scores":[')[1:] for number in part.split("]")[0].split(",")]
        self.assertEqual(len(numbers), 9430)

        def single(value):
            return struct.unpack("f", struct.pack("f", float(value)))[0]
        for number in numbers:
            wanted = "%.6g" % single(number)
            if single(wanted) != single(number):
                wanted = "%.9g" % single(number)
            self.assertEqual(number, wanted if "." in wanted or "e" in wanted else wanted + ".0")

    def test_kserve(self):
        ask = self.server.ask
        self.assertEqual(ask("/v2")[1]["name"], "tandem")
        for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/movies/ready", "/v2/models/movies/versions/1/ready"):
            self.assertEqual(ask(path)[0], 200, path)
        self.assertEqual(ask("/v2/models/movies")[1]["inputs"][0], {"name": "queries", "datatype": "BYTES", "shape": [-1]})
        inputs = [{"name": "queries", "shape": [2], "datatype": "BYTES", "data": ["42", "7"]}]
        status, answer, _ = ask("/v2/models/movies/infer", {"id": "me", "inputs": inputs, "outputs": [{"name": "scores"}]})
        self.assertEqual((answer["id"], answer["model_version"], [o["name"] for o in answer["outputs"]]), ("me", "1", ["scores"]))
        self.assertEqual((answer["outputs"][0]["shape"], len(answer["outputs"][0]["data"])), ([2, 10], 20))
        for wrong in ({}, {"inputs": []}, {"inputs": [dict(inputs[0], shape=[3])]}, {"inputs": [dict(inputs[0], datatype="FP32")]},
                      {"inputs": inputs, "outputs": [{"name": "x"}]}, {"inputs": [dict(inputs[0], shape=[2 ** 40, 2 ** 40])]},
                      {"inputs": [dict(inputs[0], shape=[2 ** 24] * 3)]}, {"inputs": [dict(inputs[0], shape=[-1, -2])]}):
            status, answer, _ = ask("/v2/models/movies/infer", wrong)
            self.assertEqual(status, 400, wrong)
            self.assertIn("error", answer)
        self.assertEqual(ask("/v2/models/x")[0], 404)


class OwnAPI(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(SERVABLE, "--max-body", "100000", "--max-batch", "50")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ask(self, path, *rest, **more):
        return self.server.ask(path, *rest, **more)[:2]

    def test_recommend(self):
        status, answer = self.ask("/recommend?user=42&k=5&exclude_seen=true&only=genres=Comedy")
        self.assertEqual((status, answer["basis"], len(answer["recommendations"])), (200, "known", 5))
        self.assertTrue(all("Comedy" in item["fields"]["genres"] for item in answer["recommendations"]))
        seen = {item["candidate"] for item in self.ask("/history?user=42")[1]["history"]}
        self.assertFalse(seen & {item["candidate"] for item in answer["recommendations"]})
        posted = self.ask("/recommend", {"user": 42, "k": 5, "exclude_seen": True, "only": ["genres=Comedy"]})[1]
        self.assertEqual(posted["recommendations"], answer["recommendations"])
        best = answer["recommendations"][0]["candidate"]
        others = self.ask("/recommend", {"user": "42", "k": 4, "exclude_seen": True, "only": "genres=Comedy", "exclude": best})[1]
        self.assertEqual(others["recommendations"], answer["recommendations"][1:])

    def test_strangers(self):
        status, answer = self.ask("/recommend?user=new&history=Alien+(1979)&history=Aliens%20(1986)&k=3")
        self.assertEqual((status, answer["basis"], answer["query"]), (200, "history", "new"))
        self.assertIn(self.ask("/recommend?user=new")[1]["basis"], ("popularity", "untrained"))

    def test_similar_and_why(self):
        answer = self.ask("/similar?candidate=Alien+(1979)&k=3")[1]
        self.assertNotIn("Alien (1979)", [item["candidate"] for item in answer["similar"]])
        answer = self.ask("/explain?user=42&candidate=Alien+(1979)&limit=3")[1]
        self.assertEqual(len(answer["reasons"]), 3)
        if answer["kind"] == "contributions":
            total = sum(r["value"] for r in answer["reasons"]) + answer["others"] + answer["popularity"] + answer["remainder"]
            self.assertAlmostEqual(total, answer["score"], 4)

    def test_browsing(self):
        self.assertEqual(self.ask("/users?prefix=94&limit=2")[1]["users"], ["94", "940"])
        self.assertIn("Alien (1979)", self.ask("/candidates?prefix=alien")[1]["candidates"])
        self.assertEqual(self.ask("/history?user=nobody")[1], {"user": "nobody", "known": False, "history": []})
        self.assertEqual(self.ask("/models")[1]["models"][0]["versions"][0]["queries"], 943)

    def test_refusals(self):
        for path, status, words in (
                ("/recommend", 400, "user"), ("/recommend?user=1&k=0", 400, "1 to 1000"), ("/recommend?user=1&k=x", 400, "k"),
                ("/recommend?usr=1", 400, "usr"), ("/recommend?user=1&user=2", 400, "2 times"),
                ("/recommend?user=1&exclude=no", 404, "no candidate"), ("/recommend?user=1&only=x", 400, "field"),
                ("/recommend?user=1&only=no=1", 400, "no field"), ("/similar?candidate=Aliens", 404, "Aliens (1986)"),
                ("/recommend?user=1&version=2", 404, "version 2"), ("/recommend?user=1&model=x", 404, "x"),
                ("/recommend?user=%ff", 400, "UTF-8"), ("/nothing", 404, "/nothing")):
            answer = self.ask(path)
            self.assertEqual(answer[0], status, (path, answer))
            self.assertIn(words, answer[1]["error"], path)
        self.assertEqual(self.ask("/recommend", method="PUT", body=b"{}")[0], 405)

    def test_limits(self):
        self.assertEqual(self.ask("/v1/models/retrieval:predict", b" " * 100001)[0], 413)
        self.assertEqual(self.ask("/v1/models/retrieval:predict", {"instances": ["1"] * 51})[0], 400)
        self.assertEqual(self.ask("/v1/models/retrieval:predict", {"instances": ["1"] * 50})[0], 200)

    def test_hostile_bodies(self):
        generator = random.Random(1)
        sound = json.dumps({"instances": [{"queries": "42", "exclusions": ["a", "b"]}], "signature_name": "query_with_exclusions"})
        for path in ("/v1/models/retrieval:predict", "/v2/models/retrieval/infer", "/recommend"):
            for _ in range(150):
                body = bytearray(sound.encode())
                for _ in range(generator.randrange(1, 8)):
                    body[generator.randrange(len(body))] = generator.randrange(256)
                self.assertIn(self.server.ask(path, bytes(body))[0], (200, 400, 404), body)
            self.assertIn(self.server.ask(path, b"[" * 50000)[0], (400,))
        self.assertEqual(self.ask("/health/live")[0], 200)

    def test_metrics_and_request_ids(self):
        head = self.server.ask("/health/ready", headers={"X-Request-Id": "mine"})[2]
        self.assertEqual(head["X-Request-Id"], "mine")
        self.ask("/recommend?user=nobody")
        text = self.ask("/metrics")[1]
        for line in ('tandem_requests_total{route="health",status="200"}', 'tandem_model_version{model="retrieval"} 1',
                     "tandem_unknown_queries_total", 'tandem_request_seconds_bucket{route="recommend",le="+Inf"}'):
            self.assertIn(line, text)


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

    def test_bodies_that_never_come_hold_no_place(self):
        server = Server("--models", self.models, "--max-requests", "2", "--idle-timeout", "2")
        head = b"POST /v1/models/movies:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 22\r\n\r\n"
        idle = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(2)]
        for connection in idle:
            connection.sendall(head)
        for _ in range(100):
            if server.ask("/recommend?user=42")[0] == 429:
                break
            time.sleep(0.01)
        else:
            self.fail("two requests without bodies take no places")
        for connection in idle:
            self.assertEqual(connection.recv(100), b"")
            connection.close()
        self.assertEqual(server.ask("/recommend?user=42")[0], 200)
        self.assertEqual(server.stop(), 0)

    def test_token(self):
        token = os.path.join(self.folder, "token")
        with open(token, "w") as file:
            file.write("secret\n")
        server = Server(SERVABLE, "--token-file", token)
        self.assertEqual(server.ask("/recommend?user=42")[0], 401)
        self.assertEqual(server.ask("/recommend?user=42", headers={"Authorization": "Bearer wrong"})[0], 401)
        self.assertEqual(server.ask("/recommend?user=42", headers={"Authorization": "Bearer secret"})[0], 200)
        self.assertEqual(server.ask("/health/live")[0], 200)
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
                            ([SERVABLE, "--label", "x"], "canary=3")):
            run = subprocess.run([SERVE, *words], stderr=subprocess.PIPE, text=True, timeout=20)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(said, run.stderr)


class Page(unittest.TestCase):
    def test_page(self):
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            self.skipTest("this Python has no playwright")
        browser_path = shutil.which("chromium")
        if browser_path is None:
            self.skipTest("there is no chromium")
        server = Server(SERVABLE)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
            for name, width in (("desktop", 1280), ("phone", 390)):
                page = browser.new_page(viewport={"width": width, "height": 900})
                errors = []
                page.on("pageerror", lambda error: errors.append(str(error)))
                page.on("request", lambda request: self.assertIn(f":{server.port}", request.url) if "data:" not in request.url else None)
                page.goto(f"http://127.0.0.1:{server.port}/?user=42")
                page.wait_for_selector("#list .poster")
                self.assertEqual(page.locator("#list .poster").count(), 12)
                self.assertGreater(page.locator("#history .poster").count(), 20)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                if SCREENSHOTS:
                    page.screenshot(path=os.path.join(SCREENSHOTS, f"{name}.png"))
                # By keyboard alone: another user, then the first recommendation.
                page.focus("#user")
                page.keyboard.press("Control+A")
                page.keyboard.type("7")
                page.keyboard.press("Enter")
                page.wait_for_function("new URLSearchParams(location.search).get('user') === '7'")
                page.focus("#list .poster")
                page.keyboard.press("Enter")
                page.wait_for_selector("dialog[open] .posters .poster")
                self.assertGreater(page.locator("dialog .why li").count(), 2)
                if SCREENSHOTS:
                    page.screenshot(path=os.path.join(SCREENSHOTS, f"{name}-why.png"))
                page.keyboard.press("Escape")
                page.select_option("#field", "genres")
                page.fill("#value", "Horror")
                page.keyboard.press("Enter")
                page.wait_for_function("[...document.querySelectorAll('#list .poster i')].every(i => i.textContent.includes('Horror'))")
                page.fill("#value", "Nonsense")
                page.keyboard.press("Enter")
                page.wait_for_function("document.querySelector('#error').textContent !== ''")
                self.assertEqual(errors, [])
                page.close()
            browser.close()
        server.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
