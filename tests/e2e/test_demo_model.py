"""A real pre-trained encoder (MiniLM, 6 layers) on real movie reviews: the demo's inputs."""

import csv
import json
import time
import unittest

import support
from support import DEPS, flags, read_json, read_jsonl, run

DEMO = DEPS / "demo"


@unittest.skipUnless((DEMO / "model" / "model.safetensors").exists()
                     and (DEMO / "train.csv").exists(), f"{DEMO} is not there: ./dev setup")
class DemoModel(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(DEMO / "train.csv", newline="", encoding="utf-8") as file:
            rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
        cls.small = support.write_csv(cls.shared / "small.csv", rows[::12][:320])
        cls.held_out = support.write_csv(cls.shared / "held_out.csv", rows[5::12][:64])

    def demo_flags(self, output, **settings):
        return flags(**{**dict(task="text-classification", model=DEMO / "model",
                               train_file=self.small, output_dir=output, max_length=64,
                               per_device_train_batch_size=16, learning_rate="5e-5",
                               logging_steps=1, save_strategy="no"), **settings})

    def test_starts_soon(self):
        """A loose bound for loaded machines; the bench measures it."""
        begin = time.monotonic()
        self.assert_ok(run("train", *self.demo_flags(self.folder / "o", max_steps=1)))
        self.assertLess(time.monotonic() - begin, 15)

    def test_fine_tunes_and_predicts(self):
        output = self.folder / "output"
        self.assert_ok(run("train", *self.demo_flags(
            output, num_train_epochs=1, learning_rate="1e-4", validation_file=self.held_out)))
        losses = [e["loss"] for e in read_jsonl(output / "log.jsonl") if "loss" in e]
        self.assertEqual(len(losses), 20)
        self.assertLess(sum(losses[-5:]), sum(losses[:5]) - 0.1)
        self.assertGreater(read_json(output / "metrics.json")["eval_accuracy"], 0.6)
        result = run("predict", "--model", output,
                     "--text", "A wonderful, moving film with brilliant performances.",
                     "--text", "A dull, lifeless mess. A complete waste of time.")
        self.assert_ok(result)
        good, bad = map(json.loads, result.stdout.splitlines())
        self.assertGreater(good["scores"]["positive"], bad["scores"]["positive"])

    def test_inspect(self):
        result = run("inspect", DEMO / "model", "--json")
        self.assert_ok(result)
        shown = json.loads(result.stdout)
        tensors = {t["name"]: t for t in shown["tensors"]}
        embeddings = tensors["embeddings.word_embeddings.weight"]
        self.assertEqual((embeddings["dtype"].upper(), embeddings["shape"]), ("F32", [30522, 384]))
        layers = {name.split(".")[2] for name in tensors if name.startswith("encoder.layer.")}
        self.assertEqual(layers, set("012345"))

    def test_bare_encoder_can_not_predict(self):
        result = run("predict", "--model", DEMO / "model", "--text", "x")
        self.assert_refused(result, "head", "attune train")


if __name__ == "__main__":
    unittest.main()
