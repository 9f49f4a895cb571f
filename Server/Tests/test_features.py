import json
import struct

import numpy
from tritonclient import http

from server import FEATURES_SERVABLE, Served

SHE = {"age": 24, "occupation": "writer", "gender": "F"}


class Features(Served):
    """Unknown users, answered by their features."""

    servable = FEATURES_SERVABLE

    def ask(self, path, *rest, **more):
        return self.server.ask(path, *rest, **more)[:2]

    def refused(self, path, body, *words, lines=1):
        status, answer = self.ask(path, body)
        self.assertEqual(status, 400, (body, answer))
        for word in words:
            self.assertIn(word, answer["error"], body)
        self.assertLessEqual(answer["error"].count("\n") + 1, lines)

    def best(self, **features):
        status, answer = self.ask("/recommend", {"features": features})
        self.assertEqual((status, answer["basis"]), (200, "features"), answer)
        return [(item["candidate"], item["score"]) for item in answer["recommendations"]]

    def test_by_object_and_by_query(self):
        status, posted = self.ask("/recommend", {"user": "she", "features": SHE, "k": 5})
        self.assertEqual((status, posted["basis"], posted["query"], posted["unknown"]), (200, "features", "she", []))
        asked = self.ask("/recommend?user=she&features=age=24&features=occupation=writer&features=gender=F&k=5")[1]
        self.assertEqual(asked["recommendations"], posted["recommendations"])
        texts = self.ask("/recommend", {"features": ["age=24", "occupation=writer", "gender=F"], "k": 5})[1]
        self.assertEqual(texts["recommendations"], posted["recommendations"])
        # Numbers may be texts, and what is missing may be null.
        same = self.ask("/recommend", {"features": {"age": "24.0", "occupation": ["writer"], "gender": "F"}, "k": 5})[1]
        self.assertEqual(same["recommendations"], posted["recommendations"])
        self.assertEqual(self.best(age=24, occupation=None), self.best(age=24))
        self.assertNotEqual(self.best(age=24), self.best(age=60))
        first = posted["recommendations"][0]["candidate"]
        left = self.ask("/recommend", {"features": SHE, "k": 4, "exclude": [first]})[1]
        self.assertEqual(left["recommendations"], posted["recommendations"][1:])
        horror = self.ask("/recommend", {"features": SHE, "only": ["genres=Horror"]})[1]["recommendations"]
        self.assertTrue(all("Horror" in item["fields"]["genres"] for item in horror))

    def test_values_that_the_model_does_not_know(self):
        answer = self.ask("/recommend", {"features": {"age": 24, "occupation": "clown"}})[1]
        self.assertEqual((answer["basis"], answer["unknown"]), ("features", ["occupation=clown"]))
        self.assertEqual([(item["candidate"], item["score"]) for item in answer["recommendations"]], self.best(age=24))
        nothing = self.ask("/recommend", {"features": {"occupation": "clown"}})[1]
        self.assertEqual((nothing["basis"], nothing["unknown"]), ("popularity", ["occupation=clown"]))
        self.assertEqual(nothing["recommendations"], self.ask("/recommend?user=nobody")[1]["recommendations"])

    def test_users_whom_the_model_knows(self):
        known = self.ask("/recommend", {"user": "42"})[1]
        self.assertEqual(known["basis"], "known")
        given = self.ask("/recommend", {"user": "42", "features": {"age": 70}})[1]
        self.assertEqual((given["basis"], given["recommendations"]), ("known", known["recommendations"]))

    def test_refusals(self):
        self.refused("/recommend", {"features": {"job": "writer"}}, 'no feature of queries "job"', '"age", "gender", "occupation"')
        self.refused("/recommend", {"features": {"agee": 1}}, 'did you mean "age"?')
        self.refused("/recommend", {"features": {"age": "old"}}, 'the feature "age" is a number, and "old" is none')
        self.refused("/recommend", {"features": {"age": "inf"}}, 'the feature "age" is a number')
        self.refused("/recommend", {"features": {"occupation": ["writer", "artist"]}}, 'the feature "occupation" has one value, and 2 are given')
        self.refused("/recommend", {"features": {"age": {"from": 3}}}, '"features.age" is neither')
        self.refused("/recommend", '{"features": {"age": 1, "age": 2}}', '"features.age" is given twice')
        self.refused("/recommend", {"features": "age"}, '"features" is "age"; give a feature and a value, as age=24')
        self.refused("/recommend", {"features": SHE, "history": ["Alien (1979)"]}, "not both")
        self.refused("/recommend", {"features": {}}, "give a user, a history or features")
        self.refused("/recommend", {"user": {"age": 3}}, '"user" is neither')
        self.refused("/explain", {"features": SHE, "history": ["Aliens (1986)"], "candidate": "Alien (1979)"}, "a history alone")
        self.refused("/explain", {"user": "42", "history": ["Aliens (1986)"], "candidate": "Alien (1979)"}, "a history alone")
        self.refused("/explain", {"candidate": "Alien (1979)"}, "give a user, a history or features")
        self.refused("/recommend", {"features": {"occupation": ["writer"] * 1001}}, "1001 values; at most 1000")

    def test_explained_as_a_sum(self):
        for item in self.ask("/recommend", {"features": SHE, "k": 3})[1]["recommendations"]:
            why = self.ask("/explain", {"features": SHE, "candidate": item["candidate"]})[1]
            self.assertEqual((why["kind"], why["reasons"], why["score"]), ("features", [], item["score"]))
            self.assertEqual([term["feature"] for term in why["features"]], ["age: buckets 8", "gender", "occupation"])
            self.assertAlmostEqual(sum(term["value"] for term in why["features"]) + why["popularity"], item["score"], 5)
        nothing = self.ask("/explain?features=occupation=clown&candidate=Alien+(1979)")
        self.assertEqual(nothing, (200, {"candidate": "Alien (1979)", "kind": None, "reasons": []}))
        self.assertEqual(self.ask("/explain", {"features": SHE, "candidate": "no such"})[0], 404)

    def test_models_say_what_there_is(self):
        age, gender, occupation = self.ask("/models")[1]["models"][0]["versions"][0]["features"]
        self.assertEqual(age, {"name": "age", "kind": "number", "values": []})
        self.assertEqual((gender["kind"], set(gender["values"])), ("text", {"F", "M"}))
        self.assertEqual((occupation["values"][0], len(occupation["values"])), ("student", 21))

    def test_predict(self):
        wanted, popular = self.best(**SHE), self.best(age=24)
        path, name = "/v1/models/retrieval:predict", "query_with_features"
        rows = [{"queries": "", **SHE}, {"queries": "x", "age": 24, "occupation": "", "gender": "?"}, {"queries": "42", "age": 1}]
        status, answer = self.ask(path, {"signature_name": name, "instances": rows})
        self.assertEqual(status, 200, answer)
        lists = [list(zip(row["identifiers"], row["scores"])) for row in answer["predictions"]]
        self.assertEqual(lists[:2], [wanted, popular])
        known = self.ask(path, {"instances": ["42"]})[1]["predictions"][0]
        self.assertEqual(answer["predictions"][2], known)
        columns = {"queries": ["", "x", "42"], "age": [24, 24, 1], "occupation": ["writer", "", ""]}
        outputs = self.ask(path, {"signature_name": name, "inputs": dict(columns, gender=["F", "", ""])})[1]["outputs"]
        self.assertEqual(outputs["identifiers"], [row["identifiers"] for row in answer["predictions"]])
        # NaN is a missing number.
        nan = self.ask(path, '{"signature_name":"query_with_features","inputs":{"queries":["",""],"age":[NaN,24]}}')[1]["outputs"]
        self.assertEqual(nan["identifiers"][0], [item["candidate"] for item in self.ask("/recommend?user=")[1]["recommendations"]])
        self.assertEqual(list(zip(nan["identifiers"][1], nan["scores"][1])), popular)
        for body, words in (({"instances": [{"queries": "", "age": "24"}]}, "is not of expected type: double"),
                            ({"instances": [{"queries": "", "job": "x"}]}, "does not have named input: job"),
                            ({"instances": [{"age": 24}]}, "keys must be equal to: queries"),
                            ({"instances": [{"queries": "", "occupation": ["a"]}]}, "list at unexpected level"),
                            ({"inputs": {"queries": ["", ""], "age": [24]}}, "age has 1 rows; expected 2"),
                            ({"inputs": {"queries": [""], "occupation": [3]}}, "is not of expected type: string")):
            # TensorFlow Serving's messages quote the JSON.
            self.refused(path, dict(body, signature_name=name), words, lines=4)
        inputs = self.ask("/v1/models/retrieval/metadata")[1]["metadata"]["signature_def"]["signature_def"][name]["inputs"]
        self.assertEqual({key: tensor["dtype"] for key, tensor in inputs.items()},
                         {"queries": "DT_STRING", "age": "DT_DOUBLE", "gender": "DT_STRING", "occupation": "DT_STRING"})

    def infer(self, *inputs, status=200):
        answer = self.ask("/v2/models/retrieval/infer", {"inputs": inputs})
        self.assertEqual(answer[0], status, answer)
        if status != 200:
            return answer[1]["error"]
        scores, names = [output["data"] for output in answer[1]["outputs"]]
        return [list(zip(names[at:at + 10], scores[at:at + 10])) for at in range(0, len(names), 10)]

    def test_infer(self):
        def tensor(name, data, kind="BYTES", shape=None):
            return {"name": name, "datatype": kind, "shape": shape or [len(data)], "data": data}

        wanted = [self.best(**SHE), self.best(age=24)]
        queries, jobs = tensor("queries", ["", "x"]), tensor("occupation", ["writer", ""])
        gender = tensor("gender", ["F", ""], shape=[2, 1])
        for kind, ages in (("FP64", [24.0, 24.0]), ("INT64", [24, 24]), ("FP32", [24.0, 24.0]), ("INT32", [24, 24])):
            self.assertEqual(self.infer(queries, tensor("age", ages, kind), jobs, gender), wanted)
        out = tensor("exclusions", [wanted[0][0][0], wanted[0][1][0]], shape=[1, 2])
        left = self.infer(queries, tensor("age", [24, 24], "FP64"), jobs, gender, out)
        self.assertEqual(left[0][:8], wanted[0][2:])
        each = tensor("exclusions", [wanted[0][0][0], wanted[1][0][0]], shape=[2, 1])
        left = self.infer(queries, tensor("age", [24, 24], "FP64"), jobs, gender, each)
        self.assertEqual([row[:9] for row in left], [row[1:] for row in wanted])
        for inputs, words in (([queries, tensor("age", ["24", "24"])], "give FP64, FP32, INT64 or INT32"),
                              ([queries, tensor("age", ["24", "24"], "FP64")], "not numbers"),
                              ([queries, tensor("job", ["a", "b"])], "there are queries, exclusions, age, gender, occupation"),
                              ([queries, tensor("age", [24], "FP64")], "has 1 rows; give one for each of the 2"),
                              ([queries, tensor("occupation", ["a"] * 4, shape=[2, 2])], "give [n] or [n, 1]"),
                              ([queries, tensor("occupation", [1, 2], "INT64")], "give BYTES")):
            self.assertIn(words, self.infer(*inputs, status=400))
        self.assertIn({"name": "age", "datatype": "FP64", "shape": [-1]}, self.ask("/v2/models/retrieval")[1]["inputs"])

    def test_nvidias_client(self):
        wanted = [self.best(**SHE), self.best(age=60)]
        with http.InferenceServerClient(f"127.0.0.1:{self.server.port}") as client:
            for kind, binary in (("FP64", True), ("FP32", True), ("INT64", True), ("INT32", True), ("FP64", False)):
                ages = {"FP64": numpy.float64, "FP32": numpy.float32, "INT64": numpy.int64, "INT32": numpy.int32}[kind]
                inputs = []
                for name, data in (("queries", ["", ""]), ("gender", ["F", ""]), ("occupation", ["writer", ""])):
                    inputs.append(http.InferInput(name, [2], "BYTES"))
                    inputs[-1].set_data_from_numpy(numpy.array([text.encode() for text in data], object))
                inputs.insert(1, http.InferInput("age", [2], kind))
                inputs[1].set_data_from_numpy(numpy.array([24, 60], ages), binary_data=binary)
                names = client.infer("retrieval", inputs).as_numpy("identifiers")
                self.assertEqual([[name.decode() for name in row] for row in names],
                                 [[name for name, _ in row] for row in wanted])

    def test_broken_bytes(self):
        head = {"inputs": [{"name": "queries", "datatype": "BYTES", "shape": [1], "data": [""]},
                           {"name": "age", "datatype": "FP64", "shape": [1], "parameters": {"binary_data_size": 8}}]}
        text = json.dumps(head).encode()
        for tensor, status in ((struct.pack("<d", 24), 200), (struct.pack("<f", 24), 400), (b"", 400),
                               (struct.pack("<d", float("inf")), 400), (struct.pack("<d", float("nan")), 200)):
            answer = self.ask("/v2/models/retrieval/infer", text + tensor,
                              headers={"Inference-Header-Content-Length": str(len(text))})
            self.assertEqual(answer[0], status, answer)

    def test_counted_by_what_answered(self):
        def count():
            text = self.ask("/metrics")[1]
            return int(text.split('tandem_answers_total{basis="features"} ')[1].split("\n")[0])

        before = count()
        self.best(age=24)
        self.ask("/v1/models/retrieval:predict", {"signature_name": "query_with_features", "instances": [{"queries": "", "age": 3}] * 3})
        self.assertEqual(count() - before, 4)


class WithoutFeatures(Served):
    def test_refused_by_name(self):
        status, answer, _ = self.server.ask("/recommend", {"features": {"age": 24}})
        self.assertEqual(status, 400)
        self.assertIn("the model's query tower has no features", answer["error"])
        self.assertEqual(self.server.ask("/models")[1]["models"][0]["versions"][0]["features"], [])
        body = {"signature_name": "query_with_features", "instances": [{"queries": ""}]}
        self.assertIn("not found in signature def", self.server.ask("/v1/models/retrieval:predict", body)[1]["error"])
