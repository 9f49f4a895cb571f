import base64
import json
import struct
import urllib.request

from server import Served


class TensorFlowServing(Served):
    """The REST API of TensorFlow Serving."""

    words = ("--name", "movies")

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
                             ("POST", "/v1/models/movies"),
                             ("POST", "/v1/models/movies:do")):
            answer = self.server.ask(path, b"" if method == "POST" else None, method=method)
            self.fails(400, f"Malformed request: {method} {path}", answer)

        for path in ("/v1/models/movies/versions/99999999999999999999", "/v1/models/movies/versions/99999999999999999999/metadata"):
            self.fails(400, "Failed to convert version: 99999999999999999999 to numeric.", self.server.ask(path))

    def test_options(self):
        for origin, status in (("https://example.org", 200), ("http://example.org", 200), ("file:", 400), (None, 400)):
            answer = self.server.ask("/v1/models/movies:predict", method="OPTIONS", headers={"Origin": origin} if origin else {})
            self.assertEqual(answer[:2], (status, ""), origin)

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

    def test_what_rapidjson_reads(self):
        wanted = self.predict({"instances": ["42"]})
        for body in ('{"instances":["42"]} and more', '{"instances":["42"],"weight":NaN,"limit":-Infinity}', '{"instances":["4\\u0032"]}',
                     '{"instances":["42"],"instances":["7"]}', '\ufeff{"instances":["42"]}', '{"instances":[{"b64":"NDI"}]}'):
            self.assertEqual(self.predict(body), wanted, body)

    def test_errors(self):
        named = "query_with_exclusions"
        for body, words in (
                ("", "JSON Parse error: The document is empty"), ("{", "JSON Parse error: Missing a name for object member. at offset: 1"),
                ('{"instances": [1 2]}', "Missing a comma or ] after an array element. at offset: 17"), ({}, "Missing 'inputs' or 'instances' key"),
                ({"instances": ["1"], "inputs": ["1"]}, "expecting only one of 'inputs' or 'instances' keys to exist"),
                ({"instances": []}, "No values in 'instances' array"), ({"instances": "1"}, "Excepting 'instances' to be an list/array"),
                ({"instances": [42]}, "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: "
                                      "JSON Value: 42 Type: Number is not of expected type: string"),
                ({"instances": ["1", None]}, "element: 1 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: null Type: Null is not"),
                ({"instances": ["1", ["1"]]}, "Expecting shape [] but got: [1]"),
                ({"instances": ["1", ["1", "2"]]}, "Expecting tensor size: 1 but got: 2"),
                ({"instances": [["1"]]}, "queries has the shape [1,1]; expected [-1]"),
                ({"instances": [{"b64": "?"}]}, "Unable to base64 decode"),
                ({"instances": ["1", {"queries": "1"}]}, "Expecting value/list but got object at item 1 of input list"),
                ({"instances": [{"queries": "1"}, "1"]}, "Expecting object but got list at item 1 of input list"),
                ({"instances": [{"queries": "1", "x": "1"}]}, "key: x of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named input: x"),
                ({"instances": [{"queries": "1"}], "signature_name": named}, "keys must be equal to: exclusions,queries"),
                ({"instances": ["1"], "signature_name": named}, "instances is a plain list, but expecting list of objects"),
                ({"inputs": ["1"], "signature_name": named}, "inputs is a plain value/list, but expecting an object"),
                ({"inputs": {"queries": ["1", "2", "3"], "exclusions": [["x"], ["y"]]}, "signature_name": named}, "Incompatible shapes: [3,1,1] vs. [2,1,1]"),
                ({"inputs": {"queries": ["1"], "exclusions": [["x"], []]}, "signature_name": named}, "list at unexpected size: 0 at level: 1 expected size: 1"),
                ({"inputs": [["1"], "2"]}, "found at incorrect level: 2 in the JSON DOM. Expected at level: 2"),
                ({"inputs": ["1", ["2"]]}, "Encountered list at unexpected level: 1 expected < 1"),
                ({"instances": ["1"], "signature_name": "x"}, 'Serving signature name: "x" not found in signature def'),
                ({"instances": ["1"], "signature_name": 1}, "not formatted correctly. 'signature_name' key must be a string value."),
                ("[]", "JSON Value: [] Is not object")):
            self.fails(400, words, self.predict(body))
        self.fails(404, "Servable not found for request: Latest(x)", self.predict({"instances": ["1"]}, "/v1/models/x:predict"))
        # The body is read before the model is looked for.
        self.fails(400, "JSON Parse error", self.predict("{", "/v1/models/x:predict"))
        self.fails(404, "Specific(movies, 9)", self.predict({"instances": ["1"]}, "/v1/models/movies/versions/9:predict"))
        self.fails(400, "label", self.predict({"instances": ["1"]}, "/v1/models/movies/labels/no:predict"))
        self.fails(400, "Expected classification signature method_name to be tensorflow/serving/classify. Was: tensorflow/serving/predict",
                   self.predict({"examples": [{}]}, "/v1/models/movies:classify"))
        self.fails(400, "'examples' value is an empty array", self.predict({"examples": []}, "/v1/models/movies:regress"))

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
