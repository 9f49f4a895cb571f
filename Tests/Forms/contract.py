"""What every form of a servable must answer, asked of TensorFlow and ONNX Runtime, whichever this Python has.

Usage: contract.py FOLDER RECOMMEND    the folder has servable.tandem, saved-model/NAME/1 and onnx/NAME/1
$FEATURES is a file of what the model reads of users, if it does, as Scripts/described-users writes it.
The servable itself, asked by the program `recommend`, says what is right.
"""

import ctypes
import functools
import glob
import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

FOLDER, RECOMMEND = sys.argv[1:3]
LOWEST = np.float32(-3.4028235e38)
K = 10
HAS_TENSORFLOW = importlib.util.find_spec("tensorflow") is not None
HAS_ONNX = importlib.util.find_spec("onnxruntime") is not None
SAVED_MODEL = glob.glob(os.path.join(FOLDER, "saved-model", "*", "1"))[0]
ONNX = glob.glob(os.path.join(FOLDER, "onnx", "*", "1"))[0]


def asked(queries, k=K, exclude=()):
    words = [RECOMMEND, "--servable", os.path.join(FOLDER, "servable.tandem"), "--json", "--k", str(k), *queries]
    for name in exclude:
        words += ["--exclude", name]
    run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [answer["recommendations"] for answer in json.loads(run.stdout)]


def native(queries, k=K, exclude=()):
    return [[(r["candidate"], r["score"]) for r in answer] for answer in asked(queries, k, exclude)]


def described(features, query=None):
    """The servable's answer to somebody with features, values by column and lists of them: its basis, and the list. A query
    by its id is asked in the context that is among them."""
    return asked_by(json.dumps(features), query)


@functools.cache
def asked_by(text, query):
    features = json.loads(text)
    words = [RECOMMEND, "--servable", os.path.join(FOLDER, "servable.tandem"), "--json", "--k", str(K)]
    words += [] if query is None else [query]
    for name, values in features.items():
        for value in values if isinstance(values, list) else [values]:
            words += ["--feature", f"{name}={value}"]
    run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    answer = json.loads(run.stdout)[0]
    return answer["basis"], [(r["candidate"], r["score"]) for r in answer["recommendations"]]


# What a model reads of queries, or of their context: a number, a text or a list of texts by column.
FEATURES = json.load(open(os.environ["FEATURES"])) if os.environ.get("FEATURES") else {}
HAS_CONTEXT = any(feature.get("context") for feature in FEATURES.values())


def drawn(count, seed=1):
    """Made-up people: values that the model knows, others, and missing ones."""
    generator = np.random.default_rng(seed)
    people = []
    for _ in range(count):
        person = {}
        for name, feature in FEATURES.items():
            known = feature["values"] + [feature["unknown"]]
            if feature["kind"] == "list":
                values = [str(value) for value in generator.choice(known, generator.integers(0, 4))]
            else:
                values = known[generator.integers(len(known))] if generator.random() < 0.8 else None
            if values not in (None, []):
                person[name] = values
        people.append(person)
    return people


def columns(people, names=None):
    """The tensors of what people have; NaN, "" and rows of unequal length, filled up with "", for what is missing."""
    tensors = {}
    for name in names or FEATURES:
        kind, given = FEATURES[name]["kind"], [person.get(name) for person in people]
        if kind == "number":
            tensors[name] = np.array([np.nan if value is None else value for value in given], np.float64)
        elif kind == "text":
            tensors[name] = np.array(["" if value is None else value for value in given], object)
        else:
            width = max([len(value or []) for value in given] + [1])
            # A value that comes twice counts once.
            rows = [((value or []) + (value or [])[:1] + [""] * (width + 1))[:width + 1] for value in given]
            tensors[name] = np.array(rows, object).reshape(len(people), width + 1)
    return tensors


EVERYTHING = [name for name, _ in native(["1"], k=100000)[0]]
KNOWN = ["1", "42", "943"]
HAS_NAMES = any("name" in r for r in asked(["42"])[0])
UNKNOWN = ["nobody", "", "42 ", "Ünïcode 映画"]


class Contract:
    """The cases; a form has `answer(queries, exclusions)`."""

    def same(self, queries, exclusions=None, wanted=None):
        scores, names = self.answer(queries, exclusions)
        wanted = wanted or native(queries)
        self.assertEqual(scores.shape, (len(queries), min(K, len(EVERYTHING))))
        for row, answer in enumerate(wanted):
            self.assertEqual([n.decode() if isinstance(n, bytes) else n for n in names[row]][:len(answer)],
                             [name for name, _ in answer])
            np.testing.assert_allclose(scores[row][:len(answer)], [score for _, score in answer], rtol=1e-5, atol=1e-6)
        return scores, names

    def test_known_and_unknown(self):
        self.same(KNOWN + UNKNOWN)

    def test_batches(self):
        scores, names = self.answer([], None)
        self.assertEqual(scores.shape, (0, K))
        scores, names = self.answer(["42"] * 1000, None)
        one, _ = self.answer(["42"], None)
        np.testing.assert_allclose(scores, np.repeat(one, 1000, 0), rtol=1e-5, atol=1e-6)

    def test_exclusions(self):
        best = [name for name, _ in native(["42"])[0]]
        self.same(["42"], [[best[0], best[3], best[0], ""]], native(["42"], exclude=[best[0], best[3]]))
        self.same(["42"], [["no such title", ""]])
        self.same(["42"], [[]])

    def test_one_row_of_exclusions_for_many(self):
        best = native(["42"])[0][0][0]
        self.same(["42", "1"], [[best]], native(["42", "1"], exclude=[best]))

    def test_rows_of_their_own(self):
        first, second = native(["42"])[0][0][0], native(["1"])[0][0][0]
        wanted = native(["42"], exclude=[first]) + native(["1"], exclude=[second])
        self.same(["42", "1"], [[first], [second]], wanted)

    def test_everything_excluded(self):
        few = EVERYTHING[:4]
        scores, names = self.answer(["42"], [[name for name in EVERYTHING if name not in few]])
        self.assertEqual(sorted(n.decode() if isinstance(n, bytes) else n for n in names[0][:4]), sorted(few))
        self.assertTrue(all(n in (b"", "") for n in names[0][4:]) and (scores[0][4:] == LOWEST).all())

    @unittest.skipUnless(HAS_NAMES, "keys are names")
    def test_names_beside_ids(self):
        best = native(["42"])[0][0][0]
        for exclusions, wanted in ((None, asked(["42"])), ([[best]], asked(["42"], exclude=[best]))):
            names = self.names(["42"], exclusions)[0][:len(wanted[0])]
            self.assertEqual([n.decode() if isinstance(n, bytes) else n for n in names], [r.get("name", "") for r in wanted[0]])

    @unittest.skipUnless(FEATURES, "the model reads no features")
    def test_features(self):
        people = drawn(30)
        wanted = [described(person) if person else (None, native([""])[0]) for person in people]
        self.assertGreater(sum(basis == "features" for basis, _ in wanted), 20)
        scores, names = self.by_features([""] * len(people), columns(people))
        for row, (_, answer) in enumerate(wanted):
            self.assertEqual([n.decode() if isinstance(n, bytes) else n for n in names[row]], [name for name, _ in answer], people[row])
            np.testing.assert_allclose(scores[row], [score for _, score in answer], rtol=1e-5, atol=1e-6)

    @unittest.skipUnless(FEATURES, "the model reads no features")
    def test_features_of_known_queries(self):
        known = [query for query in ("1", "42", "943") if self.by_id(query) == "known"]
        people = [person or {name: feature["values"][0] for name, feature in FEATURES.items() if feature["kind"] != "list"}
                  for person in drawn(len(known) + 1, seed=2)]
        scores, names = self.by_features(known + ["nobody"], columns(people))
        wanted = [described(person, query)[1] for query, person in zip(known, people)] if HAS_CONTEXT else native(known)
        for row, answer in enumerate(wanted + [described(people[-1])[1]]):
            self.assertEqual([n.decode() if isinstance(n, bytes) else n for n in names[row]], [name for name, _ in answer])
            np.testing.assert_allclose(scores[row], [score for _, score in answer], rtol=1e-5, atol=1e-6)

    @unittest.skipUnless(HAS_CONTEXT, "the model reads no context")
    def test_contexts(self):
        """Users of training, others by what they chose and by their features, and strangers, each in a context of its own."""
        bases = self.bases([str(user) for user in range(1, 301)] + ["new 1", "new 2", "nobody"])
        by_features = {"features"} if not all(feature.get("context") for feature in FEATURES.values()) else set()
        self.assertLessEqual({"known", "history"} | by_features, set(bases.values()))
        queries = [query for basis in sorted(set(bases.values())) for query in [query for query in bases if bases[query] == basis][:10] * 3]
        people = drawn(len(queries), seed=3)
        wanted = [described(person, query)[1] if person else native([query])[0] for query, person in zip(queries, people)]
        scores, names = self.by_features(queries, columns(people))
        plain = native(queries)
        for row, answer in enumerate(wanted):
            message = f"{queries[row]}, {bases[queries[row]]}: {people[row]}"
            self.assertEqual([n.decode() if isinstance(n, bytes) else n for n in names[row]], [name for name, _ in answer], message)
            np.testing.assert_allclose(scores[row], [score for _, score in answer], rtol=1e-5, atol=1e-6, err_msg=message)
            if bases[queries[row]] == "history":
                self.assertEqual(answer, plain[row], "no context changes it")
        self.assertGreater(sum(answer != own for answer, own in zip(wanted, plain)), len(queries) // 3)

    @unittest.skipUnless(HAS_CONTEXT, "the model reads no context")
    def test_one_context_for_all_and_each_part_alone(self):
        queries = ["1", "2", "nobody", "new 1"]
        for name, feature in FEATURES.items():
            if not feature.get("context"):
                continue
            for value in feature["values"] + [feature["unknown"]]:
                person = {name: [value] if feature["kind"] == "list" else value}
                tensors = {**columns([{}]), **columns([person], [name])}
                scores, names = self.by_features(queries, tensors)
                for row, query in enumerate(queries):
                    answer = described(person, query)[1]
                    self.assertEqual([n.decode() if isinstance(n, bytes) else n for n in names[row]], [title for title, _ in answer], (query, person))
                    np.testing.assert_allclose(scores[row], [score for _, score in answer], rtol=1e-5, atol=1e-6)

    @staticmethod
    def bases(queries):
        words = [RECOMMEND, "--servable", os.path.join(FOLDER, "servable.tandem"), "--json", "--k", "1", *queries]
        run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        return {answer["query"]: answer["basis"] for answer in json.loads(run.stdout)}

    @classmethod
    def by_id(cls, query):
        return cls.bases([query])[query]

    @unittest.skipUnless(FEATURES, "the model reads no features")
    def test_what_is_not_a_finite_number_is_missing(self):
        number = next(name for name, feature in FEATURES.items() if feature["kind"] == "number")
        people = [{}] * 3
        tensors = columns(people)
        tensors[number] = np.array([np.nan, np.inf, -np.inf])
        scores, names = self.by_features([""] * 3, tensors)
        for row in range(3):
            self.assertEqual([n.decode() if isinstance(n, bytes) else n for n in names[row]], [name for name, _ in native([""])[0]])

    def test_wrong_number_of_rows(self):
        with self.assertRaises(Exception):
            self.answer(["42", "1", "7"], [["a"], ["b"]])


if HAS_TENSORFLOW:
    import tensorflow as tf

    tf.get_logger().setLevel(logging.ERROR)

    def tensors(result):
        return result[0].numpy(), result[1].numpy()

    class LoadedModel(Contract, unittest.TestCase):
        """`tf.saved_model.load`, as in the tutorial."""

        @classmethod
        def setUpClass(cls):
            cls.loaded = tf.saved_model.load(SAVED_MODEL)

        def answer(self, queries, exclusions):
            queries = tf.constant(queries, tf.string, shape=(len(queries),))
            return tensors(self.lists(queries, exclusions))

        def lists(self, queries, exclusions):
            if exclusions is None:
                return self.loaded(queries)
            return self.loaded.query_with_exclusions(queries, tf.constant(exclusions, tf.string, (
                len(exclusions), len(exclusions[0]))))

        def names(self, queries, exclusions):
            return self.lists(tf.constant(queries), exclusions)[2].numpy()

        def by_features(self, queries, features):
            return tensors(self.loaded.query_with_features(tf.constant(queries), *[tf.constant(features[name]) for name in FEATURES]))

        def test_a_list_of_python(self):
            names = self.loaded(["42"])[1]
            self.assertEqual(names.numpy()[0][0].decode(), native(["42"])[0][0][0])

        def test_within_a_function(self):
            names = tf.function(lambda ids: self.loaded(ids)[1])(tf.constant(["42"]))
            self.assertEqual(names.numpy()[0][0].decode(), native(["42"])[0][0][0])

        def test_moved(self):
            with tempfile.TemporaryDirectory() as folder:
                shutil.copytree(SAVED_MODEL, os.path.join(folder, "7"))
                names = tf.saved_model.load(os.path.join(folder, "7"))(["42"])[1]
                self.assertEqual(names.numpy()[0][0].decode(), native(["42"])[0][0][0])

        def test_a_flipped_bit_is_found(self):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "1")
                shutil.copytree(SAVED_MODEL, path)
                name = os.path.join(path, "variables", "variables.data-00000-of-00001")
                os.chmod(name, 0o644)
                with open(name, "r+b") as file:
                    file.seek(5000)
                    byte = file.read(1)
                    file.seek(5000)
                    file.write(bytes([byte[0] ^ 4]))
                with self.assertRaises(tf.errors.DataLossError):
                    tf.saved_model.load(path)

        def test_variables_are_a_checkpoint(self):
            reader = tf.train.load_checkpoint(os.path.join(SAVED_MODEL, "variables", "variables"))
            self.assertEqual(reader.get_tensor("identifiers/.ATTRIBUTES/VARIABLE_VALUE").shape, (len(EVERYTHING),))

        def test_saved_model_cli(self):
            from tensorflow.python.tools import saved_model_cli
            shown = subprocess.run([sys.executable, saved_model_cli.__file__, "show", "--dir", SAVED_MODEL, "--all"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
            for word in ("serving_default", "query_with_exclusions", "DT_STRING", "tensorflow/serving/predict"):
                self.assertIn(word, shown)

        @unittest.skipUnless(hasattr(tf.keras.layers, "TFSMLayer"), "Keras 3 has it")
        def test_layer_of_keras(self):
            layer = tf.keras.layers.TFSMLayer(SAVED_MODEL, call_endpoint="serving_default")
            names = layer(tf.constant(["42"]))["identifiers"]
            self.assertEqual(names.numpy()[0][0].decode(), native(["42"])[0][0][0])

    class Signatures(Contract, unittest.TestCase):
        """The signatures of a loaded model."""

        @classmethod
        def setUpClass(cls):
            cls.loaded = tf.saved_model.load(SAVED_MODEL)

        def answer(self, queries, exclusions):
            arguments = {"queries": tf.constant(queries, tf.string, shape=(len(queries),))}
            name = "serving_default"
            if exclusions is not None:
                name = "query_with_exclusions"
                arguments["exclusions"] = tf.constant(exclusions, tf.string, (len(exclusions), len(exclusions[0])))
            result = self.loaded.signatures[name](**arguments)
            self.result = result
            return tensors((result["scores"], result["identifiers"]))

        def names(self, queries, exclusions):
            self.answer(queries, exclusions)
            return self.result["names"].numpy()

        def by_features(self, queries, features):
            result = self.loaded.signatures["query_with_features"](
                queries=tf.constant(queries), **{name: tf.constant(value) for name, value in features.items()})
            return tensors((result["scores"], result["identifiers"]))

    class Session(Contract, unittest.TestCase):
        """The loader of TensorFlow 1."""

        @classmethod
        def setUpClass(cls):
            cls.session = tf.compat.v1.Session(graph=tf.Graph())
            meta = tf.compat.v1.saved_model.load(cls.session, ["serve"], SAVED_MODEL)
            cls.signatures = meta.signature_def

        def answer(self, queries, exclusions, outputs=("scores", "identifiers")):
            signature = self.signatures["serving_default" if exclusions is None else "query_with_exclusions"]
            feed = {signature.inputs["queries"].name: np.array(queries, object)}
            if exclusions is not None:
                feed[signature.inputs["exclusions"].name] = np.array(exclusions, object).reshape(len(exclusions), -1)
            return self.session.run([signature.outputs[name].name for name in outputs], feed)

        def names(self, queries, exclusions):
            return self.answer(queries, exclusions, ["names"])[0]

        def by_features(self, queries, features):
            signature = self.signatures["query_with_features"]
            feed = {signature.inputs["queries"].name: np.array(queries, object)}
            feed.update((signature.inputs[name].name, value) for name, value in features.items())
            return self.session.run([signature.outputs[name].name for name in ("scores", "identifiers")], feed)

        @unittest.skipUnless(FEATURES, "the model reads no features")
        def test_features_that_are_left_out(self):
            for name in FEATURES:
                people = [person for person in drawn(30) if name in person][:2]
                scores, names = self.by_features(["", ""], columns(people, [name]))
                for row, person in enumerate(people):
                    self.assertEqual([n.decode() for n in names[row]], [title for title, _ in described({name: person[name]})[1]])
            scores, names = self.by_features(["", "42"], {})
            self.assertEqual([[n.decode() for n in row] for row in names], [[title for title, _ in row] for row in native(["", "42"])])

        @unittest.skipUnless(FEATURES and hasattr(tf.compat.v1.MetaGraphDef().signature_def["x"], "defaults"), "needs defaults")
        def test_defaults_for_tensorflow_serving(self):
            defaults = self.signatures["query_with_features"].defaults
            self.assertEqual(set(defaults), set(FEATURES))
            for name, feature in FEATURES.items():
                value = tf.make_ndarray(defaults[name])
                self.assertEqual(value.shape, (1, 0) if feature["kind"] == "list" else (1,))
                self.assertTrue(np.isnan(value[0]) if feature["kind"] == "number" else not any(value.ravel()))

    class Library(unittest.TestCase):
        """TF_LoadSessionFromSavedModel, the loader of TensorFlow's C++ library, which TensorFlow Serving has."""

        def test_loads(self):
            from tensorflow.python import pywrap_tensorflow
            root = os.path.dirname(tf.__file__)
            path = next(p for p in (glob.glob(os.path.join(root, "libtensorflow_cc.so.2"))
                                    + [pywrap_tensorflow.__file__]) if os.path.exists(p))
            library = ctypes.CDLL(path)
            for name in ("TF_NewStatus", "TF_NewGraph", "TF_NewSessionOptions", "TF_LoadSessionFromSavedModel",
                         "TF_GraphOperationByName"):
                getattr(library, name).restype = ctypes.c_void_p
            library.TF_Message.restype = ctypes.c_char_p
            status, graph = ctypes.c_void_p(library.TF_NewStatus()), ctypes.c_void_p(library.TF_NewGraph())
            tags = (ctypes.c_char_p * 1)(b"serve")
            session = library.TF_LoadSessionFromSavedModel(
                ctypes.c_void_p(library.TF_NewSessionOptions()), None, SAVED_MODEL.encode(), tags, 1, graph, None, status)
            self.assertEqual(library.TF_GetCode(status), 0, library.TF_Message(status))
            self.assertTrue(session)
            for name in (b"queries", b"query", b"query_excl", b"init_all", b"restore_all"):
                self.assertTrue(library.TF_GraphOperationByName(graph, name), name)


if HAS_ONNX:
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)

    class Runtime(Contract, unittest.TestCase):
        """ONNX Runtime."""

        @classmethod
        def setUpClass(cls):
            cls.path = os.path.join(ONNX, "model.onnx")
            cls.session = onnxruntime.InferenceSession(cls.path)

        def answer(self, queries, exclusions, k=None, outputs=("scores", "identifiers")):
            feed = {"queries": np.array(queries, object)}
            if exclusions is not None:
                feed["exclusions"] = np.array(exclusions, object).reshape(len(exclusions), -1)
            if k is not None:
                feed["k"] = np.array([k], np.int64)
            return self.session.run(list(outputs), feed)

        def names(self, queries, exclusions):
            return self.answer(queries, exclusions, outputs=["names"])[0]

        def by_features(self, queries, features):
            return self.session.run(["scores", "identifiers"], {"queries": np.array(queries, object), **features})

        @unittest.skipUnless(FEATURES, "the model reads no features")
        def test_features_that_are_left_out(self):
            for name in FEATURES:
                people = [person for person in drawn(30) if name in person][:2]
                scores, names = self.by_features(["", ""], columns(people, [name]))
                for row, person in enumerate(people):
                    self.assertEqual(list(names[row]), [title for title, _ in described({name: person[name]})[1]])
            scores, names = self.by_features(["", "42"], {})
            self.assertEqual([list(row) for row in names], [[title for title, _ in row] for row in native(["", "42"])])

        @unittest.skipUnless(FEATURES, "the model reads no features")
        def test_features_and_exclusions(self):
            person = next(person for person in drawn(30) if person)
            wanted = described(person)[1]
            if len(EVERYTHING) <= K:
                self.skipTest("everything is in the list")
            feed = {"queries": np.array([""], object), "exclusions": np.array([[wanted[0][0]]], object), **columns([person])}
            _, names = self.session.run(["scores", "identifiers"], feed)
            self.assertEqual(list(names[0][:K - 1]), [title for title, _ in wanted[1:]])

        def test_k(self):
            for k in (1, 100, 100000):
                _, names = self.answer(["42"], None, k)
                self.assertEqual(list(names[0]), [name for name, _ in native(["42"], k)[0]])

        @unittest.skipUnless(importlib.util.find_spec("onnx"), "needs onnx")
        def test_checker(self):
            import onnx
            onnx.checker.check_model(self.path, full_check=True)

        def test_without_its_vectors(self):
            with tempfile.TemporaryDirectory() as folder:
                shutil.copy(self.path, folder)
                with self.assertRaisesRegex(Exception, "model.onnx.data"):
                    onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"))


if __name__ == "__main__":
    print(f"{FOLDER}: " + ", ".join(name for name, there in (
        (f"TensorFlow {tf.__version__}" if HAS_TENSORFLOW else "", HAS_TENSORFLOW),
        (f"ONNX Runtime {onnxruntime.__version__}" if HAS_ONNX else "", HAS_ONNX)) if there))
    unittest.main(argv=sys.argv[:1])
