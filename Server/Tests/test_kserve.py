import unittest

from server import SERVABLE, Server


class KServe(unittest.TestCase):
    """The inference protocol of KServe, version 2."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(SERVABLE, "--name", "movies")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

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
