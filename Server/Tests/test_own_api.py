import json
import random

from server import NAMED_SERVABLE, Served, Server


class OwnAPI(Served):
    words = ("--max-body", "100000", "--max-batch", "50")

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

    def test_candidates_of_other_versions_are_named_and_say_nothing(self):
        alone = self.ask("/recommend?user=new&history=Alien+(1979)&k=3")[1]
        status, answer = self.ask("/recommend?user=new&history=Alien+(1979)&history=Withdrawn&exclude=Gone&k=3")
        self.assertEqual((status, answer["unknown"]), (200, ["Withdrawn", "Gone"]))
        self.assertEqual((alone["unknown"], answer["recommendations"]), ([], alone["recommendations"]))
        # Of a history of which nothing is known the user is left, if there is one.
        self.assertEqual(self.ask("/recommend?user=new&history=Withdrawn")[1]["basis"], self.ask("/recommend?user=new")[1]["basis"])
        status, answer = self.ask("/recommend?history=Alein+(1979)")
        self.assertEqual(status, 404)
        self.assertIn("Alien (1979)", answer["error"])
        why = [self.ask("/explain?candidate=Aliens+(1986)" + history)[1]["reasons"] for history in ("&history=Alien+(1979)", "&history=Alien+(1979)&history=Withdrawn")]
        self.assertEqual(why[0], why[1])

    def test_names_beside_ids(self):
        server = Server(NAMED_SERVABLE)
        self.addCleanup(server.stop)
        best = server.ask("/recommend?user=customer-12&k=3")[1]["recommendations"]
        names = {item["candidate"]: item["name"] for item in best}
        self.assertTrue(all(key.startswith("P0") and name == item["fields"]["product"][0]
                            for item in best for key, name in [(item["candidate"], item["name"])]), best)
        found = server.ask("/candidates?prefix=" + names[best[0]["candidate"]].upper().replace(" ", "+"))[1]["candidates"]
        self.assertEqual(found, [best[0]["candidate"]])
        self.assertTrue(all(item["name"] for item in server.ask("/similar?candidate=P001&k=3")[1]["similar"]))
        self.assertTrue(all(item["name"] for item in server.ask("/history?user=customer-12")[1]["history"]))
        self.assertTrue(all(r["name"] for r in server.ask("/explain?user=customer-12&candidate=P001")[1]["reasons"]))
        plain = self.ask("/recommend?user=42&k=1")[1]["recommendations"][0]
        self.assertIsNone(plain["name"])
        self.assertNotIn("rating", plain, "a model without a rating head")
        self.assertIsNone(self.ask("/models")[1]["models"][0]["versions"][0]["rating"])

    def test_why_of_what_nobody_had_bought(self):
        server = Server(NAMED_SERVABLE)
        self.addCleanup(server.stop)
        for ask in ("user=customer-12", "user=nobody", "history=P001&history=P002"):
            best = server.ask(f"/recommend?{ask}&k=100")[1]["recommendations"]
            item = next(item for item in best if item["candidate"] == "P033")
            why = server.ask(f"/explain?{ask}&candidate=P033")[1]
            self.assertEqual((why["kind"], why["score"], why["reasons"]), ("candidate-features", item["score"], []), why)
            terms = {term["name"].split(":")[0]: term for term in why["features"]}
            self.assertEqual((terms["department"]["name"], terms["department"]["feature"]), ("department: Garden", "department: category at-least 2"))
            self.assertTrue(terms["price"]["name"].startswith("price: from "), why)
            total = sum(term["value"] for term in why["features"]) + why["mean"] + why["popularity"] + why["remainder"]
            self.assertAlmostEqual(total, item["score"], 5)
            self.assertLess(abs(why["remainder"]), 1e-4)
            self.assertNotIn("first_interactions", why)
            if ask != "user=nobody":
                self.assertTrue(all(abs(term["value"]) > 1e-4 for term in why["features"]), why)
        posted = server.ask("/explain", {"history": ["P001", "P002"], "candidate": "P033"})[1]
        self.assertEqual(posted, why)
        self.assertNotEqual(server.ask("/explain?user=customer-12&candidate=P001")[1]["kind"], "candidate-features")

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
        self.assertEqual(self.ask("/history?user=nobody")[1], {"user": "nobody", "known": False, "count": 0, "history": []})
        answer = self.ask("/history?user=42&limit=2")[1]
        self.assertEqual((len(answer["history"]), answer["count"] > 2), (2, True))
        self.assertEqual(self.ask("/models")[1]["models"][0]["versions"][0]["queries"], 943)

    def test_refusals(self):
        for path, status, words in (
                ("/recommend", 400, "user"), ("/recommend?user=1&k=0", 400, "1 to 1000"), ("/recommend?user=1&k=x", 400, "k"),
                ("/recommend?usr=1", 400, "usr"), ("/recommend?user=1&user=2", 400, "2 times"),
                ("/recommend?history=no", 404, "no candidate"), ("/recommend?user=1&only=x", 400, "field"),
                ("/recommend?user=1&only=no=1", 400, "no field"), ("/similar?candidate=Aliens", 404, "Aliens (1986)"),
                ("/recommend?user=1&version=2", 404, "version 2"), ("/recommend?user=1&model=x", 404, "x"),
                ("/recommend?user=%ff", 400, "UTF-8"), ("/nothing", 404, "/nothing"), ("/recommend/more?user=1", 404, "/recommend/more")):
            answer = self.ask(path)
            self.assertEqual(answer[0], status, (path, answer))
            self.assertIn(words, answer[1]["error"], path)
        self.assertEqual(self.ask("/recommend", method="PUT", body=b"{}")[0], 405)
        for body, words in (('{"user": {}}', "user"), ('{"user": 1, "user": 2}', "twice"), ("[1]", "object"), ("{", "at offset: 1")):
            status, answer = self.ask("/recommend", body)
            self.assertEqual(status, 400, body)
            self.assertIn(words, answer["error"])

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
                     "tandem_unknown_queries_total", "tandem_searches_waiting 0", "tandem_requests_running 1", 'tandem_request_seconds_bucket{route="recommend",le="+Inf"}'):
            self.assertIn(line, text)
