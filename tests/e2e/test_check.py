"""`attune check`: what is wrong with data, before training."""

import random
import unittest

import pictures
import support
from support import flags, read_json, run, write_csv


class Check(support.TestCase):
    def check(self, *arguments, code=0, **settings):
        target = self.folder / "found.json"
        result = run("check", *flags(output_file=target, **settings), *arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        return {f["kind"]: f for f in read_json(target)["findings"]}, result


class Texts(Check):
    def test_sound_data_of_a_training_command(self):
        found, result = self.check(*self.train_flags(self.folder / "output"))
        self.assertNotIn("problem", [f["severity"] for f in found.values()])
        self.assertIn("a run would go through", result.stdout)
        self.assertFalse((self.folder / "output").exists())

    def test_rows_that_cannot_be_used(self):
        rows = [*support.sentences(20, 1), ("", "good")]
        write_csv(self.folder / "x.csv", rows)
        settings = dict(task="text-classification", train_file=self.folder / "x.csv")
        found, result = self.check(code=1, **settings)
        self.assertIn(f"{self.folder / 'x.csv'}:22: the text is empty",
                      found["cannot_be_used"]["lines"])
        self.assertIn("a run would stop", result.stdout)
        self.check(on_bad_row="skip", **settings)
        found, _ = self.check(code=1, text_column="review", **settings)
        self.assertIn("no column \"review\"", found["cannot_be_read"]["text"])

    def test_page_holds_the_texts_escaped(self):
        write_csv(self.folder / "x.csv", [*support.sentences(20, 1), ("<b>Twice</b>", "good"),
                                          ("<B>twice</b>", "bad")])
        page = self.folder / "check.html"
        found, _ = self.check(task="text-classification", train_file=self.folder / "x.csv",
                              report_file=page)
        self.assertIn("duplicates_with_other_labels", found)
        self.assertIn("&lt;b&gt;Twice&lt;/b&gt;", page.read_text())
        self.assertNotIn("<b>Twice", page.read_text())

    def test_flipped_labels_are_doubted(self):
        output = self.folder / "output"
        self.assert_ok(self.train(output))
        rows = support.sentences(200, 99)
        labels = sorted({label for _, label in rows})
        flipped = set(random.Random(1).sample(range(len(rows)), 10))
        write_csv(self.folder / "x.csv", [
            (text, labels[1 - labels.index(label)] if i in flipped else label)
            for i, (text, label) in enumerate(rows)])
        found, _ = self.check(model=output, train_file=self.folder / "x.csv",
                              task="text-classification", max_suspects=20)
        lines = {int(e["examples"][0]["source"].rsplit(":", 1)[1]) - 2
                 for e in found["suspicious_labels"]["examples"]}
        self.assertGreaterEqual(len(lines & flipped), 7)
        self.assertIn("token", str(read_json(self.folder / "found.json")["statistics"]))

    def test_folds_doubt_what_each_has_not_seen(self):
        rows = support.sentences(240, 7)
        labels = sorted({label for _, label in rows})
        flipped = set(random.Random(2).sample(range(len(rows)), 8))
        write_csv(self.folder / "x.csv", [
            (text, labels[1 - labels.index(label)] if i in flipped else label)
            for i, (text, label) in enumerate(rows)])
        output = self.folder / "folds"
        settings = dict(task="text-classification", train_file=self.folder / "x.csv", max_suspects=16)
        self.assert_ok(run("train", *self.train_flags(output, train_file=self.folder / "x.csv", folds=3, num_train_epochs=8)))
        found, _ = self.check(model=output, **settings)
        self.assertIn("each by a model that has not seen it", found["suspicious_labels"]["text"])
        lines = {int(e["examples"][0]["source"].rsplit(":", 1)[1]) - 2
                 for e in found["suspicious_labels"]["examples"]}
        self.assertGreaterEqual(len(lines & flipped), 5)
        # A model alone has learnt from the file.
        found, _ = self.check(model=output / "fold-1", **settings)
        self.assertIn("has seen these examples", found["suspicious_labels"]["text"])
        # The labels are mended, and a row is new: what was said of the others holds.
        write_csv(self.folder / "x.csv", [*rows, ("never seen before", labels[0])])
        found, _ = self.check(model=output, **settings)
        again = {int(e["examples"][0]["source"].rsplit(":", 1)[1]) - 2
                 for e in found.get("suspicious_labels", {"examples": []})["examples"]}
        self.assertLess(len(again & flipped), 4)

    def test_what_train_would_refuse_of_its_options(self):
        write_csv(self.folder / "x.csv", support.sentences(40, 1))
        rows = support.sentences(20, 2)
        write_csv(self.folder / "one.csv", [row for row in rows if row[1] == rows[0][1]])
        common = flags(task="text-classification", train_file=self.folder / "x.csv")
        one = flags(validation_file=self.folder / "one.csv")
        found, _ = self.check(*one, "--load-best-model-at-end", "--metric-for-best-model", "auroc",
                              task="text-classification", train_file=self.folder / "x.csv", code=1)
        self.assertIn("auroc", found["undefined_metric"]["text"])
        found, _ = self.check("--class-weights", "foo=2", code=1, task="text-classification",
                              train_file=self.folder / "x.csv")
        self.assertIn('no label "foo"', found["class_weights"]["text"])
        for arguments, part in (
                (["--early-stopping-patience", "2"], "validation data"),
                (["--eval-strategy", "epoch"], "needs validation data"),
                (["--warmup-steps", "2", "--warmup-ratio", "0.1"], "expected one of them")):
            self.assert_refused(run("check", *common, *arguments), part)

    def test_wrong_options(self):
        self.assert_refused(run("check", "--task", "text-classification"), "--train-file is missing")
        self.assert_refused(run("check", *self.train_flags(self.folder / "o"), "--max-show", "3"),
                            "--max-shown")


class Pictures(Check):
    def test_alike_broken_and_empty_pictures(self):
        root = pictures.write_pictures(self.folder / "photos", 6, 1)
        first = pictures.bar("upright", 1000)
        brighter = bytes(min(255, v + 8) for v in first for _ in range(3))
        (root / "lying" / "near.png").write_bytes(pictures.png_bytes(32, 32, brighter))
        (root / "lying" / "again.png").write_bytes((root / "lying" / "001.png").read_bytes())
        (root / "upright" / "empty.png").write_bytes(pictures.png_bytes(32, 32, b"\x07" * 3072))
        (root / "upright" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
        page = self.folder / "check.html"
        found, result = self.check(code=1, task="image-classification", train_dir=root,
                                   report_file=page)
        self.assertIn("broken.png", found["cannot_be_used"]["lines"][0])
        self.assertEqual([e["source"].rsplit("/", 1)[1] for e in
                          found["constant_pictures"]["examples"][0]["examples"]], ["empty.png"])
        self.assertEqual([e["source"].rsplit("/", 1)[1] for e in
                          found["duplicates_within_a_part"]["examples"][0]["examples"]],
                         ["001.png", "again.png"])
        pair = found["near_duplicates_with_other_labels"]["examples"][0]["examples"]
        self.assertEqual({e["label"] for e in pair}, {"lying", "upright"})
        self.assertIn("data:image/jpeg", page.read_text())


if __name__ == "__main__":
    unittest.main()
