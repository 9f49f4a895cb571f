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


class Folder(unittest.TestCase):
    """A folder of models, which tests fill by hand or by `serve publish`."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.models = os.path.join(self.folder, "models")
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.stop()
        shutil.rmtree(self.folder)

    def serve(self, *words):
        self.servers.append(Server(*words))
        return self.servers[-1]

    def start(self, *words):
        return self.serve("--models", self.models, *words)

    def place(self, model, version, damage=None):
        """Puts a servable into a folder, whole or as `damage` leaves it."""
        with open(SERVABLE, "rb") as file:
            data = file.read()
        path = os.path.join(self.models, model, version, "servable.tandem")
        os.makedirs(os.path.dirname(path))
        with open(path, "wb") as file:
            file.write(damage(data) if damage else data)
        return path

    def label(self, model, text):
        path = os.path.join(self.models, model, "labels.json")
        with open(path + ".new", "w") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        os.rename(path + ".new", path)

    def run_publish(self, file=SERVABLE, *words, models=None):
        words = [SERVE, "publish", file, "--models", models or self.models, "--name", "a", *words]
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)

    def wait(self, server, condition, what):
        for _ in range(150):
            if condition():
                return
            time.sleep(0.1)
        self.fail(f"{what}: {server.said()}")

    def answering(self, server, model="a", **choice):
        """The version that answers, or the status and the error."""
        words = "".join(f"&{name}={value}" for name, value in choice.items())
        status, answer, _ = server.ask(f"/recommend?user=42&model={model}{words}")
        return answer["version"] if status == 200 else (status, answer["error"])


class Readiness(Folder):
    def test_a_broken_model_beside_a_good_one(self):
        self.place("a", "1")
        self.place("b", "1", damage=lambda data: data[: len(data) // 2])
        server = self.start()
        self.assertEqual(server.ask("/health/ready")[0], 200)
        self.assertEqual(server.ask("/v2/health/ready")[0], 200)
        self.assertEqual(self.answering(server), 1)
        self.assertEqual(self.answering(server, "b")[0], 404)
        self.assertEqual(server.ask("/v2/models/b/ready")[0], 503)

    def test_a_refused_version_is_tried_again_when_it_changes(self):
        path = self.place("a", "1", damage=lambda data: data[: len(data) // 2])
        server = self.start()
        self.assertEqual(server.ask("/health/ready")[0], 503)
        shutil.copyfile(SERVABLE, path + ".new")
        os.rename(path + ".new", path)
        self.wait(server, lambda: server.ask("/health/ready")[0] == 200, "it is ready")

    def test_a_folder_that_goes_for_a_moment_unloads_nothing(self):
        self.place("a", "1")
        server = self.start()
        os.rename(self.models, self.models + ".away")
        self.wait(server, lambda: "nothing that is served changes" in server.said(), "it complains")
        self.assertEqual(self.answering(server), 1)
        os.rename(self.models + ".away", self.models)
        self.wait(server, lambda: "no longer so" in server.said(), "it says that it is over")
        self.assertEqual(self.answering(server), 1)

    def test_a_version_with_zeros_before_its_number(self):
        self.place("a", "007")
        self.place("a", "v8")
        server = self.start()
        self.assertEqual(self.answering(server), 7)
        self.assertEqual(server.ask("/v1/models/a/versions/7:predict", {"instances": ["42"]})[0], 200)
        self.assertIn("a/v8 is passed over", server.said())


class DefaultLabels(Folder):
    def setUp(self):
        super().setUp()
        for number in range(1, 4):
            self.place("a", str(number))

    def refused(self, server, reason):
        status, error = self.answering(server)
        self.assertEqual(status, 503)
        self.assertIn(reason, error)
        for path, body in (("/v1/models/a:predict", {"instances": ["42"]}),
                           ("/v2/models/a/infer", {"inputs": [
                               {"name": "queries", "datatype": "BYTES", "shape": [1], "data": ["42"]}]})):
            status, answer, _ = server.ask(path, body)
            self.assertEqual(status, 503, path)
            self.assertIn(reason, answer["error"])
        self.assertEqual(server.ask("/health/ready")[0], 503)
        self.assertEqual(self.answering(server, version=3), 3)

    def test_a_default_label_survives_a_restart(self):
        self.label("a", {"default": 1})
        server = self.start()
        self.assertEqual(self.answering(server), 1)
        server.stop(signal.SIGKILL)
        self.place("a", "4")
        self.assertEqual(self.answering(self.start()), 1)

    def test_a_labelled_version_that_is_removed(self):
        self.label("a", {"default": 1})
        server = self.start()
        shutil.rmtree(os.path.join(self.models, "a", "1"))
        self.wait(server, lambda: "was removed" in server.said(), "it complains")
        self.assertEqual(self.answering(server), 1)
        server.stop()
        server = self.start()
        self.refused(server, 'label "default" names version 1, which is not there')
        self.label("a", {"default": 2})
        self.wait(server, lambda: self.answering(server) == 2, "the label is moved")

    def test_labels_that_are_torn_at_the_start(self):
        self.label("a", '{"default": ')
        server = self.start()
        self.refused(server, "labels.json is damaged, so it is unknown which version is the default; fix or remove it")
        self.label("a", {"default": 2})
        self.wait(server, lambda: self.answering(server) == 2, "the labels are mended")
        self.label("a", "")
        self.wait(server, lambda: "the labels that were good last are kept" in server.said(), "it complains")
        self.assertEqual(self.answering(server), 2)


class Publishing(Folder):
    def refused(self, run, *reasons):
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
        for reason in reasons:
            self.assertIn(reason, run.stderr)

    def test_numbers(self):
        self.assertEqual(self.run_publish().stdout.strip(), f"{self.models}/a/1")
        self.assertEqual(self.run_publish(SERVABLE, "--version", "7").stdout.strip(), f"{self.models}/a/7")
        self.assertEqual(self.run_publish().stdout.strip(), f"{self.models}/a/8")
        self.refused(self.run_publish(SERVABLE, "--version", "7"), f"{self.models}/a/7", "never overwritten")
        self.refused(self.run_publish(f"{self.models}/a/7/servable.tandem"), "it is version 7 already")
        os.mkdir(f"{self.models}/a/{2**63 - 1}")
        self.refused(self.run_publish(), "it is the greatest version")

    def test_served_files_are_read_only(self):
        self.run_publish()
        self.assertEqual(os.stat(f"{self.models}/a/1/servable.tandem").st_mode & 0o222, 0)

    def test_a_full_disk(self):
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        size = os.path.getsize(SERVABLE) * 3 // 2
        if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk]).returncode:
            self.skipTest("only root can mount a small disk")
        try:
            self.assertEqual(self.run_publish(models=disk).returncode, 0)
            self.refused(self.run_publish(models=disk), "write failed: no space left on the disk")
            self.assertEqual(os.listdir(f"{disk}/a"), ["1"])
        finally:
            subprocess.run(["umount", disk], check=True)

    def test_what_a_killed_publisher_left(self):
        os.makedirs(f"{self.models}/a/.publish-1-1")
        # Killed at many moments: whatever each leaves, the next sweeps it.
        words = [SERVE, "publish", SERVABLE, "--models", self.models, "--name", "a"]
        for delay in range(1, 40):
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay / 1000)
            process.kill()
            process.wait()
        self.assertEqual(self.run_publish().returncode, 0)
        self.assertEqual([name for name in os.listdir(f"{self.models}/a") if name.startswith(".")], [])
        for name in os.listdir(f"{self.models}/a"):
            self.assertEqual(os.listdir(f"{self.models}/a/{name}"), ["servable.tandem"])


class Overwriting(Folder):
    def overwrite(self, path):
        """As cp does it: the file is cut to nothing, and filled again."""
        with open(SERVABLE, "rb") as file:
            data = file.read()
        with open(path, "wb") as file:
            time.sleep(0.5)
            for start in range(0, len(data), 1 << 18):
                file.write(data[start:start + (1 << 18)])
                file.flush()
                time.sleep(0.05)

    def test_a_loaded_file_may_be_overwritten(self):
        path = self.place("a", "1")
        server, failed, count, going = self.start("--load"), [], [0], True

        def ask():
            while going:
                status, answer, _ = server.ask("/recommend?user=42&model=a")
                count[0] += 1
                if status != 200 or len(answer["recommendations"]) != 10:
                    failed.append(answer)
        thread = threading.Thread(target=ask)
        thread.start()
        self.overwrite(path)
        self.wait(server, lambda: server.said().count("a version is served") == 2, "the new file is served")
        going = False
        thread.join()
        self.assertEqual(failed, [])
        self.assertGreater(count[0], 20)
        self.assertEqual(server.stop(), 0)

    def test_one_that_is_mapped_is_complained_of(self):
        path = self.place("a", "1")
        server = self.start()
        with open(SERVABLE, "rb") as file, open(path, "r+b") as target:
            target.write(file.read())
        self.wait(server, lambda: "was overwritten in place while it is served" in server.said(), "it complains")
        self.wait(server, lambda: server.said().count("a version is served") == 2, "the new file is served")
        self.assertEqual(self.answering(server), 1)
