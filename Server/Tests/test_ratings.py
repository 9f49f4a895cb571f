import math

import numpy
from tritonclient import http

from server import CONTEXT_SERVABLE, Served

EVENING = "1998-03-20T20:15"


class Ratings(Served):
    """Predicted ratings beside the scores of a model with a rating head."""

    servable = CONTEXT_SERVABLE

    def ask(self, path, body=None):
        status, answer, _ = self.server.ask(path, body)
        self.assertEqual(status, 200, answer)
        return answer

    def predicted(self, user, k=10, **body):
        """The rating of each recommendation; None where there is none."""
        items = self.ask("/recommend", {"user": user, "k": k, **body})["recommendations"]
        self.assertEqual(len(items), k)
        return [item.get("rating") for item in items]

    def test_recommend(self):
        self.assertEqual(self.ask("/models")["models"][0]["versions"][0]["rating"], "rating")
        known = self.predicted("42", k=100)
        self.assertTrue(all(-2 < rating < 8 for rating in known), known)
        self.assertGreater(len(set(known)), 50)
        self.assertEqual(self.predicted("42", k=10), known[:10])
        # In a context the rating is that of the context, however it is asked.
        evening = self.predicted("42", features={"timestamp": EVENING})
        asked = self.ask(f"/recommend?user=42&features=timestamp={EVENING}")["recommendations"]
        self.assertEqual([item["rating"] for item in asked], evening)
        plain = {item["candidate"]: item["rating"] for item in self.ask("/recommend?user=42&k=1000")["recommendations"]}
        self.assertNotEqual([plain.get(item["candidate"]) for item in asked], evening)
        # A list that is filtered has the ratings of what is left.
        horror = self.ask("/recommend?user=42&only=genres=Horror&k=5")["recommendations"]
        self.assertEqual([item["rating"] for item in horror], [plain[item["candidate"]] for item in horror])

    def test_nobody_has_a_rating_whom_training_did_not_know(self):
        for body in ({"user": "nobody"}, {"user": "nobody", "features": {"timestamp": EVENING}}, {"user": None, "history": ["Alien (1979)"]}):
            self.assertEqual(set(self.predicted(**body)), {None}, body)
        self.assertNotIn("rating", self.ask("/similar?candidate=Alien+(1979)")["similar"][0])

    def test_predict(self):
        path, wanted = "/v1/models/retrieval:predict", [self.predicted("42"), [None] * 10, self.predicted("7")]
        users = ["42", "nobody", "7"]
        rows = self.ask(path, {"instances": users})["predictions"]
        self.assertEqual([row["ratings"] for row in rows], wanted)
        outputs = self.ask(path, {"inputs": users})["outputs"]
        self.assertEqual((outputs["ratings"], outputs["identifiers"]), (wanted, [row["identifiers"] for row in rows]))
        evening = {"signature_name": "query_with_features", "inputs": {"queries": ["42", "42"], "timestamp": [890424900, float("nan")]}}
        self.assertEqual(self.ask(path, evening)["outputs"]["ratings"],
                         [self.predicted("42", features={"timestamp": EVENING}), wanted[0]])
        # Filled up lists have no rating where they have no candidate.
        every = [item["candidate"] for item in self.ask("/recommend?user=42&k=1000")["recommendations"]]
        rest = self.ask("/recommend", {"user": "42", "exclude": every, "k": 1000})["recommendations"]
        left = [{"queries": "42", "exclusions": every + [item["candidate"] for item in rest[3:]]}]
        row = self.ask(path, {"signature_name": "query_with_exclusions", "instances": left})["predictions"][0]
        self.assertEqual(row["ratings"], [item["rating"] for item in rest[:3]] + [None] * 7)
        defined = self.ask("/v1/models/retrieval/metadata")["metadata"]["signature_def"]["signature_def"]
        for signature in defined.values():
            self.assertEqual(signature["outputs"]["ratings"]["dtype"], "DT_FLOAT")

    def test_infer(self):
        path, wanted = "/v2/models/retrieval/infer", [self.predicted("42"), [None] * 10]
        body = {"inputs": [{"name": "queries", "datatype": "BYTES", "shape": [2], "data": ["42", "nobody"]}]}
        outputs = {output["name"]: output for output in self.ask(path, body)["outputs"]}
        self.assertEqual((outputs["ratings"]["data"], outputs["ratings"]["shape"]), (sum(wanted, []), [2, 10]))
        alone = self.ask(path, dict(body, outputs=[{"name": "ratings"}]))["outputs"]
        self.assertEqual([(output["name"], output["data"]) for output in alone], [("ratings", sum(wanted, []))])
        without = self.ask(path, dict(body, outputs=[{"name": "scores"}]))["outputs"]
        self.assertEqual([output["name"] for output in without], ["scores"])
        self.assertIn({"name": "ratings", "datatype": "FP32", "shape": [-1, 10]}, self.ask("/v2/models/retrieval")["outputs"])
        with http.InferenceServerClient(f"127.0.0.1:{self.server.port}") as client:
            queries = http.InferInput("queries", [2], "BYTES")
            queries.set_data_from_numpy(numpy.array([b"42", b"nobody"], object))
            for binary in (True, False):
                asked = [http.InferRequestedOutput("ratings", binary_data=binary)]
                ratings = client.infer("retrieval", [queries], outputs=asked).as_numpy("ratings")
                self.assertTrue(numpy.allclose(ratings[0], wanted[0], atol=1e-6))
                self.assertTrue(all(math.isnan(rating) for rating in ratings[1]))


class WithoutRatings(Served):
    def test_refused_by_name(self):
        body = {"inputs": [{"name": "queries", "datatype": "BYTES", "shape": [1], "data": ["42"]}], "outputs": [{"name": "ratings"}]}
        status, answer, _ = self.server.ask("/v2/models/retrieval/infer", body)
        self.assertEqual((status, answer["error"]), (400, 'unexpected inference output "ratings"; there are scores and identifiers'))
        rows = self.server.ask("/v1/models/retrieval:predict", {"instances": ["42"]})[1]["predictions"]
        self.assertEqual(set(rows[0]), {"scores", "identifiers"})
