"""Tables as people have them: quotes, encodings, compressed files, other formats."""

import csv
import gzip
import json
import unittest

import support
from support import flags, read_json, run


class Tables(support.TestCase):
    def short_run(self, train_file, *more):
        """A run of one step; the number of texts that it read."""
        output = self.folder / "out"
        result = run("train", *self.train_flags(output, train_file=train_file, max_steps=1,
                                                overwrite_output_dir=True), *more)
        self.assert_ok(result)
        return next(int(line.split()[-1]) for line in result.stdout.splitlines()
                    if line.startswith("examples"))

    def refused(self, train_file, more, *parts):
        self.assert_refused(run("train", *self.train_flags(self.folder / "refused",
                                                           train_file=train_file), *more), *parts)

    def write(self, name, text, encoding="utf-8"):
        (self.folder / name).write_bytes(text.encode(encoding))
        return self.folder / name

    def test_quotes_that_are_text(self):
        rows = "".join(f"text number {i}\t{'pos' if i % 2 else 'neg'}\n" for i in range(8))
        swallowed = self.write("a.tsv", "text\tlabel\n\"Not mine\tneg\na 15\"\tpos\n" + rows)
        self.refused(swallowed, [], "a.tsv:2:", "lines 2 to 3", "--quote none")
        self.assertEqual(self.short_run(swallowed, "--quote", "none"), 10)
        self.assertEqual(self.short_run(swallowed, "--quote", "double"), 9)
        unclosed = self.write("b.tsv", "text\tlabel\n" + rows + "\"Half\tneg\n")
        self.refused(unclosed, ["--on-bad-row", "skip"], "b.tsv:10:", "--quote none")
        slashes = self.write("c.csv", "text,label\n" + "".join(
            f'"say \\"{i}, {i}\\" so",{i % 2}\n' for i in range(8)))
        self.refused(slashes, [], "--quote backslash")
        self.assertEqual(self.short_run(slashes, "--quote", "backslash"), 8)

    def test_rows_left_out_are_counted_in_lines(self):
        rows = "".join(f"text {i},{'pos' if i % 2 else 'neg'}\n" for i in range(8))
        table = self.write("a.csv", 'text,label\n"one\ntwo\nthree"\n' + rows)
        self.refused(table, [], "1 of 9 rows (3 lines) cannot be used", "a.csv:2: 1 field")
        result = run("train", *self.train_flags(self.folder / "out", train_file=table, max_steps=1,
                                                on_bad_row="skip"))
        self.assert_ok(result)
        self.assertIn("1 row (3 lines) cannot be used", result.stderr)

    def test_formats(self):
        rows = [{"text": f"caf\u00e9 number {i}", "label": "pos" if i % 2 else "neg"}
                for i in range(8)]
        table = "text,label\n" + "".join(f"{r['text']},{r['label']}\n" for r in rows)
        (self.folder / "a.csv.gz").write_bytes(gzip.compress(table.encode()))
        self.assertEqual(self.short_run(self.folder / "a.csv.gz"), 8)
        self.assertEqual(self.short_run(self.write("a.json", json.dumps(rows, indent=1))), 8)
        for encoding in ("latin-1", "cp1252", "utf-16"):
            file = self.write("b.csv", table, encoding)
            self.assertEqual(self.short_run(file, "--encoding", encoding), 8)
            self.refused(file, [], "UTF-8")
        self.refused(self.write("c.csv", table), ["--encoding", "latin-1"], "the file is UTF-8")
        excel = self.write("d.csv", "sep=;\r\n" + table.replace(",", ";").replace("\n", "\r\n"))
        self.assertEqual(self.short_run(excel), 8)
        double = self.write("e.csv", table.replace("text,label", "text,label,id,id")
                            .replace("pos", "pos,1,2").replace("neg", "neg,1,2"))
        self.assertEqual(self.short_run(double), 8)
        self.refused(double, ["--group-column", "id"], "columns 3 and 4", '"id"')
        self.refused(self.write("f.parquet", "PAR1"), [], "pandas.read_parquet")

    def test_vectors_of_zero_and_one(self):
        """One model from JSON arrays, Python's lists and numpy's: the same labels by place."""
        vectors = [[int(i % 2 == 0), int(i % 3 == 0), 0] for i in range(12)]
        forms = {"json.jsonl": "".join(json.dumps({"text": f"text {i}", "label": v}) + "\n"
                                       for i, v in enumerate(vectors)),
                 "list.csv": "text,label\n" + "".join(f'text {i},"{v}"\n'
                                                      for i, v in enumerate(vectors)),
                 "numpy.csv": "text,label\n" + "".join(
                     f"text {i},[{v[0]}. {v[1]}. {v[2]}.]\n" for i, v in enumerate(vectors))}
        multi = ("--problem-type", "multi_label_classification")
        for name, text in forms.items():
            output = self.folder / "out"
            result = run("train", *self.train_flags(output, train_file=self.write(name, text),
                                                    max_steps=1, overwrite_output_dir=True), *multi,
                         "--labels", "joy,anger,fear")
            self.assert_ok(result)
            counts = [line.split()[:2] for line in result.stdout.splitlines()
                      if line.startswith(("joy ", "anger ", "fear "))]
            self.assertEqual(counts, [["joy", "6"], ["anger", "4"], ["fear", "0"]], name)
            self.assertEqual(read_json(output / "config.json")["id2label"],
                             {"0": "joy", "1": "anger", "2": "fear"})
        self.refused(self.folder / "list.csv", [], "multi_label_classification")
        semicolons = self.write("s.csv", "text,label\na,joy\nb,joy;love\nc,love;joy\nd,love\n")
        self.refused(semicolons, multi, "joy;love", "--label-separator ';'")
        self.assertEqual(self.short_run(semicolons, *multi, "--label-separator", ";"), 4)

    def test_labels_that_look_alike(self):
        table = self.write("a.csv", "text,label\na,pos\nb,Pos\nc,\u00a0pos\u200b\nd,cafe\u0301\n"
                                    "e,caf\u00e9\nf,pos\n")
        result = run("train", *self.train_flags(self.folder / "out", train_file=table, max_steps=1))
        self.assert_ok(result)
        self.assertIn('"Pos" and "pos"', result.stderr)
        self.assertEqual(read_json(self.folder / "out" / "config.json")["id2label"],
                         {"0": "Pos", "1": "caf\u00e9", "2": "pos"})
        missing = self.write("b.csv", "text,label\na,pos\nb,nan\nc,neg\nd,None\n")
        self.refused(missing, [], "b.csv:3", "b.csv:5", "--no-keep-default-na")
        self.assertEqual(self.short_run(missing, "--no-keep-default-na"), 4)
        self.assertEqual(self.short_run(missing, "--on-bad-row", "skip"), 2)

    def test_the_encoding_is_not_kept_with_the_model(self):
        table = "text,label\n" + "".join(f"caf\u00e9 {i},{i % 2}\n" for i in range(8))
        output = self.folder / "out"
        self.train(output, train_file=self.write("a.csv", table, "latin-1"), encoding="latin-1",
                   max_steps=1)
        self.assert_ok(run("evaluate", *flags(model=output, test_file=self.write("b.csv", table),
                                              output_file=self.folder / "m.json")))
        self.assertIn("eval_accuracy", read_json(self.folder / "m.json"))


class Predictions(support.TestCase):
    """What people do with predictions: files in, files out, with their own columns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.output = cls.shared / "out"
        flags_ = flags(task="text-classification", model=cls.model, train_file=cls.train_file,
                       output_dir=cls.output, learning_rate="2e-3", num_train_epochs=2, threads=1)
        result = run("train", *flags_)
        assert result.returncode == 0, result.stderr
        rows = [(f"superb lovely {i}", "good,bad" if i % 2 else "good") for i in range(12)]
        rows += [(f"tedious stale {i}", "") for i in range(4)]
        cls.multi = cls.shared / "multi"
        result = run("train", *flags(task="text-classification", model=cls.model, threads=1,
                                     train_file=support.write_csv(cls.shared / "m.csv", rows),
                                     output_dir=cls.multi, max_steps=2, threshold=0.4,
                                     problem_type="multi_label_classification"))
        assert result.returncode == 0, result.stderr

    def predict(self, model, *arguments, stdin=None):
        result = run("predict", "--model", model, *arguments, stdin=stdin)
        self.assert_ok(result)
        return [json.loads(line) for line in result.stdout.splitlines()], result.stderr

    def test_columns_go_through_to_csv_and_jsonl(self):
        rows = [("7", "superb", "x, y"), ("8", " ", "z"), ("9", "dull " * 80, 'a "q"\nb')]
        table = support.write_csv(self.folder / "in.csv", rows, ("id", "text", "label"))
        out = self.folder / "out.csv"
        _, warnings = self.predict(self.output, *flags(input_file=table, keep_columns="id,label",
                                                       output_file=out))
        self.assertIn("1 of 3 texts are longer", warnings)
        self.assertIn("1 of 3 texts cannot be used", warnings)
        with open(out, newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        self.assertEqual(list(lines[0]), ["id", "input_label", "label", "score", "score_negative",
                                          "score_positive", "truncated", "error"])
        self.assertEqual([line["id"] for line in lines], ["7", "8", "9"])
        self.assertEqual([line["input_label"] for line in lines], ["x, y", "z", 'a "q"\nb'])
        self.assertEqual([line["truncated"] for line in lines], ["false", "", "true"])
        self.assertIn("in.csv:3: the text is empty", lines[1]["error"])
        self.assertEqual((lines[1]["label"], lines[1]["score"]), ("", ""))
        answers, _ = self.predict(self.output, *flags(input_file=table, keep_columns="all"))
        self.assertEqual([a["text"] for a in answers], [row[1] for row in rows])
        for answer, line in zip(answers, lines):
            self.assertEqual(answer.get("label", ""), line["label"])
            self.assertEqual(str(answer.get("score", "")), line["score"])
        self.assertEqual(answers[2]["truncated"], True)
        self.assertNotIn("truncated", answers[0])
        self.assert_refused(run("predict", *flags(model=self.output, input_file=table,
                                                  keep_columns="ident")), '"ident"', "id, text")

    def test_standard_input(self):
        texts, _ = self.predict(self.output, "--input-file", "-", stdin="superb\ntedious, stale\n")
        self.assertEqual(len(texts), 2)
        objects, _ = self.predict(self.output, *flags(input_file="-", keep_columns="id"),
                                  stdin='{"id": {"a": 1}, "text": "superb"}\n{"text": "stale"}\n')
        self.assertEqual([o["id"] for o in objects], [{"a": 1}, None])
        self.assertEqual(objects[0]["score"], texts[0]["score"])
        table, _ = self.predict(self.output, "--input-file", "-", stdin="id,text\n1,superb\n")
        self.assertEqual(len(table), 1)
        lines, _ = self.predict(self.output, *flags(input_file="-", input_format="txt"),
                                stdin="id,text\n1,superb\n")
        self.assertEqual(len(lines), 2)

    def test_an_empty_text_is_an_error(self):
        result = run("predict", "--model", self.output, "--text", "")
        self.assert_refused(result, "the text is empty")
        self.assertIn("error", json.loads(result.stdout))
        answers, _ = self.predict(self.output, "--text", "superb", "--text", "")
        self.assertEqual(["error" in answer for answer in answers], [False, True])

    def test_several_labels_do_not_contradict_themselves(self):
        texts = ("--text", "superb lovely", "--text", "tedious stale")
        for threshold in (0.0, 0.4, 0.5, 1.0):
            answers, _ = self.predict(self.multi, *texts, "--threshold", threshold)
            for answer in answers:
                self.assertNotIn("label", answer)
                self.assertEqual(answer["labels"], [name for name, score in answer["scores"].items()
                                                    if score >= threshold])
        stored, _ = self.predict(self.multi, *texts)
        self.assertEqual(stored, self.predict(self.multi, *texts, "--threshold", 0.4)[0])
        best, _ = self.predict(self.multi, *texts, "--top-k", 1)
        for answer, full in zip(best, stored):
            self.assertEqual(list(answer["scores"].values()), [max(full["scores"].values())])
            self.assertEqual(answer["labels"], full["labels"])
        self.assert_refused(run("predict", "--model", self.output, *texts, "--threshold", 0.4),
                            "--threshold is for models of several labels")

    def test_the_threshold_counts_in_evaluation(self):
        rows = [("superb lovely", "good"), ("tedious stale", "bad,good")]
        table = support.write_csv(self.folder / "t.csv", rows)
        recalls = []
        for threshold in (0.0, 1.0):
            out = self.folder / "m.json"
            self.assert_ok(run("evaluate", *flags(model=self.multi, test_file=table,
                                                  threshold=threshold, output_file=out)))
            recalls.append(read_json(out)["eval_recall"])
        self.assertEqual(recalls, [1.0, 0.0])


if __name__ == "__main__":
    unittest.main()
