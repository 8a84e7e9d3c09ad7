"""Pictures: train, evaluate and predict on small ones of our own making, as a user runs them."""

import csv
import json
import signal
import time
import unittest
from pathlib import Path

import support
from pictures import picture, write_pictures
from support import flags, read_json, read_jsonl, run, sha256


class Images(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pictures = write_pictures(cls.shared / "pictures", 32, seed=1)
        cls.held_out = write_pictures(cls.shared / "held_out", 12, seed=2)
        cls.output = cls.shared / "output"
        cls.result = run("train", *cls.image_flags(
            cls.output, validation_dir=cls.held_out, num_train_epochs=4, save_strategy="epoch",
            save_total_limit=10))
        if cls.result.returncode != 0:
            raise AssertionError(cls.result.stderr)

    @classmethod
    def image_flags(cls, output, **settings):
        defaults = dict(task="image-classification", architecture="resnet20_cifar",
                        train_dir=cls.pictures, output_dir=output, learning_rate="3e-3",
                        num_train_epochs=2, per_device_train_batch_size=16, threads=1, seed=7,
                        horizontal_flip="0.5", random_crop_padding=2)
        return flags(**{**defaults, **settings})

    def train_images(self, output, **settings):
        result = run("train", *self.image_flags(output, **settings))
        self.assert_ok(result)
        return result


class OneRun(Images):
    def test_it_learns_and_the_folder_is_complete(self):
        metrics = read_json(self.output / "metrics.json")
        self.assertGreaterEqual(metrics["eval_accuracy"], 0.9)
        self.assertNotIn("train_tokens_per_second", metrics)  # pictures have none
        names = {path.name for path in self.output.iterdir()}
        self.assertLessEqual({"config.json", "model.safetensors", "preprocessor_config.json",
                              "run.yaml", "metrics.json", "log.jsonl", "report.html"}, names)
        report = (self.output / "report.html").read_text(encoding="utf-8")
        self.assertIn("data:image/", report)
        self.assertNotIn("http://", report.replace("http://www.w3.org", ""))

    def test_evaluate_and_predict_agree_with_training(self):
        trained = read_json(self.output / "metrics.json")
        target = self.folder / "metrics.json"
        self.assert_ok(run("evaluate", "--model", self.output, "--data-dir", self.held_out,
                           "--output-file", target))
        evaluated = read_json(target)
        self.assertAlmostEqual(evaluated["eval_accuracy"], trained["eval_accuracy"])
        self.assertAlmostEqual(evaluated["eval_loss"], trained["eval_loss"], places=5)
        lines = self.folder / "lines.jsonl"
        self.assert_ok(run("predict", "--model", self.output, "--input",
                           f"{self.held_out}/*/*.png", "--output-file", lines))
        right = sum(line["label"] == Path(line["file"]).parent.name for line in read_jsonl(lines))
        self.assertAlmostEqual(right / 24, evaluated["eval_accuracy"])
        for line in read_jsonl(lines):
            self.assertAlmostEqual(sum(line["scores"].values()), 1, places=5)
        parts = self.folder / "parts.jsonl"
        self.assert_ok(run("predict", "--model", self.output, "--input",
                           f"{self.held_out}/*/*.png", "--output-file", parts,
                           "--per-device-eval-batch-size", 5))
        self.assertEqual([line["label"] for line in read_jsonl(parts)],
                         [line["label"] for line in read_jsonl(lines)])

    def test_predicts_a_manifest_and_lists(self):
        files = sorted(self.held_out.glob("*/*.png"))[:6]
        names = [str(file.relative_to(self.held_out).with_suffix("")) for file in files]
        table = self.folder / "new.csv"
        table.write_text("who;path\n" + "".join(f"p{n};{name.replace('/', chr(92))}\n"
                                                for n, name in enumerate(names + ["gone"])))
        arguments = flags(model=self.output, manifest=table, root=self.held_out, delimiter=";",
                          keep_columns="who", image_suffix=".png")
        out = self.folder / "out.csv"
        stopped = run("predict", *arguments, *flags(on_bad_row="error", output_file=out))
        self.assert_refused(stopped, "new.csv:8: there is no picture", "gone.png")
        self.assertFalse(out.exists())
        result = run("predict", *arguments, *flags(output_file=out, top_k=1))
        self.assert_ok(result)
        self.assertIn("1 of 7 pictures cannot be used", result.stderr)
        with open(out, newline="") as file:
            lines = list(csv.DictReader(file))
        self.assertEqual(list(lines[0]), ["who", "file", "label", "score", "label_1", "score_1",
                                          "error"])
        self.assertEqual([line["who"] for line in lines], [f"p{n}" for n in range(7)])
        self.assertIn("new.csv:8", lines[6]["error"])
        listed = self.folder / "list.txt"
        listed.write_text("".join(f"{file}\n" for file in files))
        by_list = run("predict", "--model", self.output, "--input", listed)
        piped = run("predict", "--model", self.output, "--input", "-", stdin=listed.read_text())
        self.assert_ok(by_list)
        self.assertEqual(piped.stdout, by_list.stdout)
        answers = [json.loads(line) for line in by_list.stdout.splitlines()]
        self.assertEqual([a["file"] for a in answers], [str(file) for file in files])
        self.assertEqual([a["label"] for a in answers], [line["label"] for line in lines[:6]])
        self.assert_refused(run("predict", *flags(model=self.output, input=listed,
                                                  keep_columns="who")), "--keep-columns")

    def test_the_same_seed_gives_the_same_bits_for_any_loader(self):
        weights = set()
        for threads in (1, 3):
            output = self.folder / f"threads-{threads}"
            self.train_images(output, loader_threads=threads)
            weights.add(sha256(output / "model.safetensors"))
        self.assertEqual(len(weights), 1)

    def test_resumes_bit_identically_after_a_kill(self):
        settings = dict(num_train_epochs=4, save_strategy="steps", save_steps=3,
                        mixup_alpha="0.2", ema_decay="0.9")
        whole, killed = self.folder / "whole", self.folder / "killed"
        self.train_images(whole, **settings)
        process = support.start("train", *self.image_flags(killed, **settings))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not list(killed.glob("checkpoint-*")):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.train_images(killed, resume_from_checkpoint="last", **settings)
        self.assertEqual(sha256(whole / "model.safetensors"), sha256(killed / "model.safetensors"))

    def test_the_task_is_told_by_the_options(self):
        self.train_images(self.folder / "output", task=None, num_train_epochs=1)
        run_yaml = (self.folder / "output" / "run.yaml").read_text(encoding="utf-8")
        self.assertIn('task: "image-classification"', run_yaml)
        self.assert_refused(run("train", *self.image_flags(
            self.folder / "other", task=None, train_dri="x")), "--train-dir")
        self.assert_refused(run("train"), "--task is missing", "medical-image-classification")

    def test_frozen_features_are_cached(self):
        output = self.folder / "features"
        self.assert_ok(run("train", *flags(
            task="image-classification", model=self.output, train_dir=self.pictures,
            validation_dir=self.held_out, output_dir=output, strategy="feature-extraction",
            learning_rate="1e-2", num_train_epochs=20, per_device_train_batch_size=16, threads=1)))
        before, after = (support.read_safetensors(folder / "model.safetensors")
                         for folder in (self.output, output))
        changed = {name for name in before if before[name] != after[name]}
        self.assertTrue(changed)
        self.assertTrue(all(name.startswith(("linear", "fc", "classifier")) for name in changed),
                        changed)
        self.assertGreaterEqual(read_json(output / "metrics.json")["eval_accuracy"], 0.9)

    def test_layer_wise_training_unfreezes_from_the_head_down(self):
        result = self.train_images(self.folder / "layers", strategy="layer-wise",
                                   num_train_epochs=3)
        self.assertIn("from epoch 2", result.stdout + result.stderr)
        self.assertIn("not reached", result.stdout + result.stderr)  # three epochs, five groups

    def test_views_of_augmented_pictures_are_cached(self):
        settings = dict(model=self.output, architecture=None, strategy="feature-extraction",
                        learning_rate="1e-2", num_train_epochs=6, augment_cache=2,
                        save_strategy="steps", save_steps=7)
        whole, killed = self.folder / "whole", self.folder / "killed"
        self.train_images(whole, validation_dir=self.held_out, **settings)
        self.assertGreaterEqual(read_json(whole / "metrics.json")["eval_accuracy"], 0.9)
        self.train_images(killed, validation_dir=self.held_out, **settings)
        (killed / "model.safetensors").unlink()
        last = sorted(killed.glob("checkpoint-*"))[-1]
        self.train_images(killed, validation_dir=self.held_out, resume_from_checkpoint=last,
                          **settings)
        self.assertEqual(sha256(whole / "model.safetensors"), sha256(killed / "model.safetensors"))
        self.assert_refused(run("train", *self.image_flags(self.folder / "no", augment_cache=2)),
                            "--augment-cache", "freezes a part")

    def test_regression_on_pictures(self):
        table = self.folder / "slant.jsonl"
        table.write_text("".join(
            json.dumps({"path": f"{kind}/{i:03}.png", "label": value}) + "\n"
            for kind, value in (("lying", -0.5), ("upright", 0.5)) for i in range(32)))
        output, target = self.folder / "output", self.folder / "metrics.json"
        source = dict(train_dir=None, manifest=table, root=self.pictures)
        self.train_images(output, **source, problem_type="regression", num_train_epochs=4,
                          validation_split="0.25")
        self.assert_ok(run("evaluate", "--model", output, "--manifest", table, "--root",
                           self.pictures, "--output-file", target))
        self.assertEqual(read_json(target)["eval_samples"], 64)
        self.assertGreater(read_json(target)["eval_pearson"], 0.8)
        result = run("predict", "--model", output, "--input", self.held_out)
        self.assert_ok(result)
        self.assert_refused(run("train", *self.image_flags(
            self.folder / "no", **source, problem_type="regression", focal_gamma=2,
            label_smoothing_factor="0.1", class_weights="balanced", balanced_sampling=True,
            input_channels=2)), "--focal-gamma", "--label-smoothing-factor", "--class-weights",
            "--balanced-sampling", "--input-channels")

    def test_several_labels_some_unknown(self):
        rows = ["path,wide,bright,other"]
        for n in range(32):
            rows.append(f"lying/{n:03}.png,1,{n % 2 or ''},0")
            rows.append(f"upright/{n:03}.png,0,{'' if n % 2 else 0},{n % 2}")
        table = self.folder / "several.csv"
        table.write_text("\n".join(rows) + "\n")
        output, target = self.folder / "output", self.folder / "metrics.json"
        self.train_images(output, train_dir=None, manifest=table, root=self.pictures,
                          label_column="wide,bright,other", focal_gamma="0.5", mixup_alpha="0.2",
                          problem_type="multi_label_classification", num_train_epochs=6)
        self.assert_ok(run("evaluate", "--model", output, "--manifest", table, "--root",
                           self.pictures, "--output-file", target))
        self.assertGreater(read_json(target)["eval_auroc"], 0.5)
        result = run("predict", "--model", output, "--input", self.held_out)
        self.assert_ok(result)
        wide = [json.loads(line)["scores"]["wide"] for line in result.stdout.splitlines()]
        self.assertGreater(min(wide[:12]), max(wide[12:]))

    def test_presets(self):
        for name in ("image-features", "image-layer-wise", "cifar"):
            with self.subTest(name):
                output = self.folder / name
                self.assert_ok(run("train", *flags(
                    preset=name, model=self.output, train_dir=self.pictures, output_dir=output,
                    num_train_epochs=1, per_device_train_batch_size=16, threads=1)))
                self.assertTrue((output / "model.safetensors").is_file())

    def test_balanced_sampling_shows_small_classes_as_often(self):
        # Pictures of one kind under two names: the head learns how often it meets each.
        folder = self.folder / "unequal"
        for label, count in (("common", 40), ("rare", 5)):
            (folder / label).mkdir(parents=True)
            for i in range(count):
                (folder / label / f"{i}.png").write_bytes(picture("lying", f"{label} {i}"))
        share = {}
        for balanced in ("false", "true"):
            output = self.folder / f"balanced-{balanced}"
            self.assert_ok(run("train", *flags(
                task="image-classification", model=self.output, train_dir=folder,
                output_dir=output, strategy="feature-extraction", learning_rate="1e-2",
                num_train_epochs=30, per_device_train_batch_size=16, threads=1,
                balanced_sampling=balanced)))
            result = run("predict", "--model", output, "--input", self.held_out / "lying")
            self.assert_ok(result)
            scores = [json.loads(line)["scores"]["rare"] for line in result.stdout.splitlines()]
            share[balanced] = sum(scores) / len(scores)
        self.assertLess(share["false"], 0.3)
        self.assertGreater(share["true"], 0.35)
        self.assert_refused(run("train", *self.image_flags(
            self.folder / "several", train_dir=None, manifest=self.several_labels(),
            root=self.pictures, problem_type="multi_label_classification",
            balanced_sampling=True)), "--balanced-sampling", "one class")

    def several_labels(self):
        table = self.folder / "several.csv"
        table.write_text("path,label\nlying/000.png,a\nupright/000.png,\"a,b\"\n"
                         "lying/001.png,b\nupright/001.png,b\n")
        return table

    def test_folds_hold_every_picture_out_once(self):
        output = self.folder / "folds"
        self.train_images(output, folds=2)
        metrics = read_json(output / "metrics.json")
        self.assertEqual((metrics["folds"], metrics["samples"]), (2, 64))
        self.assertEqual(len(metrics["eval_accuracy"]), 2)
        self.assertAlmostEqual(metrics["pooled_accuracy"], sum(metrics["eval_accuracy"]) / 2)

    def test_folds_go_on_where_they_were_killed(self):
        settings = dict(folds=3, num_train_epochs=4, save_strategy="steps", save_steps=2)
        whole, killed = self.folder / "whole", self.folder / "killed"
        # Where there is nothing yet, it starts: the same command serves before and after a kill.
        self.train_images(whole, resume_from_checkpoint="last", **settings)
        process = support.start("train", *self.image_flags(killed, **settings))
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not list((killed / "fold-2").glob("checkpoint-*")):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertFalse((killed / "fold-2" / "fold.json").exists())
        complete = support.tree(killed / "fold-1")
        self.assert_refused(run("train", *self.image_flags(
            killed, resume_from_checkpoint="last", **{**settings, "learning_rate": "1e-2"})),
            "learning_rate was 0.003, is 0.01")
        result = self.train_images(killed, resume_from_checkpoint="last", **settings)
        self.assertIn("fold 1 is complete", result.stdout + result.stderr)
        self.assertEqual(support.tree(killed / "fold-1"), complete)
        self.assertEqual(read_json(killed / "metrics.json"), read_json(whole / "metrics.json"))
        for fold in ("fold-2", "fold-3"):
            self.assertEqual(sha256(killed / fold / "model.safetensors"),
                             sha256(whole / fold / "model.safetensors"))

    def test_a_manifest_gives_splits_and_keeps_groups_whole(self):
        rows = ["path,label,patient"]
        for kind in ("lying", "upright"):
            for i in range(32):
                rows.append(f"{kind}/{i:03}.png,{kind},p{i // 4}")
        manifest = self.pictures / "manifest.csv"
        manifest.write_text("\n".join(rows) + "\n")
        self.addCleanup(manifest.unlink)
        self.train_images(self.folder / "manifest", train_dir=None, manifest=manifest,
                          group_column="patient", validation_split="0.25")
        metrics = read_json(self.folder / "manifest" / "metrics.json")
        self.assert_ok(run("evaluate", "--model", self.folder / "manifest", "--data-dir",
                           self.held_out))  # the manifest is not taken over
        self.assertEqual(metrics["eval_samples"] % 8, 0)  # two classes of four pictures a patient


class Medical(Images):
    def test_the_threshold_and_temperature_are_stored_and_used(self):
        output = self.folder / "medical"
        self.assert_ok(run("train", *self.image_flags(
            output, task="medical-image-classification", validation_split="0.5",
            test_dir=self.held_out, threshold_rule="sensitivity=0.9", bootstrap_resamples=200,
            num_train_epochs=4,
            horizontal_flip=None)))
        decision = read_json(output / "decision.json")
        self.assertGreater(decision["temperature"], 0)
        threshold = decision["operating_points"]["upright"]["threshold"]
        metrics = read_json(output / "metrics.json")
        for name in ("sensitivity", "specificity", "ppv", "npv", "auroc_low", "auroc_high"):
            self.assertIn(f"test_{name}", metrics)
        target = self.folder / "again.json"
        self.assert_ok(run("evaluate", "--model", output, "--data-dir", self.held_out,
                           "--output-file", target))
        self.assertAlmostEqual(read_json(target)["eval_sensitivity"], metrics["test_sensitivity"])
        result = run("predict", "--model", output, "--input", self.held_out)
        self.assert_ok(result)
        for line in map(json.loads, result.stdout.splitlines()):
            self.assertEqual(line["threshold"], threshold)
            found = line["scores"]["upright"] >= threshold
            self.assertEqual(line["label"], "upright" if found else "lying")
        # Accuracy is that of what is answered.
        right = [line["label"] in line["file"] for line in map(json.loads,
                                                               result.stdout.splitlines())]
        self.assertAlmostEqual(sum(right) / len(right), read_json(target)["eval_accuracy"])
        self.assertAlmostEqual(metrics["test_accuracy"], read_json(target)["eval_accuracy"])
        files = sorted((self.held_out / "lying").iterdir())[:3]
        result = run("predict", "--model", output, "--input", *files)  # a pattern without quotes
        self.assertEqual([json.loads(line)["file"] for line in result.stdout.splitlines()],
                         [str(file) for file in files])

    def test_folds_are_pooled_as_they_were_decided(self):
        output = self.folder / "folds"
        self.assert_ok(run("train", *self.image_flags(
            output, task="medical-image-classification", folds=2, threshold_rule="sensitivity=0.9",
            bootstrap_resamples=100, num_train_epochs=1, learning_rate="1e-4")))
        metrics = read_json(output / "metrics.json")
        self.assertAlmostEqual(metrics["pooled_accuracy"], metrics["eval_accuracy_mean"])
        # Another run in its place leaves nothing of it.
        self.assert_ok(run("train", *self.image_flags(
            output, task="image-classification", folds=3, num_train_epochs=1,
            overwrite_output_dir=True)))
        self.assertEqual(read_json(output / "metrics.json")["folds"], 3)
        (output / "metrics.json").unlink()
        self.assert_refused(run("train", *self.image_flags(output, folds=3)), "holds the folds")

    def test_preset(self):
        output = self.folder / "xray"
        self.assert_ok(run("train", *flags(
            preset="small-xray", train_dir=self.pictures, validation_dir=self.held_out,
            output_dir=output, max_steps=1, per_device_train_batch_size=8, threads=2,
            bootstrap_resamples=100)))
        self.assertEqual(read_json(output / "config.json")["num_channels"], 1)

    def test_without_validation_data_there_is_no_threshold(self):
        self.assert_refused(run("train", *self.image_flags(
            self.folder / "medical", task="medical-image-classification")), "--validation-split")


class BadInput(Images):
    def refuse(self, *parts, **settings):
        output = self.folder / "output"
        self.assert_refused(run("train", *self.image_flags(output, **settings)), *parts)
        self.assertFalse(output.exists())

    def test_broken_pictures_are_named_or_skipped(self):
        folder = write_pictures(self.folder / "broken", 8, seed=3)
        (folder / "lying" / "zero.png").write_bytes(b"")
        (folder / "upright" / "cut.png").write_bytes(picture("upright", 1)[:200])
        (folder / "upright" / "text.jpg").write_bytes(b"not a picture")
        self.refuse("zero.png", "cut.png", "text.jpg", train_dir=folder)
        output = self.folder / "skipped"
        self.train_images(output, train_dir=folder, on_bad_row="skip")
        listed = {Path(row["file"]).name for row in read_jsonl(output / "bad_rows.jsonl")}
        self.assertEqual(listed, {"zero.png", "cut.png", "text.jpg"})
        self.refuse("--check-images", train_dir=folder, on_bad_row="skip", check_images="false")
        result = run("evaluate", "--model", self.output, "--data-dir", folder, "--on-bad-row",
                     "skip")
        self.assert_ok(result)
        for name in listed:
            self.assertIn(name, result.stdout + result.stderr)
        result = run("predict", "--model", self.output, "--input", folder, "--on-bad-row", "skip")
        self.assert_ok(result)
        self.assertIn("3 of 19 pictures cannot be used", result.stderr)
        self.assertEqual(sum("error" in line for line in result.stdout.splitlines()), 3)

    def test_mislabelled_pictures_are_named_and_read(self):
        folder = write_pictures(self.folder / "named", 8, seed=3)
        (folder / "lying" / "000.png").rename(folder / "lying" / "000.jpg")
        result = self.train_images(self.folder / "output", train_dir=folder, num_train_epochs=1)
        self.assertIn("1 files are of another format than their names say", result.stderr)
        self.assertIn("000.jpg", result.stderr)

    def test_folders_that_are_no_data_set(self):
        one = write_pictures(self.folder / "one", 4, seed=4, kinds=("lying",))
        self.refuse("one class", train_dir=one)
        empty = write_pictures(self.folder / "empty", 4, seed=4)
        (empty / "nothing").mkdir()
        self.refuse("nothing", train_dir=empty)
        self.refuse("no-such-folder", train_dir=self.folder / "no-such-folder")

    def test_manifests(self):
        def manifest(*rows):
            path = self.folder / "manifest.csv"
            path.write_text("\n".join(rows) + "\n")
            return path
        good = ["path,label", "lying/000.png,lying", "upright/000.png,upright"]
        self.refuse("missing.png", train_dir=None, root=self.pictures,
                    manifest=manifest(*good, "missing.png,lying"))
        self.refuse("../", train_dir=None, root=self.pictures,
                    manifest=manifest(*good, "../held_out/lying/000.png,lying"))
        self.refuse("tilted", train_dir=None, root=self.pictures, labels="lying,upright",
                    manifest=manifest(*good, "lying/001.png,tilted"))
        self.refuse("patient 1", train_dir=None, root=self.pictures, group_column="patient",
                    split_column="part", manifest=manifest(
                        "path,label,patient,part", "lying/000.png,lying,patient 1,train",
                        "upright/000.png,upright,patient 2,train",
                        "lying/001.png,lying,patient 1,test"))
        self.refuse("no_such_column", train_dir=None, manifest=manifest(*good),
                    image_column="no_such_column")

    def test_options_that_do_not_fit(self):
        self.refuse("resnet21_cifar", "did you mean \"resnet20_cifar\"?",
                    architecture="resnet21_cifar")
        self.refuse("--model", architecture=None)
        self.refuse("--train-dir", manifest="x.csv")
        self.refuse("--folds", folds=2, validation_split="0.1")
        self.refuse("--horizontal-flip", horizontal_flip="1.5")


if __name__ == "__main__":
    unittest.main()
