"""Models that know their labels: what a head means when one goes on from it, evaluates it, predicts with it."""

import json
import shutil
import unittest

import support
from support import flags, read_json, read_jsonl, run, safetensors_bytes


class ModelLabels(support.TestCase):
    def setUp(self):
        super().setUp()
        self.first = self.folder / "first"
        self.assert_ok(run("train", *self.train_flags(
            self.first, labels="positive,negative", learning_rate="5e-3", num_train_epochs=4)))

    def evaluate(self, model, data, *more):
        file = self.folder / "m.json"
        result = run("evaluate", *flags(model=model, test_file=data, output_file=file), *more)
        self.assert_ok(result)
        return read_json(file)["eval_accuracy"]

    def changed_config(self, name, **changes):
        """A copy of the first model whose config.json says something else, without run.yaml."""
        folder = self.folder / name
        shutil.copytree(self.first, folder, ignore=shutil.ignore_patterns("run.yaml", "checkpoint*"))
        config = {**read_json(folder / "config.json"), **changes}
        config = {key: value for key, value in config.items() if value is not None}
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    def numbered(self):
        rows = [(text, {"positive": 0, "negative": 1}[label]) for text, label in self.rows]
        return support.write_csv(self.folder / "numbers.csv", rows)

    def test_rows_follow_their_labels(self):
        before = self.evaluate(self.first, self.train_file)
        self.assertGreater(before, 0.9)
        second = self.folder / "second"
        result = run("train", *self.train_flags(second, model=self.first, learning_rate=0, max_steps=1))
        self.assert_ok(result)
        self.assertIn("the head's rows follow their label names", result.stdout)
        self.assertEqual(list(read_json(second / "config.json")["label2id"]), ["negative", "positive"])
        self.assertEqual(self.evaluate(second, self.train_file), before)

    def test_a_head_of_other_labels_is_begun_anew(self):
        rows = [(text, {"positive": "spam", "negative": "ham"}[label]) for text, label in self.rows]
        other = support.write_csv(self.folder / "other.csv", rows)
        result = run("train", *self.train_flags(self.folder / "o", model=self.first, train_file=other,
                                                max_steps=1))
        self.assert_ok(result)
        self.assertIn("the head is begun anew", result.stdout)
        self.assert_refused(run("evaluate", *flags(model=self.first, test_file=other)), "unknown label \"spam\"")

    def test_names_for_numbers(self):
        before = self.evaluate(self.first, self.train_file)
        # The order that training was given is kept with the model.
        self.assertEqual(self.evaluate(self.first, self.numbered()), before)
        named = self.changed_config("named")
        self.assert_refused(run("evaluate", *flags(model=named, test_file=self.numbered())), "--labels")
        self.assertEqual(self.evaluate(named, self.numbered(), "--labels", "positive,negative"), before)
        self.assertAlmostEqual(self.evaluate(named, self.numbered(), "--labels", "negative,positive"),
                               1 - before)
        nameless = self.changed_config("nameless", id2label={"0": "LABEL_0", "1": "LABEL_1"}, label2id=None)
        self.assertEqual(self.evaluate(nameless, self.numbered()), before)
        self.assert_refused(run("evaluate", *flags(model=nameless, test_file=self.train_file)), "--labels")
        self.assertEqual(self.evaluate(nameless, self.train_file, "--labels", "positive,negative"), before)
        answer = run("predict", *flags(model=nameless, text="a", labels="yes,no"))
        self.assert_ok(answer)
        self.assertEqual(set(json.loads(answer.stdout)["scores"]), {"yes", "no"})
        twice = self.changed_config("twice", id2label={"0": "a", "1": "a"}, label2id=None)
        self.assert_refused(run("predict", *flags(model=twice, text="a")), "two outputs \"a\"")

    def test_config_json_says_what_a_model_is(self):
        multi = self.changed_config("multi", problem_type="multi_label_classification")
        # A run.yaml beside it says something else.
        shutil.copy(self.first / "run.yaml", multi)
        answer = run("predict", *flags(model=multi, text="a"))
        self.assert_ok(answer)
        self.assertIn("labels", json.loads(answer.stdout))
        result = run("train", *self.train_flags(self.folder / "m", model=multi, max_steps=1))
        self.assert_ok(result)
        self.assertIn("multi_label_classification, which is followed", result.stdout)
        self.assertEqual(read_json(self.folder / "m/config.json")["problem_type"], "multi_label_classification")
        wrong = self.changed_config("wrong", problem_type="regression")
        self.assert_refused(run("predict", *flags(model=wrong, text="a")), "the head has 2 outputs, expected 1")

    def test_one_output_is_a_raw_score(self):
        folder = support.write_model(self.folder / "cross", id2label={"0": "LABEL_0"})
        tensors = support.random_tensors(read_json(folder / "config.json"))
        hidden = read_json(folder / "config.json")["hidden_size"]
        tensors = {"bert." + name: value for name, value in tensors.items()}
        tensors["classifier.weight"], tensors["classifier.bias"] = ((1, hidden), [0.0] * hidden), ((1,), [-2.5])
        (folder / "model.safetensors").write_bytes(safetensors_bytes(tensors))
        answer = run("predict", *flags(model=folder, text="a", text_pair="b"))
        self.assert_ok(answer)
        self.assertEqual(json.loads(answer.stdout), {"score": -2.5})
        scores = support.write_csv(self.folder / "s.csv", [("a", 1.5), ("b", -2.5)])
        file = self.folder / "m.json"
        self.assert_ok(run("evaluate", *flags(model=folder, test_file=scores, output_file=file)))
        self.assertAlmostEqual(read_json(file)["eval_mse"], 8)

    def test_models_of_pairs_take_no_single_text(self):
        pairs = support.write_csv(self.folder / "p.csv", [("a", text, label) for text, label in self.rows],
                                  ("first", "second", "label"))
        output = self.folder / "pairs"
        self.assert_ok(run("train", *self.train_flags(
            output, train_file=pairs, text_column="first", text_pair_column="second", max_steps=1)))
        self.assert_refused(run("predict", *flags(model=output, text="a")), "pairs of texts", "--text-pair")
        answer = run("predict", *flags(model=output, text="a", text_pair="b", output_file=self.folder / "o.jsonl"))
        self.assert_ok(answer)
        self.assertEqual(len(read_jsonl(self.folder / "o.jsonl")), 1)
        self.assert_refused(run("predict", "--model", output, "--text", "a", "--text", "b", "--text-pair", "c"),
                            "1 second texts are given for 2")

    def test_unknown_tokens_are_told(self):
        rows = [("ящик " * 5 + text, label) for text, label in self.rows]
        foreign = support.write_csv(self.folder / "f.csv", rows)
        result = run("train", *self.train_flags(self.folder / "f", train_file=foreign, max_steps=1))
        self.assert_ok(result)
        self.assertRegex(result.stdout, r"unknown tokens +[\d,]+ \(\d+\.\d %\)")
        self.assertRegex(result.stdout, r"warning +\d+\.\d+ % of the tokens of train are unknown to the tokenizer")


if __name__ == "__main__":
    unittest.main()
