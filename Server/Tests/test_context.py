from server import CONTEXT_SERVABLE, Served


class Context(Served):
    """Users, known and unknown, in the context of a request."""

    servable = CONTEXT_SERVABLE

    def ask(self, path, *rest, **more):
        return self.server.ask(path, *rest, **more)[:2]

    def best(self, **body):
        status, answer = self.ask("/recommend", body)
        self.assertEqual(status, 200, answer)
        return answer["basis"], [(item["candidate"], item["score"]) for item in answer["recommendations"]]

    def test_known_users(self):
        early, late = {"timestamp": 875000000}, {"timestamp": "1998-03-20T20:15"}
        self.assertEqual(self.best(user="42", features=early)[0], "known")
        self.assertNotEqual(self.best(user="42", features=early), self.best(user="42", features=late))
        self.assertEqual(self.best(user="42", features={"timestamp": None}), self.best(user="42"))
        asked = self.ask("/recommend?user=42&features=timestamp=875000000")[1]["recommendations"]
        self.assertEqual([(item["candidate"], item["score"]) for item in asked], self.best(user="42", features=early)[1])
        first = asked[0]["candidate"]
        left = self.best(user="42", features=early, k=9, exclude=[first])[1]
        self.assertEqual([name for name, _ in left], [item["candidate"] for item in asked[1:]])

    def test_strangers(self):
        self.assertEqual(self.best(user="nobody", features={"timestamp": 875000000})[0], "features")
        self.assertEqual(self.best(user="nobody")[0], "popularity")

    def test_other_interfaces(self):
        names = ["42", "nobody"]
        rows = [{"queries": name, "timestamp": 875000000} for name in names]
        status, answer = self.ask("/v1/models/retrieval:predict",
                                  {"signature_name": "query_with_features", "instances": rows})
        self.assertEqual(status, 200, answer)
        for name, row in zip(names, answer["predictions"]):
            self.assertEqual(row["identifiers"], [title for title, _ in self.best(user=name, features={"timestamp": 875000000})[1]])

    def test_refusals(self):
        for body, word in [({"user": "42", "features": {"timestmp": 1}}, 'did you mean \\"timestamp\\"'),
                           ({"user": "42", "features": {"timestamp": "tonight"}}, "is a number"),
                           ({"history": ["Alien (1979)"], "features": {"timestamp": 1}}, "not both")]:
            status, answer = self.ask("/recommend", body)
            self.assertEqual(status, 400, answer)
            self.assertIn(word.replace("\\", ""), answer["error"])

    def test_explained_as_a_sum(self):
        evening = {"timestamp": "1998-03-20T20:15"}
        for user in ("42", "nobody", None):
            body = {"features": evening, **({"user": user} if user else {})}
            for item in self.ask("/recommend", dict(body, k=3))[1]["recommendations"]:
                status, why = self.ask("/explain", dict(body, candidate=item["candidate"]))
                self.assertEqual((status, why["kind"], why["score"]), (200, "features", item["score"]), why)
                self.assertEqual([term["feature"] for term in why["features"]], ["timestamp: buckets 1000", "timestamp: number"])
                self.assertAlmostEqual(why["query"] + why["popularity"] + sum(term["value"] for term in why["features"]), item["score"], 4)
        # Without a known value the history explains, of whoever has one.
        plain = self.ask("/explain", {"user": "42", "features": {"timestamp": None}, "candidate": "Alien (1979)"})[1]
        self.assertEqual(plain, self.ask("/explain?user=42&candidate=Alien+(1979)")[1])
        self.assertEqual(plain["kind"], "similarities")
