"""Checkpoints as other programs leave them: several sets of weights in a file, names that begin with
where the model lay in a larger one."""

import json
import struct
import unittest

import pictures
import support
from support import read_jsonl, run


class Checkpoints(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.raw, cls.average = pictures.resnet_tensors(1), pictures.resnet_tensors(2)
        cls.pictures = pictures.write_pictures(cls.shared / "pictures", 4, seed=1)
        cls.classes = pictures.write_pictures(cls.shared / "classes", 4, seed=1,
                                              kinds=("cat", "dog"))

    def write(self, name, weights):
        """A model folder whose file of weights is what torch.save writes of `weights`."""
        folder = self.folder / name
        folder.mkdir()
        for file, content in pictures.resnet_files().items():
            (folder / file).write_bytes(content)
        (folder / "pytorch_model.bin").write_bytes(pictures.torch_save(weights))
        return folder

    def answers(self, model, *more):
        lines = self.folder / "lines.jsonl"
        result = run("predict", "--model", model, "--input", self.pictures, "--output-file", lines,
                     *more)
        self.assert_ok(result)
        return [line["score"] for line in read_jsonl(lines)], result.stderr

    def test_an_average_is_taken_before_the_weights(self):
        raw, _ = self.answers(self.write("raw", self.raw))
        average, _ = self.answers(self.write("average", self.average))
        self.assertNotEqual(raw, average)
        for key, other in (("state_dict", "state_dict_ema"), ("model", "model_ema")):
            both = self.write(key, {"epoch": 3, key: self.raw, other: self.average,
                                    "optimizer": {"state": {}, "param_groups": []}})
            scores, told = self.answers(both)
            self.assertEqual(scores, average)
            self.assertIn(f'those under "{other}", others in the file are not loaded: {key} '
                          '(--weights-key chooses)', told)
            scores, told = self.answers(both, "--weights-key", key)
            self.assertEqual(scores, raw)
            self.assertNotIn("--weights-key", told)
            self.assert_refused(run("predict", "--model", both, "--input", self.pictures,
                                    "--weights-key", "teacher"), "teacher", f"{key}, {other}")
            facts = run("inspect", both).stdout
            self.assertIn(f'weights     "{other}" (--weights-key takes others: {key})', facts)
            self.assertIn("optimizer", facts)
            chosen = json.loads(run("inspect", both, "--json", "--weights-key", key).stdout)
            self.assertEqual(chosen["metadata"]["state_dict_key"], key)

    def test_a_run_keeps_its_key_for_itself(self):
        both = self.write("both", {"state_dict": self.raw, "state_dict_ema": self.average})
        output = self.folder / "output"
        result = run("train", *support.flags(
            task="image-classification", model=both, train_dir=self.classes, output_dir=output,
            weights_key="state_dict", max_steps=1, learning_rate=0, threads=1))
        self.assert_ok(result)
        # A learning rate of 0: but for the statistics of its batch norms the model is the raw one,
        # and its own folder has one set of weights.
        weights = support.read_safetensors(output / "model.safetensors")
        for name in ("classifier.1.weight", "resnet.embedder.embedder.convolution.weight"):
            values = self.raw[name][1]
            self.assertEqual(weights[name][2], struct.pack(f"<{len(values)}f", *values))
        self.answers(output)

    def test_texts_too(self):
        folder = support.write_model(self.folder / "text", id2label={"0": "no", "1": "yes"})
        (folder / "model.safetensors").unlink()
        sets = {}
        for seed, key in enumerate(("model", "model_ema")):
            tensors = support.random_tensors(support.CONFIG, seed)
            sets[key] = {f"module.model.{name}": value for name, value in tensors.items()}
            sets[key]["module.model.classifier.weight"] = ((2, 32), [1.0 - seed] * 32 + [0.2] * 32)
            sets[key]["module.model.classifier.bias"] = ((2,), [0.0, 1.0])
        (folder / "pytorch_model.bin").write_bytes(pictures.torch_save(sets))

        def score(*more):
            result = run("predict", "--model", folder, "--text", "a superb plot", *more)
            self.assert_ok(result)
            return json.loads(result.stdout)["score"], result.stderr
        average, told = score()
        self.assertIn('those under "model_ema"', told)
        self.assertIn('names are taken without "module.model."', told)
        self.assertNotEqual(score("--weights-key", "model")[0], average)
        output = self.folder / "output"
        self.train(output, model=folder, weights_key="model", max_steps=1, learning_rate=0)
        name = "embeddings.word_embeddings.weight"
        values = support.random_tensors(support.CONFIG, 0)[name][1]
        self.assertEqual(support.read_safetensors(output / "model.safetensors")["bert." + name][2],
                         struct.pack(f"<{len(values)}f", *values))

    def test_names_of_a_larger_module(self):
        raw, _ = self.answers(self.write("raw", self.raw))
        for prefix in ("model.", "module._orig_mod.", "backbone.net."):
            weights = {prefix + name: value for name, value in self.raw.items()}
            weights["criterion.weight"] = ((2,), [1.0, 2.0])
            lightning = self.write(prefix, {"state_dict": weights, "pytorch-lightning_version": "2"})
            scores, told = self.answers(lightning)
            self.assertEqual(scores, raw)
            self.assertIn("names are taken without", told)
            self.assertIn("criterion.weight", told)
        twice = {f"{who}.{name}": value for who, tensors in
                 (("student", self.raw), ("teacher", self.average))
                 for name, value in tensors.items()}
        folder = self.write("twice", twice)
        self.assert_refused(run("predict", "--model", folder, "--input", self.pictures),
                            "student., teacher.", "--weights-key")
        self.assertEqual(self.answers(folder, "--weights-key", "student")[0], raw)

    def test_preprocessing_that_nothing_states_is_told_and_can_be_said(self):
        folder = self.write("model", self.raw)
        stated, told = self.answers(folder)
        self.assertNotIn("is assumed", told)
        preprocessor = folder / "preprocessor_config.json"
        preprocessor.unlink()
        assumed, told = self.answers(folder)
        self.assertNotEqual(assumed, stated)
        self.assertIn("no preprocessor_config.json", told)
        self.assertIn("mean [0.485,0.456,0.406]", told.replace(", ", ","))
        self.assertIn("--image-mean", told)
        # The same numbers by options, of predict and of evaluate.
        said = ("--image-mean", "0.5", "--image-std", "0.25", "--image-size", "32", "--resize-size",
                "32", "--resample", "bicubic")
        by_option, told = self.answers(folder, *said)
        self.assertEqual(by_option, stated)
        self.assertNotIn("is assumed", told)
        for task in ("image-classification", "medical-image-classification"):
            results = []
            for options in (said, ()):
                output = self.folder / "results.json"
                if not options:
                    preprocessor.write_text(json.dumps(pictures.PREPROCESSOR))
                kinds = ("--data-dir", self.classes)
                self.assert_ok(run("evaluate", "--task", task, "--model", folder, *kinds, *options,
                                   "--output-file", output))
                results.append(support.read_json(output)["eval_loss"])
            preprocessor.unlink()
            self.assertEqual(*results)

    def test_a_saved_run_does_not_change_its_own_preprocessing_again(self):
        output = self.folder / "output"
        self.assert_ok(run("train", *support.flags(
            task="image-classification", model=self.write("model", self.raw), max_steps=1,
            train_dir=self.classes, output_dir=output, image_size=28, learning_rate=0, threads=1)))
        scores, told = self.answers(output)
        self.assertNotIn("is assumed", told)
        (output / "run.yaml").unlink()
        self.assertEqual(self.answers(output, "--task", "image-classification")[0], scores)

    def test_a_folder_of_timms_says_its_task_and_labels(self):
        output = self.folder / "output"
        self.assert_ok(run("train", *support.flags(
            task="image-classification", architecture="resnet20_cifar", train_dir=self.classes,
            output_dir=output, max_steps=1, threads=1)))
        folder = self.folder / "timm"
        folder.mkdir()
        (output / "model.safetensors").rename(folder / "model.safetensors")
        config = {"architecture": "resnet20_cifar", "num_classes": 2, "label_names": ["cat", "dog"],
                  "pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": 1.0}}
        (folder / "config.json").write_text(json.dumps(config))
        result = run("evaluate", "--model", folder, "--data-dir", self.classes)
        self.assert_ok(result)
        self.assertNotIn("is assumed", result.stderr)
        scores, _ = self.answers(folder)
        # Without names the folders' cannot be matched, and the way out is named and works.
        del config["label_names"]
        (folder / "config.json").write_text(json.dumps(config))
        evaluate = ("evaluate", "--model", folder, "--data-dir", self.classes)
        self.assert_refused(run(*evaluate), 'unknown class "cat"', "known labels: LABEL_0, LABEL_1",
                            "--labels names them")
        named = run(*evaluate, "--labels", "cat,dog")
        self.assertIn("taken for the labels cat, dog", named.stdout)
        # But for the lines on loading.
        self.assertEqual(named.stdout.split(" on 8 pictures")[1],
                         result.stdout.split(" on 8 pictures")[1])
        # The same weights as a tutorial saves them.
        weights = {name: (shape, list(struct.unpack(f"<{len(data) // 4}f", data)))
                   for name, (kind, shape, data) in
                   support.read_safetensors(folder / "model.safetensors").items() if kind == "F32"}
        file = self.folder / "checkpoint.pth"
        file.write_bytes(pictures.torch_save({"model_state_dict": weights, "epoch": 3,
                                              "class_to_idx": {"dog": 1, "cat": 0}}))
        lines = self.folder / "bare.jsonl"
        self.assert_ok(run("predict", "--model", file, "--architecture", "resnet20_cifar",
                           "--input", self.pictures, "--output-file", lines))
        self.assertLessEqual({line["label"] for line in read_jsonl(lines)}, {"cat", "dog"})

    def test_a_folder_of_timms(self):
        folder = self.write("timm", self.raw)
        for name in ("config.json", "preprocessor_config.json"):
            (folder / name).unlink()
        (folder / "config.json").write_text(json.dumps({
            "architecture": "vit_tiny", "num_classes": 2, "pretrained_cfg": {"mean": [0.5] * 3}}))
        self.assert_refused(run("predict", "--task", "image-classification", "--model", folder,
                                "--input", self.pictures), "timm's", "vit_tiny", "resnet50")


if __name__ == "__main__":
    unittest.main()
