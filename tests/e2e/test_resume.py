"""A run that is killed at any moment and resumed ends with the same bits as one that was not."""

import random
import re
import shutil
import signal
import time
import unittest

import support
from support import read_json, read_jsonl, run, sha256, start

TIMING = re.compile(r"(runtime|_per_second|peak_rss_bytes)$")


def without_timing(entry):
    return {key: value for key, value in entry.items() if not TIMING.search(key)}


def steps_saved(output):
    """Steps of the checkpoints that are there under their final names."""
    return sorted(int(path.name.split("-")[1]) for path in output.glob("checkpoint-*"))


def wait_for(condition, process, seconds=60):
    """Waits until the condition holds or the process has ended."""
    end = time.monotonic() + seconds
    while process.poll() is None and not condition():
        if time.monotonic() > end:
            process.kill()
            raise AssertionError("nothing happened within %d s" % seconds)
        time.sleep(0.002)


class Resume(support.TestCase):
    SAVE_OFTEN = dict(save_strategy="steps", save_steps=1, save_total_limit=2)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.train_file = support.write_csv(cls.shared / "few.csv", support.sentences(43, seed=4))
        cls.test_file = support.write_csv(cls.shared / "eval.csv", support.sentences(12, seed=6))

    def common(self, **settings):
        return {**dict(per_device_train_batch_size=6, num_train_epochs=3, logging_steps=1),
                **settings}

    def outcome(self, output):
        """All that a run's result consists of, its times and its folder's name left out."""
        last = steps_saved(output)[-1]
        checkpoint = output / f"checkpoint-{last}"
        state = read_json(output / "trainer_state.json")
        state["log_history"] = [without_timing(entry) for entry in state["log_history"]]
        state["attune"].pop("seconds")
        state["best_model_checkpoint"] = str(state["best_model_checkpoint"]).split("/")[-1]
        return {
            "model": sha256(output / "model.safetensors"),
            "last step": last,
            "model of the checkpoint": sha256(checkpoint / "model.safetensors"),
            "optimizer": sha256(checkpoint / "optimizer.safetensors"),
            "settings": read_json(checkpoint / "settings.json"),
            "log": [without_timing(e) for e in read_jsonl(output / "log.jsonl")],
            "state": state,
            "metrics": without_timing(read_json(output / "metrics.json")),
            "files": sorted(p.name for p in output.iterdir()),
        }

    def assert_same(self, output, reference):
        result, expected = self.outcome(output), self.outcome(reference)
        for part, value in expected.items():
            self.assertEqual(result[part], value, part)

    def kill_until_done(self, output, kills, seed, **settings):
        """Kills a run `kills` times, each time soon after it has got further, then lets it end."""
        generator = random.Random(seed)
        arguments = self.train_flags(output, **settings)
        for number in range(kills):
            before = steps_saved(output)
            target = (before[-1] if before else 0) + generator.randint(1, 4)
            resume = ["--resume-from-checkpoint", "last"] if before else []
            if not before and output.exists():
                shutil.rmtree(output)  # killed before the first checkpoint: begin anew
            process = start("train", *arguments, *resume)
            wait_for(lambda: (steps_saved(output) or [0])[-1] >= target, process)
            time.sleep(generator.random() * 0.04)
            process.send_signal(signal.SIGKILL)
            self.assertEqual(process.wait(), -signal.SIGKILL, "the run ended before it was killed")
        result = run("train", *arguments, "--resume-from-checkpoint", "last")
        self.assert_ok(result)
        self.assertIn("resuming from", result.stdout)

    def check_killed(self, kills=3, seed=1, **settings):
        settings = self.common(**self.SAVE_OFTEN, **settings)
        self.train(self.folder / "whole", **settings)
        self.kill_until_done(self.folder / "killed", kills, seed, **settings)
        self.assert_same(self.folder / "killed", self.folder / "whole")

    def test_killed_with_dropout_and_adamw(self):
        self.check_killed(kills=4, weight_decay=0.01, warmup_ratio=0.2)

    def test_killed_with_gradient_accumulation(self):
        """The last update of an epoch has fewer batches, the last batch fewer rows."""
        self.check_killed(seed=2, gradient_accumulation_steps=3, num_train_epochs=5,
                          label_smoothing_factor=0.1)

    def test_killed_layer_wise(self):
        self.check_killed(seed=3, strategy="layer-wise", unfreeze_every="steps",
                          unfreeze_interval=3, layer_lr_decay=0.8,
                          lr_scheduler_type="slanted_triangular")

    def test_killed_with_frozen_features(self):
        self.check_killed(seed=4, strategy="feature-extraction", pooling="mean",
                          learning_rate="1e-2", classifier_dropout=0.1)

    def test_killed_while_looking_for_the_best(self):
        """Evaluation, best model, plateau schedule and TensorBoard go on where they were."""
        self.check_killed(seed=5, validation_file=self.test_file, eval_strategy="steps",
                          eval_steps=2, load_best_model_at_end=True, learning_rate="1e-2",
                          metric_for_best_model="loss", lr_scheduler_type="reduce_lr_on_plateau",
                          lr_plateau_patience=1, early_stopping_patience=20, optim="adafactor")

    def test_killed_with_momentum_and_token_batches(self):
        self.check_killed(kills=2, seed=6, optim="sgd", batch_tokens=70, learning_rate="1e-1",
                          group_by_length=True, precision="fp32")

    def test_killed_in_bfloat16(self):
        self.check_killed(kills=2, seed=7, precision="bf16")

    def check_signal(self, number, status):
        settings = self.common(save_strategy="steps", save_steps=10_000)
        settings["num_train_epochs"] = 12
        whole, stopped = self.folder / "whole", self.folder / "stopped"
        self.train(whole, **settings)
        process = start("train", *self.train_flags(stopped, **settings))
        log = stopped / "log.jsonl"
        wait_for(lambda: log.exists() and log.read_bytes().count(b"\n") >= 3, process)
        process.send_signal(number)
        self.assertEqual(process.wait(60), status)
        saved = steps_saved(stopped)
        self.assertEqual(len(saved), 1)
        self.assertLess(saved[0], 12 * 8)
        self.assertFalse((stopped / "metrics.json").exists())
        result = run("train", *self.train_flags(stopped, **settings),
                     "--resume-from-checkpoint", "last")
        self.assert_ok(result)
        self.assertEqual(steps_saved(stopped), saved + [96])
        shutil.rmtree(stopped / f"checkpoint-{saved[0]}")
        self.assert_same(stopped, whole)

    def test_sigterm_saves_and_exits_143(self):
        self.check_signal(signal.SIGTERM, 143)

    def test_sigint_saves_and_exits_130(self):
        self.check_signal(signal.SIGINT, 130)

    def test_resumes_from_a_named_checkpoint(self):
        settings = self.common(save_strategy="steps", save_steps=5)
        self.train(self.folder / "whole", **settings)
        output = self.folder / "again"
        shutil.copytree(self.folder / "whole", output)
        self.train(output, **settings, resume_from_checkpoint=output / "checkpoint-10")
        self.assert_same(output, self.folder / "whole")

    def test_resuming_a_finished_run_changes_nothing(self):
        settings = self.common(**self.SAVE_OFTEN, validation_file=self.test_file)
        output = self.folder / "output"
        self.train(output, **settings)
        before = self.outcome(output)
        self.train(output, **settings, resume_from_checkpoint="last")
        after = self.outcome(output)
        self.assertEqual(after["model"], before["model"])
        self.assertEqual(after["metrics"], before["metrics"])


class Refusals(support.TestCase):
    """What a run can not be resumed from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.train_file = support.write_csv(cls.shared / "few.csv", support.sentences(24, seed=4))
        cls.finished = cls.shared / "finished"
        cls.settings = dict(per_device_train_batch_size=8, max_steps=4, save_strategy="steps",
                            save_steps=2)
        result = run("train", *cls.train_flags(cls, cls.finished, **cls.settings))
        if result.returncode != 0:
            raise AssertionError(result.stderr)

    def setUp(self):
        super().setUp()
        self.output = self.folder / "output"
        shutil.copytree(self.finished, self.output)
        self.last = self.output / "checkpoint-4"

    def resume(self, checkpoint="last", **changes):
        return run("train", *self.train_flags(self.output, **{
            **self.settings, "resume_from_checkpoint": checkpoint, **changes}))

    def refused(self, *parts, **arguments):
        before = support.tree(self.output)
        self.assert_refused(self.resume(**arguments), *parts)
        self.assertEqual(support.tree(self.output), before)

    def test_changed_setting(self):
        self.refused("learning_rate", "0.001", "0.002", learning_rate="1e-3",
                     checkpoint=self.output / "checkpoint-2")

    def test_all_changed_settings_are_named(self):
        self.refused("optim", "seed", "gradient_accumulation_steps", optim="adam", seed=8,
                     gradient_accumulation_steps=2)

    def test_changed_model_settings(self):
        for name, changes in {"classifier_dropout": dict(classifier_dropout=0.5),
                              "pooling": dict(pooling="mean"),
                              "train_data": dict(labels="positive,negative")}.items():
            with self.subTest(name):
                self.refused(name, **changes)

    def test_changed_data(self):
        swapped = {"negative": "positive", "positive": "negative"}
        for name, rows in {"longer texts": support.sentences(24, seed=9),
                           "other labels": [(text, swapped[label]) for text, label
                                            in support.sentences(24, seed=4)],
                           "other words": [(text.replace("the", "this"), label) for text, label
                                           in support.sentences(24, seed=4)]}.items():
            with self.subTest(name):
                file = support.write_csv(self.folder / "other.csv", rows)
                self.refused("train_data", train_file=file)

    def test_damaged_checkpoint(self):
        for name in ("model.safetensors", "optimizer.safetensors", "trainer_state.json",
                     "settings.json", "config.json"):
            path = self.last / name
            content = path.read_bytes()
            middle = len(content) // 2
            for damage, broken in {
                    "a bit": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:],
                    "cut": content[:-1], "missing": None}.items():
                with self.subTest(f"{name}: {damage}"):
                    path.unlink()
                    if broken is not None:
                        path.write_bytes(broken)
                    self.refused(path)
                    path.write_bytes(content)

    def test_damaged_manifest(self):
        path = self.last / "manifest.json"
        for text in ("", "{", "[]", "{}", '{"files": {"../../x": {"size": 1, "sha256": ""}}}',
                     '{"files": 3}'):
            with self.subTest(text):
                path.write_text(text)
                self.refused("checkpoint-4")

    def test_no_checkpoint(self):
        self.refused("checkpoint-9", checkpoint=self.output / "checkpoint-9")
        for folder in ("checkpoint-2", "checkpoint-4"):
            shutil.rmtree(self.output / folder)
        self.refused("no checkpoint")

    def test_new_run_in_the_folder_of_another(self):
        self.refused("another run", "--resume-from-checkpoint", "--overwrite-output-dir",
                     checkpoint=None)

    def test_overwriting_is_possible(self):
        (self.output / "notes.txt").write_text("mine")
        result = self.resume(checkpoint=None, overwrite_output_dir=True, max_steps=2)
        self.assert_ok(result)
        self.assertEqual((self.output / "notes.txt").read_text(), "mine")
        self.assertEqual(steps_saved(self.output), [2])


if __name__ == "__main__":
    unittest.main()
