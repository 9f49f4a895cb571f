from server import NEXT_SERVABLE, Served


class Next(Served):
    """Histories in their order, of users whom the servable knows and of others."""

    servable = NEXT_SERVABLE

    def ask(self, path, *rest, **more):
        return self.server.ask(path, *rest, **more)[:2]

    def explained(self, body, item):
        status, why = self.ask("/explain", dict(body, candidate=item["candidate"], limit=3))
        self.assertEqual((status, why["kind"], why["score"]), (200, "contributions", item["score"]), why)
        terms = [reason["value"] for reason in why["reasons"]]
        self.assertEqual(terms, sorted(terms, reverse=True))
        self.assertAlmostEqual(sum(terms) + why["others"] + why["popularity"], item["score"], 4)
        self.assertAlmostEqual(why["remainder"], 0, 4)
        return why

    def test_explained_as_a_sum(self):
        history = ["Alien (1979)", "Aliens (1986)", "Dumbo (1941)", "Alien (1979)"]
        for body in ({"user": "42"}, {"history": history}):
            answer = self.ask("/recommend", dict(body, k=5))[1]
            self.assertEqual(answer["basis"], "history")
            for item in answer["recommendations"]:
                why = self.explained(body, item)
                self.assertTrue({reason["candidate"] for reason in why["reasons"]} <= (
                    set(history) if "history" in body else {entry["candidate"] for entry in self.ask("/history?user=42&limit=1000")[1]["history"]}))
        self.assertEqual(sorted(reason["candidate"] for reason in why["reasons"]), sorted(set(history)), "each once")

    def test_the_order_counts(self):
        candidate, films = "Pinocchio (1940)", ["Dumbo (1941)", "Alien (1979)"]
        for newest, oldest in (films, films[::-1]):
            reasons = {reason["candidate"]: reason["value"] for reason in
                       self.ask("/explain", {"history": [oldest, newest], "candidate": candidate})[1]["reasons"]}
            self.assertEqual(set(reasons), set(films))
            if newest == "Dumbo (1941)":
                of_newest = reasons["Dumbo (1941)"]
            else:
                self.assertLess(reasons["Dumbo (1941)"], of_newest)

    def test_without_a_history(self):
        self.assertIsNone(self.ask("/explain?user=nobody&candidate=Alien+(1979)")[1]["kind"])
