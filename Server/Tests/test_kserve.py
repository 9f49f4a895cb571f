import json

import numpy
from tritonclient import http

from server import Served


class KServe(Served):
    """The inference protocol of KServe, version 2."""

    words = ("--name", "movies")

    def test_kserve(self):
        ask = self.server.ask
        self.assertEqual(ask("/v2")[1]["name"], "tandem")
        for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/movies/ready", "/v2/models/movies/versions/1/ready"):
            self.assertEqual(ask(path)[0], 200, path)
        self.assertEqual(ask("/v2/models/movies")[1]["inputs"], [{"name": "queries", "datatype": "BYTES", "shape": [-1]},
                                                                 {"name": "exclusions", "datatype": "BYTES", "shape": [-1, -1]}])
        inputs = [{"name": "queries", "shape": [2], "datatype": "BYTES", "data": ["42", "7"]}]
        status, answer, _ = ask("/v2/models/movies/infer", {"id": "me", "inputs": inputs, "outputs": [{"name": "scores"}]})
        self.assertEqual((answer["id"], answer["model_version"], [o["name"] for o in answer["outputs"]]), ("me", "1", ["scores"]))
        self.assertEqual((answer["outputs"][0]["shape"], len(answer["outputs"][0]["data"])), ([2, 10], 20))
        best = ask("/v2/models/movies/infer", {"inputs": inputs})[1]["outputs"][1]["data"]
        exclusions = {"name": "exclusions", "shape": [2, 1], "datatype": "BYTES", "data": [best[0], best[10]]}
        left = ask("/v2/models/movies/infer", {"inputs": inputs + [exclusions]})[1]["outputs"][1]["data"]
        self.assertEqual((left[:9], left[10:19]), (best[1:10], best[11:]))
        for wrong in ({}, {"inputs": []}, {"inputs": [dict(inputs[0], shape=[3])]}, {"inputs": [dict(inputs[0], datatype="FP32")]},
                      {"inputs": inputs, "outputs": [{"name": "x"}]}, {"inputs": [dict(inputs[0], shape=[2 ** 40, 2 ** 40])]},
                      {"inputs": [dict(inputs[0], shape=[2 ** 24] * 3)]}, {"inputs": [dict(inputs[0], shape=[-1, -2])]}):
            status, answer, _ = ask("/v2/models/movies/infer", wrong)
            self.assertEqual(status, 400, wrong)
            self.assertIn("error", answer)
        self.assertEqual(ask("/v2/models/x")[0], 404)

    def test_nvidias_client(self):
        """It sends and asks for bytes if it is not told otherwise."""
        with http.InferenceServerClient(f"127.0.0.1:{self.server.port}") as client:
            self.assertTrue(client.is_server_live() and client.is_server_ready() and client.is_model_ready("movies"))
            self.assertIn("binary_tensor_data", client.get_server_metadata()["extensions"])
            self.assertEqual([o["name"] for o in client.get_model_metadata("movies")["outputs"]], ["scores", "identifiers"])
            wanted = self.server.ask("/v1/models/movies:predict", {"inputs": ["42", "nobody"]})[1]["outputs"]
            answers = []
            for sends, asks in ((True, True), (True, False), (False, True), (False, False)):
                queries = http.InferInput("queries", [2], "BYTES")
                queries.set_data_from_numpy(numpy.array([b"42", b"nobody"], object), binary_data=sends)
                outputs = [http.InferRequestedOutput(name, binary_data=asks) for name in ("identifiers", "scores")]
                answer = client.infer("movies", [queries], outputs=outputs, request_id="me")
                self.assertEqual(answer.get_response()["id"], "me")
                scores = answer.as_numpy("scores")
                self.assertEqual((scores.dtype, scores.shape), (numpy.float32, (2, 10)))
                self.assertEqual(scores.tolist(), numpy.array(wanted["scores"], numpy.float32).tolist())
                names = [[name.decode() if isinstance(name, bytes) else name for name in row] for row in answer.as_numpy("identifiers")]
                self.assertEqual(names, wanted["identifiers"])
                answers.append(names)
            exclusions = http.InferInput("exclusions", [1, 2], "BYTES")
            exclusions.set_data_from_numpy(numpy.array([[answers[0][0][0].encode(), b""]], object))
            left = client.infer("movies", [queries, exclusions])  # without outputs it gets all, as bytes
            self.assertEqual([name.decode() for name in left.as_numpy("identifiers")[0][:9]], answers[0][0][1:])

    def test_broken_bytes(self):
        def infer(tensors, size=None, length=None):
            words = json.dumps({"inputs": [{"name": "queries", "shape": [1], "datatype": "BYTES",
                                            "parameters": {"binary_data_size": len(tensors) if size is None else size}}]}).encode()
            return self.server.ask("/v2/models/movies/infer", words + tensors,
                                   {"Inference-Header-Content-Length": str(len(words) if length is None else length)})[:2]
        self.assertEqual(infer(b"\2\0\0\0" + b"42")[0], 200)
        for wrong in (infer(b"\3\0\0\0" + b"42"), infer(b"\xff\xff\xff\xff"), infer(b"\2\0"), infer(b"\1\0\0\0\xff"),
                      infer(b"\2\0\0\0" + b"42", size=7), infer(b"\2\0\0\0" + b"42", size=-1), infer(b"", length=10 ** 9),
                      infer(b"", length=-1), infer(b"", length="x"), infer(b"\0\0\0\0\0\0\0\0")):
            self.assertEqual(wrong[0], 400, wrong)
            self.assertIn("error", wrong[1])
