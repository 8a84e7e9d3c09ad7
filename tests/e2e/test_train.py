"""train, evaluate, predict, inspect, tokenize and config, as a user runs them."""

import hashlib
import html
import json
import re
import shutil
import struct
import unittest
from pathlib import Path

import support
from support import flags, read_json, read_jsonl, run, sha256

# A full dump of Hugging Face's TrainingArguments.to_json_string(), as `training_args.json`.
HF_ARGUMENTS = {
    "output_dir": "./ignored", "do_train": False, "do_eval": True, "do_predict": False,
    "eval_strategy": "steps", "prediction_loss_only": False, "per_device_train_batch_size": 16,
    "per_device_eval_batch_size": 32, "gradient_accumulation_steps": 2,
    "eval_accumulation_steps": None, "eval_delay": 0, "torch_empty_cache_steps": None,
    "learning_rate": 0.003, "weight_decay": 0.01, "adam_beta1": 0.9, "adam_beta2": 0.98,
    "adam_epsilon": 1e-06, "max_grad_norm": 1.0, "num_train_epochs": 2.0, "max_steps": -1,
    "lr_scheduler_type": "cosine", "lr_scheduler_kwargs": {}, "warmup_ratio": 0.1,
    "warmup_steps": 0, "log_level": "passive", "log_level_replica": "warning",
    "log_on_each_node": True, "logging_dir": None, "logging_strategy": "steps",
    "logging_first_step": False, "logging_steps": 5, "logging_nan_inf_filter": True,
    "save_strategy": "steps", "save_steps": 5, "save_total_limit": 2, "save_safetensors": True,
    "save_on_each_node": False, "save_only_model": False, "use_cpu": True, "seed": 11,
    "data_seed": None, "jit_mode_eval": False, "bf16": False, "fp16": False,
    "bf16_full_eval": False, "fp16_full_eval": False, "tf32": None, "local_rank": -1,
    "ddp_backend": None, "tpu_num_cores": None, "debug": [], "dataloader_drop_last": False,
    "eval_steps": 5, "dataloader_num_workers": 0, "dataloader_prefetch_factor": None,
    "past_index": -1, "run_name": None, "disable_tqdm": False, "remove_unused_columns": True,
    "label_names": None, "load_best_model_at_end": True, "metric_for_best_model": "accuracy",
    "greater_is_better": True, "ignore_data_skip": False, "fsdp": [], "fsdp_min_num_params": 0,
    "fsdp_config": {"min_num_params": 0, "xla": False}, "deepspeed": None,
    "accelerator_config": {"split_batches": False, "dispatch_batches": None},
    "label_smoothing_factor": 0.0, "optim": "adamw_torch_fused", "optim_args": None,
    "group_by_length": False, "length_column_name": "length", "report_to": ["tensorboard"],
    "ddp_find_unused_parameters": None, "dataloader_pin_memory": True,
    "dataloader_persistent_workers": False, "skip_memory_metrics": True, "push_to_hub": False,
    "resume_from_checkpoint": None, "hub_model_id": None, "hub_strategy": "every_save",
    "hub_token": "<HUB_TOKEN>", "gradient_checkpointing": False,
    "gradient_checkpointing_kwargs": None, "auto_find_batch_size": False,
    "full_determinism": False, "torchdynamo": None, "ray_scope": "last", "ddp_timeout": 1800,
    "torch_compile": False, "torch_compile_backend": None, "torch_compile_mode": None,
    "include_tokens_per_second": False, "include_num_input_tokens_seen": False,
    "neftune_noise_alpha": None, "optim_target_modules": None, "batch_eval_metrics": False,
    "eval_on_start": False, "use_liger_kernel": False, "average_tokens_across_devices": True,
}


class OneRun(support.TestCase):
    """What one ordinary run leaves behind, and what the other verbs make of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.output = cls.shared / "output"
        cls.result = run("train", *cls.train_flags(
            cls, cls.output, validation_file=cls.test_file, learning_rate="5e-3",
            eval_strategy="epoch", save_strategy="steps", save_steps=10, logging_steps=5))
        if cls.result.returncode != 0:
            raise AssertionError(cls.result.stderr)
        cls.metrics = read_json(cls.output / "metrics.json")

    def predict(self, *arguments):
        result = run("predict", "--model", self.output, *arguments)
        self.assert_ok(result)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_output_folder_is_complete(self):
        names = {path.name for path in self.output.iterdir()}
        self.assertLessEqual(
            {"config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "run.yaml",
             "metrics.json", "log.jsonl", "trainer_state.json", "report.html", "checkpoint-10",
             "checkpoint-20", "checkpoint-30", "checkpoint-40"}, names)
        self.assertFalse([name for name in names if "tmp" in name])
        config = read_json(self.output / "config.json")
        self.assertEqual(config["architectures"], ["BertForSequenceClassification"])
        self.assertEqual(config["id2label"], {"0": "negative", "1": "positive"})
        self.assertEqual(config["label2id"], {"negative": 0, "positive": 1})
        self.assertEqual(config["problem_type"], "single_label_classification")

    def test_writes_tensorboard_events(self):
        events = [path for path in (self.output / "runs").rglob("events.out.tfevents.*")]
        self.assertEqual(len(events), 1)
        content = events[0].read_bytes()
        for tag in (b"brain.Event:2", b"train/loss", b"eval/accuracy"):
            self.assertIn(tag, content)

    def test_learns(self):
        self.assertGreater(self.metrics["eval_accuracy"], 0.9)
        for key in ("eval_f1", "eval_loss", "train_runtime", "train_samples_per_second",
                    "peak_rss_bytes", "train_loss"):
            self.assertGreater(self.metrics[key], 0, key)
        self.assertGreater(self.metrics["peak_rss_bytes"], 1 << 24)

    def test_logs_every_step_asked_for(self):
        log = read_jsonl(self.output / "log.jsonl")
        losses = [entry for entry in log if "loss" in entry]
        self.assertEqual([entry["step"] for entry in losses], list(range(5, 41, 5)))
        self.assertLess(losses[-1]["loss"], losses[0]["loss"] / 2)
        rates = [entry["learning_rate"] for entry in losses]
        self.assertEqual(rates, sorted(rates, reverse=True))
        evaluations = [entry for entry in log if "eval_accuracy" in entry]
        self.assertEqual([entry["step"] for entry in evaluations], [10, 20, 30, 40])
        self.assertEqual(evaluations[-1]["eval_accuracy"], self.metrics["eval_accuracy"])
        state = read_json(self.output / "trainer_state.json")
        self.assertEqual(state["log_history"], log)
        self.assertEqual((state["global_step"], state["epoch"]), (40, 4.0))

    def test_report_is_self_contained(self):
        page = (self.output / "report.html").read_text(encoding="utf-8")
        self.assertIn("</html>", page)
        loads = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?\s*(?:https?:)?//""", page)
        self.assertEqual(loads, [])
        self.assertNotIn("<link", page)
        self.assertNotIn("@import", page)
        for text in ("learning_rate", "Confusion", "alibration"):
            self.assertIn(text, page)

    def test_report_shows_mistakes_escaped(self):
        """Every label of this test set is wrong, so every text is a mistake."""
        text = "a <script>alert(1)</script> & lovely \"charming\" film"
        rows = [(f"{text} {i}", "negative") for i in range(3)]
        rows += [(f"boring clumsy film {i}", "positive") for i in range(3)]
        wrong = support.write_csv(self.folder / "wrong.csv", rows)
        output = self.folder / "output"
        self.train(output, test_file=wrong, learning_rate="5e-3", report_mistakes=10)
        page = (output / "report.html").read_text(encoding="utf-8")
        self.assertNotIn("<script>alert", page)
        shown = html.unescape(page)
        for expected, _ in rows:
            self.assertIn(expected, shown)

    def test_evaluate_measures_the_same(self):
        out = self.folder / "metrics.json"
        self.assert_ok(run("evaluate", *flags(model=self.output, test_file=self.test_file,
                                              output_file=out, threads=1)))
        again = read_json(out)
        timings = {"eval_runtime", "eval_samples_per_second"}
        in_training = {k for k in self.metrics if k.startswith("eval_")}
        self.assertEqual(in_training, set(again))
        for key in in_training - timings:
            self.assertAlmostEqual(again[key], self.metrics[key], delta=1e-5, msg=key)

    def test_predicts_each_input_in_order(self):
        texts = [text for text, _ in support.sentences(30, seed=5)]
        truth = [label for _, label in support.sentences(30, seed=5)]
        by_text = self.predict(*[part for text in texts for part in ("--text", text)])
        self.assertEqual(len(by_text), 30)
        correct = sum(line["label"] == label for line, label in zip(by_text, truth))
        self.assertGreater(correct, 27)
        for line in by_text:
            self.assertEqual(set(line["scores"]), {"negative", "positive"})
            self.assertAlmostEqual(sum(line["scores"].values()), 1, delta=1e-5)
            self.assertEqual(line["score"], max(line["scores"].values()))
            self.assertEqual(line["scores"][line["label"]], line["score"])
        columns = support.write_csv(self.folder / "x.csv", [(t,) for t in texts], ("text",))
        (self.folder / "x.txt").write_text("".join(t + "\n" for t in texts))
        for number, (name, size) in enumerate(((columns, 1), (columns, 7),
                                               (self.folder / "x.txt", 64))):
            out = self.folder / f"y{number}.jsonl"
            self.assertEqual(self.predict(*flags(input_file=name, output_file=out,
                                                 per_device_eval_batch_size=size)), [])
            lines = read_jsonl(out)
            self.assertEqual([line["label"] for line in lines],
                             [line["label"] for line in by_text])
            for line, expected in zip(lines, by_text):
                self.assertAlmostEqual(line["score"], expected["score"], delta=1e-5)

    def test_predicts_from_a_copy_elsewhere(self):
        """The saved folder needs neither the pre-trained model nor the training data."""
        shutil.copytree(self.output, self.folder / "copy",
                        ignore=shutil.ignore_patterns("checkpoint-*", "runs", "log.jsonl"))
        arguments = ("--text", "a superb lovely film")
        result = run("predict", "--model", self.folder / "copy", *arguments)
        self.assert_ok(result)
        self.assertEqual(json.loads(result.stdout), self.predict(*arguments)[0])
        self.assertEqual(json.loads(result.stdout)["label"], "positive")

    def test_predicts_with_a_checkpoint(self):
        line = run("predict", "--model", self.output / "checkpoint-40", "--text", "superb")
        self.assert_ok(line)
        self.assertEqual(json.loads(line.stdout), self.predict("--text", "superb")[0])

    def test_inspect_hashes_the_values(self):
        result = run("inspect", self.output, "--json")
        self.assert_ok(result)
        shown = {t["name"]: t for t in json.loads(result.stdout)["tensors"]}
        stored = support.read_safetensors(self.output / "model.safetensors")
        self.assertEqual(set(shown), set(stored))
        for name, (_, shape, data) in stored.items():
            self.assertEqual(shown[name]["shape"], shape)
            self.assertEqual(shown[name]["sha256"], hashlib.sha256(data).hexdigest(), name)
        plain = run("inspect", self.output)
        self.assert_ok(plain)
        for text in ("bert", "positive", "negative", "24,386"):
            self.assertIn(text, plain.stdout)
        alone = run("inspect", self.output / "model.safetensors", "--json")
        self.assert_ok(alone)
        self.assertEqual({t["name"]: t["sha256"] for t in json.loads(alone.stdout)["tensors"]},
                         {name: t["sha256"] for name, t in shown.items()})

    def test_tokenize_lines(self):
        lines = ["Superb films, loving!", "", "un<known> \u00e9 word"]
        source, out = self.folder / "lines.txt", self.folder / "ids.jsonl"
        source.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        self.assert_ok(run("tokenize", *flags(model=self.output, input_file=source,
                                              output_file=out)))
        result = read_jsonl(out)
        self.assertEqual(len(result), 3)
        vocabulary = support.VOCABULARY
        self.assertEqual(result[0]["tokens"], ["[CLS]", "superb", "film", "##s", ",", "l", "##o",
                                               "##v", "##ing", "!", "[SEP]"])
        for entry, line in zip(result, lines):
            self.assertEqual(entry["ids"], [vocabulary.index(t) for t in entry["tokens"]])
            for token, (begin, end) in zip(entry["tokens"], entry["offsets"]):
                if token not in support.SPECIAL:
                    text = line[begin:end].lower().replace("\u00e9", "e")
                    self.assertEqual(token.removeprefix("##"), text)
        self.assertEqual(result[1]["tokens"], ["[CLS]", "[SEP]"])


class Variants(support.TestCase):
    """Data formats, problem types, strategies, optimizers, schedules, settings files."""

    def weights(self, output):
        return sha256(output / "model.safetensors")

    def short(self, name, **settings):
        """A run of a few steps; returns its output folder."""
        output = self.folder / name
        self.train(output, **{**dict(max_steps=6), **settings})
        return output

    def accuracy(self, name, **settings):
        output = self.folder / name
        self.train(output, test_file=self.test_file, **settings)
        return read_json(output / "metrics.json")["test_accuracy"]

    def test_same_seed_same_bits(self):
        first = self.short("a", validation_split=0.1)
        self.assertEqual(self.weights(first), self.weights(self.short("b", validation_split=0.1)))
        other = self.short("c", validation_split=0.1, seed=8)
        self.assertNotEqual(self.weights(first), self.weights(other))

    def test_bfloat16_is_repeatable_and_close(self):
        one, two = (self.short(name, precision="bf16") for name in ("bf16", "bf16_again"))
        self.assertEqual(self.weights(one), self.weights(two))
        exact = self.short("fp32", precision="fp32")
        self.assertNotEqual(self.weights(one), self.weights(exact))
        losses = [read_json(run / "metrics.json")["train_loss"] for run in (one, exact)]
        self.assertAlmostEqual(*losses, delta=0.02)

    def test_threads_do_not_change_the_result(self):
        """To rounding: sums may be split differently among threads."""
        one = support.read_safetensors(self.short("one", precision="fp32") / "model.safetensors")
        two = support.read_safetensors(
            self.short("two", precision="fp32", threads=2) / "model.safetensors")
        for name, (_, _, data) in one.items():
            values = struct.unpack(f"<{len(data) // 4}f", data)
            for a, b in zip(values, struct.unpack(f"<{len(data) // 4}f", two[name][2])):
                self.assertAlmostEqual(a, b, delta=2e-3, msg=name)

    def test_all_data_formats_train_the_same(self):
        expected = self.weights(self.short("csv", labels="negative,positive"))
        tsv = support.write_csv(self.folder / "t.tsv", self.rows, delimiter="\t")
        bare = support.write_csv(self.folder / "b.csv", self.rows, header=None)
        semicolon = support.write_csv(self.folder / "s.csv", self.rows, delimiter=";")
        swapped = support.write_csv(self.folder / "o.csv", [(i, b, a) for i, (a, b)
                                                            in enumerate(self.rows)],
                                    ("number", "verdict", "review"))
        jsonl = support.write_jsonl(self.folder / "j.jsonl", self.rows)
        for name, settings in {
                "tsv": dict(train_file=tsv), "jsonl": dict(train_file=jsonl),
                "bare": dict(train_file=bare, columns="text,label"),
                "semicolon": dict(train_file=semicolon, delimiter=";"),
                "named": dict(train_file=swapped, text_column="review", label_column="verdict"),
        }.items():
            with self.subTest(name):
                output = self.short(name, labels="negative,positive", **settings)
                self.assertEqual(self.weights(output), expected)

    def test_folds_hold_every_text_out_once(self):
        output = self.folder / "folds"
        settings = dict(folds=2, num_train_epochs=1)
        self.train(output, **settings)
        metrics = read_json(output / "metrics.json")
        self.assertEqual((metrics["folds"], metrics["samples"]), (2, len(self.rows)))
        self.assertEqual(len(metrics["eval_accuracy"]), 2)
        self.assertAlmostEqual(metrics["pooled_accuracy"], sum(metrics["eval_accuracy"]) / 2)
        result = self.train(output, resume_from_checkpoint="last", **settings)
        for fold in ("fold 1", "fold 2"):
            self.assertIn(f"{fold} is complete", result.stdout)
        # The same rows elsewhere are the same data; other rows in their place are not.
        moved = support.write_csv(self.folder / "moved.csv", self.rows)
        result = self.train(output, resume_from_checkpoint="last", train_file=moved, **settings)
        self.assertIn("fold 2 is complete", result.stdout)
        support.write_csv(moved, [(text + " indeed", label) for text, label in self.rows])
        self.assert_refused(run("train", *self.train_flags(
            output, resume_from_checkpoint="last", train_file=moved, **settings)), "train_data was")
        self.assert_refused(run("train", *self.train_flags(
            self.folder / "both", validation_split=0.5, **settings)), "--folds", "--validation-split")

    def grouped_table(self, name, parts=True):
        """A table of 20 authors with eight texts each: 12 for training, 4 and 4 to evaluate on."""
        part_of = ["train"] * 12 + ["val"] * 4 + ["test"] * 4
        rows = [(*row, f"author {i % 20}", part_of[i % 20]) for i, row in enumerate(self.rows)]
        header = ("text", "label", "author", "part")
        if not parts:
            rows, header = [row[:3] for row in rows], header[:3]
        return support.write_csv(self.folder / name, rows, header)

    def test_a_split_column_gives_the_parts(self):
        table = self.grouped_table("all.csv")
        output = self.folder / "output"
        result = self.train(output, train_file=table, split_column="part", group_column="author")
        metrics = read_json(output / "metrics.json")
        self.assertEqual((metrics["eval_samples"], metrics["test_samples"]), (32, 32))
        self.assertEqual(metrics["global_step"], 4 * 96 // 16)
        self.assertRegex(result.stdout, r"groups +12 +4 +4\n")
        log = read_jsonl(output / "log.jsonl")
        self.assertEqual(len([entry for entry in log if "eval_accuracy" in entry]), 4)
        for split, samples in ((None, 32), ("train", 96)):
            out = self.folder / "metrics.json"
            self.assert_ok(run("evaluate", *flags(model=output, test_file=table, split=split,
                                                  output_file=out, threads=1)))
            again = read_json(out)
            self.assertEqual(again["eval_samples"], samples)
            if split is None:
                self.assertAlmostEqual(again["eval_loss"], metrics["test_loss"], delta=1e-5)
        # Another table need not have the columns.
        self.assert_ok(run("evaluate", "--model", output, "--test-file", self.test_file))
        self.assert_refused(run("train", *self.train_flags(
            self.folder / "both", train_file=table, split_column="part", validation_split=0.2)),
            "validation part already", "--validation-split")

    def test_groups_stay_whole(self):
        table = self.grouped_table("all.csv", parts=False)
        output = self.folder / "output"
        result = self.train(output, train_file=table, group_column="author", validation_split=0.2)
        self.assertEqual(read_json(output / "metrics.json")["eval_samples"], 32)
        self.assertRegex(result.stdout, r"groups +16 +4\n")
        folds = self.folder / "folds"
        result = self.train(folds, train_file=table, group_column="author", folds=2,
                            num_train_epochs=1)
        self.assertEqual(read_json(folds / "metrics.json")["samples"], len(self.rows))
        self.assertEqual(len(re.findall(r"groups +10 +10\n", result.stdout)), 2)
        other = support.write_csv(self.folder / "other.csv", [
            (text, label, "author 3") for text, label in self.rows[:4]],
            ("text", "label", "author"))
        self.assert_refused(run("train", *self.train_flags(
            self.folder / "both", train_file=table, group_column="author", test_file=other)),
            '"author 3"', "all.csv:5 is in train", "other.csv:2 is in test")

    def test_text_folders(self):
        """A folder per class reads class by class; so does a CSV in that order."""
        ordered = sorted(self.rows, key=lambda row: row[1])
        folder = support.write_class_folders(self.folder / "texts", ordered)
        lines = support.write_csv(self.folder / "ordered.csv", ordered)
        self.assertEqual(self.weights(self.short("folder", train_file=folder)),
                         self.weights(self.short("lines", train_file=lines)))

    def test_embedded_newlines_and_quotes(self):
        rows = [(f"line one {i}\nline, \"two\" {text}", label)
                for i, (text, label) in enumerate(self.rows[:40])]
        crlf = self.folder / "crlf.csv"
        support.write_csv(self.folder / "lf.csv", rows)
        crlf.write_bytes(b"\xef\xbb\xbf" + (self.folder / "lf.csv").read_bytes())
        jsonl = support.write_jsonl(self.folder / "x.jsonl", rows)
        expected = self.weights(self.short("jsonl", train_file=jsonl))
        self.assertEqual(self.weights(self.short("csv", train_file=crlf)), expected)

    def test_multi_label(self):
        rows = []
        for i, (text, label) in enumerate(self.rows):
            labels = [label] + (["long"] if len(text.split()) > 8 else [])
            rows.append((text, "|".join(labels) if i % 11 else ""))
        listed = support.write_csv(self.folder / "listed.csv", rows)
        names = ["long", "negative", "positive"]
        spread = support.write_csv(
            self.folder / "spread.csv",
            [(text, *(int(name in labels.split("|")) for name in names)) for text, labels in rows],
            ("text", *names))
        common = dict(problem_type="multi_label_classification", num_train_epochs=6,
                      learning_rate="5e-3", validation_split=0.2)
        a, b = self.folder / "a", self.folder / "b"
        self.train(a, train_file=listed, label_separator="|", **common)
        self.train(b, train_file=spread, label_column=",".join(names), **common)
        self.assertEqual(self.weights(a), self.weights(b))
        self.assertEqual(read_json(a / "config.json")["problem_type"],
                         "multi_label_classification")
        result = run("predict", "--model", a, "--text", "superb lovely charming film")
        self.assert_ok(result)
        line = json.loads(result.stdout)
        self.assertEqual(set(line["scores"]), set(names))
        self.assertGreater(line["scores"]["positive"], line["scores"]["negative"])

    def test_regression(self):
        rows = [(text, 1.5 if label == "positive" else -0.5) for text, label in self.rows]
        rows = support.write_csv(self.folder / "r.csv", rows)
        output = self.folder / "output"
        self.train(output, train_file=rows, problem_type="regression", validation_split=0.2,
                   learning_rate="5e-3", num_train_epochs=6)
        metrics = read_json(output / "metrics.json")
        self.assertGreater(metrics["eval_pearson"], 0.8)
        self.assertLess(metrics["eval_mse"], 0.6)
        result = run("predict", "--model", output, "--text", "superb lovely", "--text",
                     "boring stale")
        self.assert_ok(result)
        good, bad = (json.loads(line)["score"] for line in result.stdout.splitlines())
        self.assertGreater(good, bad + 0.5)

    def test_sentence_pairs(self):
        """The second sentence alone says the label."""
        rows = [(self.rows[-1 - i][0], text, label)
                for i, (text, label) in enumerate(self.rows)]
        names = ("first", "second", "label")
        pairs = support.write_csv(self.folder / "p.csv", rows, names)
        output = self.folder / "output"
        self.train(output, train_file=pairs, text_column="first", text_pair_column="second",
                   validation_split=0.2, learning_rate="5e-3", num_train_epochs=6)
        again = self.folder / "m.json"
        self.assert_ok(run("evaluate", *flags(model=output, test_file=pairs, output_file=again)))
        self.assertGreater(read_json(again)["eval_accuracy"], 0.9)
        lines = run("predict", "--model", output, "--input-file", pairs)
        self.assert_ok(lines)
        self.assertEqual(len(lines.stdout.splitlines()), len(rows))

    def changed(self, output):
        """Names of the encoder tensors that training changed."""
        before = support.read_safetensors(self.model / "model.safetensors")
        after = support.read_safetensors(output / "model.safetensors")
        return {name for name, (_, _, data) in before.items()  # mean pooling has no pooler
                if "bert." + name in after and after["bert." + name][2] != data}

    def test_feature_extraction_trains_the_head_alone(self):
        accuracy = self.accuracy("fe", strategy="feature-extraction", pooling="mean",
                                 learning_rate="3e-1", num_train_epochs=20)
        self.assertGreater(accuracy, 0.8)  # the encoder is random
        self.assertEqual(self.changed(self.folder / "fe"), set())
        spilled = self.accuracy("file", strategy="feature-extraction", pooling="mean",
                                learning_rate="3e-1", num_train_epochs=20, cache_limit="1KiB",
                                cache_dir=self.folder)
        self.assertEqual(spilled, accuracy)
        self.assertEqual(self.weights(self.folder / "fe"), self.weights(self.folder / "file"))
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["fe", "file"])

    def test_layer_wise_trains_from_the_head_down(self):
        one = self.short("one", strategy="layer-wise", unfreeze_every="steps",
                         unfreeze_interval=2, max_steps=5)
        names = self.changed(one)
        self.assertTrue(any(n.startswith("encoder.layer.1.") for n in names), names)
        self.assertFalse(any(n.startswith(("encoder.layer.0.", "embeddings.")) for n in names))
        self.assertGreater(self.accuracy("all", strategy="layer-wise", unfreeze_every="steps",
                                         unfreeze_interval=3, layer_lr_decay=0.9,
                                         learning_rate="5e-3"), 0.8)
        self.assertTrue(any(n.startswith("embeddings.")
                            for n in self.changed(self.folder / "all")))

    def test_train_last_and_freeze(self):
        names = self.changed(self.short("last", train_last=2))
        self.assertTrue(all(n.startswith("pooler.") for n in names) and names, names)
        names = self.changed(self.short("freeze", freeze=r"embeddings,attention\.self"))
        self.assertTrue(names)
        self.assertFalse([n for n in names if "embeddings" in n or "attention.self" in n])

    def test_pooling_survives_saving(self):
        for pooling in ("mean", "concat"):
            with self.subTest(pooling):
                accuracy = self.accuracy(pooling, pooling=pooling, learning_rate="5e-3")
                self.assertGreater(accuracy, 0.9)
                out = self.folder / f"{pooling}.json"
                self.assert_ok(run("evaluate", *flags(model=self.folder / pooling,
                                                      test_file=self.test_file, output_file=out)))
                self.assertEqual(read_json(out)["eval_accuracy"], accuracy)

    def test_every_optimizer_learns(self):
        for optim, rate in dict(adamw="5e-3", adamw_torch="5e-3", adam="5e-3", sgd="1e-1",
                                adafactor="5e-3").items():
            with self.subTest(optim):
                self.accuracy(optim, optim=optim, learning_rate=rate, pooling="mean",
                              num_train_epochs=8)
                metrics = read_json(self.folder / optim / "metrics.json")
                self.assertGreater(metrics["test_auroc"], 0.97)  # sgd's threshold still swings

    def rates(self, name, **settings):
        output = self.short(name, max_steps=10, logging_steps=1, learning_rate="1e-3", **settings)
        return [entry["learning_rate"] for entry in read_jsonl(output / "log.jsonl")
                if "loss" in entry]

    def test_every_schedule(self):
        peak = 1e-3
        linear = self.rates("linear", lr_scheduler_type="linear", warmup_steps=2)
        expected = [0, 0.5, 1] + [1 - i / 8 for i in range(1, 8)]
        for rate, share in zip(linear, expected, strict=True):
            self.assertAlmostEqual(rate, peak * share, delta=1e-9)
        self.assertEqual(self.rates("constant", lr_scheduler_type="constant"), [peak] * 10)
        for name in ("cosine", "constant_with_warmup", "polynomial", "inverse_sqrt",
                     "slanted_triangular", "one_cycle"):
            with self.subTest(name):
                rates = self.rates(name, lr_scheduler_type=name, warmup_ratio=0.2)
                self.assertEqual(len(rates), 10)
                self.assertLess(rates[0], max(rates))
                self.assertLessEqual(max(rates), peak * 1.0000001)
                self.assertEqual(rates[-1] < max(rates), name != "constant_with_warmup")

    def test_reduce_on_plateau(self):
        """A metric that never improves (accuracy of a model that does not train)."""
        rates = self.rates("plateau", lr_scheduler_type="reduce_lr_on_plateau",
                           lr_plateau_patience=1, lr_plateau_factor=0.5, eval_strategy="steps",
                           eval_steps=1, validation_file=self.test_file, freeze=".*(bert|pooler).*",
                           metric_for_best_model="accuracy", greater_is_better="true")
        self.assertEqual(rates[0], 1e-3)
        self.assertLess(rates[-1], 1e-3)

    def test_checkpoints_are_limited(self):
        output = self.short("limit", max_steps=12, save_strategy="steps", save_steps=2,
                            save_total_limit=2)
        self.assertEqual(sorted(p.name for p in output.glob("checkpoint-*")),
                         ["checkpoint-10", "checkpoint-12"])
        none = self.short("none", save_strategy="no")
        self.assertEqual(list(none.glob("checkpoint-*")), [])

    def test_best_model_is_loaded_and_kept(self):
        """The rate goes far too high after the start, so a later model is worse."""
        output = self.folder / "output"
        self.train(output, validation_file=self.test_file, eval_strategy="steps", eval_steps=5,
                   save_strategy="steps", save_steps=5, save_total_limit=1,
                   load_best_model_at_end=True, metric_for_best_model="loss",
                   lr_scheduler_type="constant", learning_rate="2e-2", num_train_epochs=6)
        log = [e for e in read_jsonl(output / "log.jsonl") if "eval_loss" in e]
        best = min(log, key=lambda e: e["eval_loss"])
        state = read_json(output / "trainer_state.json")
        self.assertEqual(state["best_metric"], best["eval_loss"])
        self.assertEqual(state["best_global_step"], best["step"])
        kept = output / f"checkpoint-{best['step']}"
        self.assertTrue(kept.is_dir())
        self.assertEqual(Path(state["best_model_checkpoint"]), kept)
        self.assertEqual(self.weights(kept), self.weights(output))
        self.assertAlmostEqual(read_json(output / "metrics.json")["eval_loss"], best["eval_loss"],
                               delta=1e-6)

    def test_validation_data_alone_asks_for_evaluation(self):
        """Without --eval-strategy a run with validation data evaluates after each epoch."""
        output = self.folder / "output"
        self.train(output, validation_file=self.test_file, load_best_model_at_end=True,
                   num_train_epochs=2)
        self.assertIsNotNone(read_json(output / "trainer_state.json")["best_metric"])

    def test_stops_early(self):
        output = self.folder / "output"
        self.train(output, validation_file=self.test_file, eval_strategy="steps", eval_steps=2,
                   save_strategy="steps", save_steps=2, load_best_model_at_end=True,
                   metric_for_best_model="accuracy", early_stopping_patience=2,
                   learning_rate=0, num_train_epochs=10)
        self.assertEqual(read_json(output / "trainer_state.json")["global_step"], 6)

    def test_accumulation_equals_the_big_batch(self):
        common = dict(max_steps=6, precision="fp32", logging_steps=1, train_file=self.train_file,
                      learning_rate="1e-3")
        model = support.write_model(self.folder / "m", hidden_dropout_prob=0.0,
                                    attention_probs_dropout_prob=0.0)
        losses = []
        for size, steps in ((12, 1), (4, 3)):
            output = self.short(f"o{size}", model=model, per_device_train_batch_size=size,
                                gradient_accumulation_steps=steps, classifier_dropout=0,
                                **common)
            losses.append([e["loss"] for e in read_jsonl(output / "log.jsonl") if "loss" in e])
        for big, small in zip(*losses, strict=True):
            self.assertAlmostEqual(big, small, delta=1e-5)

    def test_other_settings_run(self):
        for name, settings in {
                "smoothing": dict(label_smoothing_factor=0.1),
                "balanced": dict(class_weights="balanced"),
                "weights": dict(class_weights="negative=0.5,positive=2"),
                "tokens": dict(batch_tokens=128), "grouped": dict(group_by_length=True),
                "drop_last": dict(dataloader_drop_last=True, per_device_train_batch_size=48),
                "decay": dict(weight_decay=0.1, layer_lr_decay=0.5, head_learning_rate="1e-2"),
                "epochs": dict(max_steps=None, num_train_epochs=0.5),
                "truncated": dict(max_length=8), "bf16": dict(bf16=True),
                "fp32": dict(precision="fp32"), "quiet": dict(disable_tqdm=True)}.items():
            with self.subTest(name):
                output = self.short(name, **settings)
                loss = read_json(output / "metrics.json")["train_loss"]
                self.assertTrue(0 < loss < 2, loss)

    def test_presets(self):
        listed = run("config", "presets")
        self.assert_ok(listed)
        names = [line.split("/")[1] for line in listed.stdout.splitlines()
                 if line.startswith("text-classification/")]
        self.assertIn("bert", names)
        for name in names:
            with self.subTest(name):
                output = self.folder / name
                result = run("train", *flags(
                    task="text-classification", preset=name, model=self.model,
                    train_file=self.train_file, validation_file=self.test_file,
                    output_dir=output, num_train_epochs=1, max_length=48, threads=1))
                self.assert_ok(result)
                self.assertTrue((output / "model.safetensors").is_file())

    def test_settings_file_round_trip(self):
        """`config` prints what it resolved; training from that is the same run."""
        settings = dict(validation_split=0.1, max_steps=6, label_smoothing_factor=0.05,
                        layer_lr_decay=0.9, labels="negative,positive", freeze="embeddings",
                        warmup_ratio=0.1, lr_scheduler_type="cosine")
        shown = run("config", *self.train_flags(self.folder / "a", **settings))
        self.assert_ok(shown)
        file = self.folder / "run.yaml"
        file.write_text(shown.stdout)
        again = run("config", "--config", file)
        self.assert_ok(again)
        self.assertEqual(again.stdout, shown.stdout)
        self.train(self.folder / "a", **settings)
        self.assert_ok(run("train", "--config", file, "--output-dir", self.folder / "b"))
        self.assertEqual(self.weights(self.folder / "a"), self.weights(self.folder / "b"))
        saved = run("train", "--config", self.folder / "a" / "run.yaml", "--output-dir",
                    self.folder / "c")
        self.assert_ok(saved)
        self.assertEqual(self.weights(self.folder / "a"), self.weights(self.folder / "c"))

    def test_flags_beat_the_file_and_the_file_the_preset(self):
        file = self.folder / "run.yaml"
        file.write_text("task: text-classification\ntrain:\n  learning_rate: 1e-4\n  seed: 5\n")
        shown = run("config", "--preset", "bert", "--config", file, "--seed=6")
        self.assert_ok(shown)
        for line in ("learning_rate: 0.0001", "seed: 6", "weight_decay: 0.01"):
            self.assertRegex(shown.stdout, rf"(?m)^  {line}$")
        written = re.search(r"(?m)^  learning_rate: (.*)$", shown.stdout)
        self.assertEqual(float(written.group(1)), 1e-4)

    def test_hugging_face_training_arguments(self):
        file = self.folder / "training_args.json"
        file.write_text(json.dumps({**HF_ARGUMENTS, "push_to_hub": True}, indent=2))
        output = self.folder / "output"
        result = run("train", *flags(task="text-classification", config=file, model=self.model,
                                     train_file=self.train_file, validation_file=self.test_file,
                                     output_dir=output, threads=1))
        self.assert_ok(result)
        self.assertIn("push_to_hub", result.stderr)  # named as without meaning
        self.assertNotIn("hub_token", result.stdout + result.stderr)  # asks for nothing
        log = read_jsonl(output / "log.jsonl")
        self.assertEqual([e["step"] for e in log if "loss" in e], [5, 10])
        self.assertEqual([e["step"] for e in log if "eval_loss" in e], [5, 10])
        self.assertFalse((self.folder / "ignored").exists())
        settings = read_json(output / "checkpoint-10" / "settings.json")
        for name in ("learning_rate", "adam_beta2", "adam_epsilon", "weight_decay", "seed",
                     "gradient_accumulation_steps", "lr_scheduler_type", "warmup_ratio"):
            self.assertEqual(settings[name], HF_ARGUMENTS[name], name)

    def test_config_shows_schema_and_reference(self):
        schema = run("config", "schema")
        self.assert_ok(schema)
        self.assertIn("learning_rate", json.dumps(json.loads(schema.stdout)))
        reference = run("config", "reference")
        self.assert_ok(reference)
        self.assertIn("per_device_train_batch_size", reference.stdout.replace("-", "_"))

    def test_help_groups_options_by_stage(self):
        for verb in ("train", "evaluate", "predict", "inspect", "tokenize", "train-lm", "config"):
            result = run(verb, "--help")
            self.assert_ok(result)
            self.assertIn(f"attune {verb}", result.stdout)
            self.assertEqual(result.stderr, "")
        text = run("train", "--help").stdout
        places = [text.index(f"\n{stage} - ") for stage in
                  ("pretrained", "data", "adapt", "train", "eval")]
        self.assertEqual(places, sorted(places))


if __name__ == "__main__":
    unittest.main()
