"""Bad input: one clear error that names file, line or tensor; exit 2; nothing half written."""

import json
import os
import resource
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

import pictures
import support
from support import flags, raw_safetensors, read_jsonl, run, write_csv


class BadInput(support.TestCase):
    """`refused_*` run a verb and hold the folder to what it was before."""

    def setUp(self):
        super().setUp()
        self.output = self.folder / "output"

    def refused(self, verb, arguments, *parts, **options):
        before = support.tree(self.folder)
        result = run(verb, *arguments, **options)
        self.assert_refused(result, *parts)
        self.assertEqual(support.tree(self.folder), before)
        return result

    def refused_train(self, *parts, options=None, **settings):
        arguments = self.train_flags(self.output, **{**dict(max_steps=2), **settings})
        return self.refused("train", arguments, *parts, **(options or {}))

    def data(self, content, name="bad.csv"):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


class Flags(BadInput):
    def test_unknown_flag_offers_the_nearest(self):
        self.refused("train", [*self.train_flags(self.output), "--lerning-rate", "1"],
                     "--lerning-rate", "--learning-rate")

    def test_unknown_flag_of_every_verb(self):
        for verb in ("evaluate", "predict", "tokenize"):
            with self.subTest(verb):
                self.refused(verb, ["--modle", "x"], "--modle", "--model")
        self.refused("inspect", [self.model, "--jsn"], "--jsn", "--json")

    def test_unknown_verb(self):
        self.refused("tran", [], "tran", "train")
        self.assertEqual(run().returncode, 2)

    def test_unknown_task_and_preset(self):
        self.refused("train", flags(task="text-clasification"), "text-clasification",
                     "text-classification")
        self.refused("train", flags(task="text-classification", preset="brt"), "brt", "bert")

    def test_values_out_of_range_all_at_once(self):
        self.refused_train("--learning-rate", "-1", "--num-train-epochs",
                           "--per-device-train-batch-size", "--adam-beta1", "--optim", "adamv",
                           "adamw", learning_rate=-1, num_train_epochs=0,
                           per_device_train_batch_size=0, adam_beta1=1, optim="adamv")

    def test_values_of_another_type(self):
        for name, value in dict(learning_rate="fast", max_steps="2.5", seed="0x1f", threads="two",
                                validation_split="10%", max_length="12x", weight_decay="nan",
                                warmup_ratio="inf", save_total_limit=10**30,
                                load_best_model_at_end="maybe").items():
            with self.subTest(name):
                flag = "--" + name.replace("_", "-")
                self.refused("train", [*self.train_flags(self.output), f"{flag}={value}"], flag,
                             value)

    def test_flag_without_a_value(self):
        self.refused("train", [*self.train_flags(self.output), "--seed"], "--seed")

    def test_missing_settings_all_at_once(self):
        self.refused("train", flags(task="text-classification"), "--model", "--train-file",
                     "--output-dir")
        self.refused("evaluate", [], "--test-file")
        self.refused("predict", flags(model=self.model), "--text", "--input-file")
        self.refused("tokenize", [], "--model", "--input-file", "--output-file")

    def test_settings_that_contradict_each_other(self):
        self.refused_train("--validation-file", "--validation-split", validation_split=0.1,
                           validation_file=self.test_file)
        self.refused_train("eval-strategy", eval_strategy="epoch")
        self.refused_train("early_stopping", early_stopping_patience=2)

    @unittest.skipIf(Path("/dev/nvidiactl").exists(), "this machine has a GPU")
    def test_cuda_without_a_gpu(self):
        device = ["--device", "cuda"]
        self.refused("train", [*self.train_flags(self.output), *device], "--device cuda", "NVIDIA")
        self.refused("evaluate", [*flags(model=self.model, test_file=self.test_file), *device],
                     "--device cuda", "NVIDIA")
        self.refused("predict", [*flags(model=self.model, text="good"), *device], "--device cuda",
                     "NVIDIA")
        self.refused("train", [*self.train_flags(self.output), "--device", "gpu"], "--device",
                     "cuda")

    def test_settings_file(self):
        for content, parts in {
                "train:\n  learning_rat: 1\n  seed: x\n": ("run.yaml:2", "learning_rate",
                                                         "run.yaml:3", "seed"),
                "train:\n  seed: 1\n  seed: 2\n": ("run.yaml:3", "seed"),
                "train: [\n": ("run.yaml",), "- a\n": ("run.yaml",),
                "train:\n  seed: -3\n": ("run.yaml:2", "seed", "-3")}.items():
            with self.subTest(content):
                file = self.data(content, "run.yaml")
                self.refused_train(*parts, config=file)
        self.refused_train("run.json", config=self.data('{"seed": ', "run.json"))
        self.refused_train("absent.yaml", config=self.folder / "absent.yaml")

    def test_metric_that_is_not_measured(self):
        """Known before training: a run must not end after its first epoch for it."""
        self.refused_train("--metric-for-best-model", "nonsense", "accuracy", num_train_epochs=1,
                           validation_file=self.test_file, eval_strategy="epoch",
                           metric_for_best_model="nonsense", load_best_model_at_end=True,
                           max_steps=None)

    def test_freeze_pattern(self):
        self.refused_train("freeze", "(", freeze="(")
        self.refused_train("freeze", "no_such", freeze="no_such")

    def test_class_weights(self):
        self.refused_train("class", "neutral", class_weights="neutral=1,positive=1")
        self.refused_train("class", "heavy", class_weights="positive=heavy,negative=1")

    def test_max_length_beyond_the_model(self):
        self.refused_train("--max-length", "65", "64", max_length=65)


class WithoutEffect(BadInput):
    """An option that the given input cannot use says which input it is for."""

    def test_options_that_need_others(self):
        self.refused_train("--momentum has no effect without --optim sgd",
                           "--eval-steps has no effect without --eval-strategy steps",
                           momentum=0.9, eval_steps=3)
        self.refused_train("--metric-for-best-model has no effect without --eval-strategy",
                           metric_for_best_model="accuracy")
        settings = self.data("train: {momentum: 0.9, optim: adamw, lr_end: 1e-3}\n", "run.yaml")
        self.refused_train("--lr-end has no effect without --lr-scheduler-type polynomial",
                           config=settings)

    def test_columns_of_what_is_no_table(self):
        for label in ("good", "bad"):
            (self.folder / "texts" / label).mkdir(parents=True)
            (self.folder / "texts" / label / "1.txt").write_text(label)
        for option in ("text_column", "label_column", "group_column", "split_column", "delimiter"):
            with self.subTest(option):
                self.refused_train("--" + option.replace("_", "-"),
                                   "a folder with a folder of texts per class", train_file=self.folder / "texts", **{option: "x"})
        self.refused("predict", flags(model=self.model, text="a", text_column="x"),
                     "--text-column is for a CSV or TSV table", "texts on the command line")
        self.refused_train("--columns is for a CSV or TSV table", columns="a,b",
                           train_file=self.data('{"text": "a", "label": "b"}\n', "x.jsonl"))

    def test_several_labels(self):
        self.refused_train("--label-separator is for several labels", label_separator=";")

    def test_pictures(self):
        root = pictures.write_pictures(self.folder / "photos", 3, 1)
        train = dict(task="medical-image-classification", architecture="resnet18",
                     train_dir=root, output_dir=self.output, validation_split=0.4)
        for option in ("image_column", "label_column", "group_column", "subgroup_column"):
            with self.subTest(option):
                self.refused("train", flags(**train, **{option: "x"}),
                             "--" + option.replace("_", "-"), "a folder of pictures with a folder per class")
        for options in (dict(frame_index=0), dict(slice_index=3),
                        dict(window_center=40, window_width=400)):
            with self.subTest(options):
                self.refused("train", flags(**train, **options),
                             "--" + next(iter(options)).replace("_", "-"), "plain pictures")
        self.refused("train", flags(**train, group_by_length=True), "--group-by-length",
                     "pictures, which are of one size")

    def test_a_part_of_data_without_parts(self):
        self.assert_ok(self.train(self.output, max_steps=1))
        self.refused("evaluate", flags(model=self.output, test_file=self.test_file,
                                       split="train"),
                     "--split is for data that say what is for training")


class Data(BadInput):
    GOOD_ROWS = "text,label\na lovely film,positive\na boring film,negative\n"

    def refused_data(self, content, *parts, name="bad.csv", **settings):
        path = self.data(content, name)
        return self.refused_train(path.name, *parts, train_file=path, **settings)

    def test_missing_file(self):
        self.refused_train("absent.csv", train_file=self.folder / "absent.csv")
        self.refused_train("absent.csv", validation_file=self.folder / "absent.csv")
        self.refused_train("absent.csv", test_file=self.folder / "absent.csv")

    def test_missing_column(self):
        self.refused_data("review,label\nfine,a\nbad,b\n", "text", "review")
        self.refused_data("text,stars\nfine,a\nbad,b\n", "label", "stars")
        self.refused_data(self.GOOD_ROWS, "verdict", "label", label_column="verdict")
        self.refused_data('{"text": "x", "lable": "a"}\n', "label", "lable", name="bad.jsonl")
        self.refused_data('{"text": "x", "label": "a"}\n{"text": "y", "lable": "b"}\n',
                          "bad.jsonl:2", "label", name="bad.jsonl")

    def test_empty_file(self):
        self.refused_data("", "empty")
        self.refused_data("", "empty", name="bad.jsonl")
        self.refused_data("text,label\n", "no rows")
        (self.folder / "classes").mkdir()
        self.refused_train("classes", train_file=self.folder / "classes")

    def test_unknown_ending(self):
        self.refused_data(self.GOOD_ROWS, ".xlsx", ".jsonl", name="bad.xlsx")

    def test_invalid_utf8_names_the_line(self):
        self.refused_data(b"text,label\nfine,a\ncaf\xe9,b\n", "bad.csv:3", "UTF-8")
        self.refused_data(b'{"text": "x", "label": "a"}\n{"text": "caf\xe9", "label": "b"}\n',
                          "bad.jsonl:2", "UTF-8", name="bad.jsonl")
        self.refused_data("text,label\nfine,a\nbad,b\n".encode("utf-16"), "UTF-8")

    def test_malformed_rows(self):
        self.refused_data("text,label\nfine,a\nbad\nok,b,c\n", "bad.csv:3", "bad.csv:4")
        self.refused_data('text,label\nfine,a\n"never closed,b\n', "bad.csv:3")
        self.refused_data('{"text": "x", "label": "a"}\n{"text": \n[1]\n', "bad.jsonl:2",
                          "bad.jsonl:3", name="bad.jsonl")

    def test_unknown_label_in_validation(self):
        other = self.data("text,label\nfine,positive\nhm,neutral\n")
        self.refused_train("bad.csv:3", "neutral", "negative", "positive", validation_file=other)
        self.refused_train("bad.csv:3", "neutral", test_file=other)

    def test_one_class_only(self):
        self.refused_data("text,label\nfine,a\nbad,a\n", "\"a\"", "two")

    def test_decimal_labels(self):
        self.refused_data("text,label\nfine,0.5\nbad,1.25\n", "bad.csv:2", "0.5", "regression")

    def test_labels_that_are_no_numbers(self):
        self.refused_data("text,label\nfine,0.5\nbad,high\nhm,nan\n", "bad.csv:3", "high",
                          "bad.csv:4", problem_type="regression")

    def test_empty_text(self):
        self.refused_data("text,label\nfine,a\n   ,b\n,a\nbad,b\n", "bad.csv:3", "bad.csv:4",
                          "--on-bad-row skip", "empty")

    def test_all_bad_rows_are_listed(self):
        rows = [f"{'' if i % 3 else 'text'},{'a' if i % 2 else 'b'}" for i in range(12)]
        result = self.refused_data("text,label\n" + "\n".join(rows) + "\n", "8 of 12")
        for i in range(12):
            (self.assertIn if i % 3 else self.assertNotIn)(f"bad.csv:{i + 2}:", result.stderr)

    def test_bad_rows_are_skipped_and_listed_in_a_file(self):
        content = self.GOOD_ROWS + "a superb film,positive\n,negative\nshort\nugly,negative\n"
        path = self.data(content)
        result = run("train", *self.train_flags(self.output, train_file=path, max_steps=2,
                                                on_bad_row="skip"))
        self.assert_ok(result)
        self.assertIn("2 rows", result.stdout + result.stderr)
        self.assertIn("bad_rows.jsonl", result.stdout + result.stderr)
        listed = read_jsonl(self.output / "bad_rows.jsonl")
        self.assertEqual([(row["file"], row["line"]) for row in listed],
                         [(str(path), 5), (str(path), 6)])
        self.assertTrue(all(row["reason"] for row in listed))

    def test_nothing_left_after_skipping(self):
        self.refused_data("text,label\n,a\n,b\n", "none", on_bad_row="skip")

    def test_validation_split_too_small(self):
        path = self.data(self.GOOD_ROWS)
        self.refused_train("--validation-split", train_file=path, validation_split=0.1)

    def test_column_twice(self):
        self.refused_data("text,text,label\na,b,c\nd,e,f\n", "text", "both named")


class Model(BadInput):
    def setUp(self):
        super().setUp()
        self.copy = self.folder / "model"
        shutil.copytree(self.model, self.copy)

    def config(self, **changes):
        config = {**support.CONFIG, **changes}
        (self.copy / "config.json").write_text(json.dumps(
            {key: value for key, value in config.items() if value is not ...}))

    def refused_model(self, *parts):
        self.refused_train(*parts, model=self.copy)

    def test_missing_model_and_files(self):
        self.refused_train("absent", model=self.folder / "absent")
        for name in ("config.json", "model.safetensors", "vocab.txt"):
            with self.subTest(name):
                (self.copy / name).rename(self.folder / "aside")
                self.refused_model(name)
                (self.folder / "aside").rename(self.copy / name)

    def test_model_that_is_not_in_the_cache(self):
        self.refused_train("someone/something", model="someone/something",
                           options=dict(env={"HF_HOME": str(self.folder / "cache")}))

    def test_tokenizer_larger_than_the_embedding_table(self):
        with open(self.copy / "vocab.txt", "a", encoding="utf-8") as file:
            file.write("onemore\ntwomore\n")
        size = len(support.VOCABULARY)
        self.refused_model(str(size + 2), str(size), "embedding")

    def test_tokenizer_that_is_damaged(self):
        (self.copy / "vocab.txt").write_text("the\nfilm\n")
        self.refused_model("vocab.txt", "[UNK]")
        for text in ("", "{", "[]", '{"model": 3}', '{"version": "1.0", "model": {"type": "X"}}'):
            with self.subTest(text):
                (self.copy / "tokenizer.json").write_text(text)
                self.refused_model("tokenizer.json")

    def test_config_of_another_family(self):
        self.config(model_type="gpt2", architectures=["GPT2LMHeadModel"])
        self.refused_model("config.json", "gpt2", "bert")
        self.config(model_type=...)
        self.refused_model("config.json", "model_type")

    def test_config_that_is_not_json(self):
        for text in ("", "{", "[1]", "\x00", '{"model_type": "bert", "hidden_size": "many"}'):
            with self.subTest(text):
                (self.copy / "config.json").write_text(text)
                self.refused_model("config.json")

    def test_config_with_impossible_sizes(self):
        for changes in (dict(hidden_size=0), dict(hidden_size=-32), dict(hidden_size=31),
                        dict(num_attention_heads=0), dict(num_attention_heads=3),
                        dict(num_hidden_layers=10**9), dict(vocab_size=2**62),
                        dict(vocab_size=0), dict(max_position_embeddings=0),
                        dict(intermediate_size=10**12), dict(hidden_size=1e300),
                        dict(type_vocab_size=0), dict(hidden_dropout_prob=1.5),
                        dict(layer_norm_eps=-1), dict(hidden_act="swish-3"),
                        dict(position_embedding_type="rotary"), dict(hidden_size=32.5)):
            with self.subTest(str(changes)):
                self.config(**changes)
                self.refused_model("config.json", next(iter(changes)))

    def test_config_that_does_not_match_the_weights(self):
        self.config(intermediate_size=128)
        self.refused_model("encoder.layer.0.intermediate.dense.weight", "64", "128")
        self.config(num_hidden_layers=3)
        self.refused_model("encoder.layer.2.")

    def weights(self, content):
        (self.copy / "model.safetensors").write_bytes(content)

    def test_truncated_weights(self):
        content = (self.copy / "model.safetensors").read_bytes()
        for size in (0, 4, 8, 100, len(content) // 2, len(content) - 1):
            with self.subTest(size):
                self.weights(content[:size])
                self.refused_model("model.safetensors")
        self.weights(content + b"more")
        self.refused_model("model.safetensors")

    def test_weights_as_text(self):
        """What a clone without Git LFS leaves."""
        self.weights(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
        self.refused_model("model.safetensors")

    def test_hostile_weights(self):
        def entry(shape, begin, end, dtype="F32"):
            return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
        data = bytes(64)
        for name, content in {
                "overlap": raw_safetensors({"a": entry([8], 0, 32), "b": entry([8], 16, 48)},
                                           data[:48]),
                "hole": raw_safetensors({"a": entry([4], 0, 16), "b": entry([4], 32, 48)},
                                        data[:48]),
                "beyond": raw_safetensors({"a": entry([32], 0, 128)}, data),
                "backwards": raw_safetensors({"a": entry([4], 16, 0)}, data[:16]),
                "negative": raw_safetensors({"a": entry([4], -16, 0)}, data[:16]),
                "overflow": raw_safetensors({"a": entry([2**62, 4], 0, 64)}, data),
                "wrap": raw_safetensors({"a": entry([2**32, 2**32], 0, 0)}),
                "offsets": raw_safetensors({"a": entry([4], 2**64 - 16, 2**64)}, data),
                "shape": raw_safetensors({"a": entry([3], 0, 64)}, data),
                "negative shape": raw_safetensors({"a": entry([-4, -4], 0, 64)}, data),
                "dtype": raw_safetensors({"a": entry([16], 0, 64, "Q7")}, data),
                "list": raw_safetensors([1, 2]), "text": raw_safetensors(b"not json"),
                "unclosed": raw_safetensors(b'{"a": {"dtype": "F32"'),
                "deep": raw_safetensors(b"[" * 100_000),
                "twice": raw_safetensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                                         b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
                                         data[:4]),
                "100 GB header": raw_safetensors({}, length=100 * 10**9),
                "huge header": raw_safetensors({}, length=2**64 - 1)}.items():
            with self.subTest(name):
                self.weights(content)
                self.refused_model("model.safetensors")

    def test_tensor_of_another_shape_or_missing(self):
        tensors = support.random_tensors(support.CONFIG)
        name = "encoder.layer.1.attention.self.key.weight"
        shape, values = tensors.pop(name)
        self.weights(support.safetensors_bytes(tensors))
        self.refused_model(name, "missing")
        self.weights(support.safetensors_bytes({**tensors, name: ((16, 64), values)}))
        self.refused_model(name, "32", "16")

    def test_weights_that_are_not_finite(self):
        """The tensor is named, and a loss that is not finite names the samples of its batch."""
        for tensor, value, message in (
                ("pooler.dense.bias", float("nan"), "tensor pooler.dense.bias [32] is not finite"),
                ("pooler.dense.bias", float("-inf"), "tensor pooler.dense.bias [32] is not finite"),
                # Finite, but its products are not.
                ("embeddings.LayerNorm.weight", 3e38, "train.csv:")):
            with self.subTest(tensor=tensor, value=value):
                tensors = support.random_tensors(support.CONFIG)
                shape, values = tensors[tensor]
                tensors[tensor] = (shape, [value] * len(values))
                self.weights(support.safetensors_bytes(tensors))
                result = run("train", *self.train_flags(self.output, model=self.copy, max_steps=2))
                self.assert_refused(result, message)
                self.assertEqual(list(self.output.glob("checkpoint-*")), [])
                self.assertFalse((self.output / "model.safetensors").exists())

    def test_the_other_verbs(self):
        self.weights(b"")
        self.refused("inspect", [self.copy], "model.safetensors")
        self.refused("inspect", [self.folder / "absent"], "absent")
        self.refused("predict", flags(model=self.copy, text="x"), "model.safetensors")
        self.refused("evaluate", flags(model=self.copy, test_file=self.test_file),
                     "model.safetensors")
        self.refused("tokenize", flags(model=self.copy, input_file=self.folder / "absent.txt",
                                       output_file=self.folder / "ids"), "absent.txt")


class Output(BadInput):
    """Folders and files that can not be written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trained = cls.shared / "trained"
        result = run("train", *cls.train_flags(cls, cls.trained, max_steps=2))
        if result.returncode != 0:
            raise AssertionError(result.stderr)

    def test_folder_of_another_run(self):
        self.output.mkdir()
        for name in ("model.safetensors", "log.jsonl", "trainer_state.json", "checkpoint-3"):
            with self.subTest(name):
                (self.output / name).mkdir() if "-" in name else (self.output / name).touch()
                self.refused_train(self.output, "another run", "--overwrite-output-dir")
                shutil.rmtree(self.output)
                self.output.mkdir()

    def test_output_is_the_model(self):
        """Training in place would overwrite what is read."""
        copy = self.folder / "model"
        shutil.copytree(self.model, copy)
        for overwrite in (None, True):
            self.refused("train", self.train_flags(copy, model=copy, max_steps=2,
                                                   overwrite_output_dir=overwrite), copy)

    def test_output_is_a_file(self):
        self.output.write_text("mine")
        self.refused_train(self.output)

    def test_no_permission(self):
        """/proc can not be written by anyone; under a file there is no folder."""
        for place in ("/proc/attune-output", self.test_file / "below"):
            with self.subTest(str(place)):
                self.refused("train", self.train_flags(place, max_steps=2), place)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_read_only_folder(self):
        self.folder.chmod(0o555)
        self.addCleanup(self.folder.chmod, 0o755)
        self.refused_train(self.output, "ermission")

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_unreadable_file(self):
        path = self.data(Data.GOOD_ROWS)
        path.chmod(0)
        self.refused_train(path, "ermission", train_file=path)

    def test_output_file_that_can_not_be_written(self):
        for place in ("/proc/attune-output", self.folder / "absent" / "y.jsonl", self.folder):
            with self.subTest(str(place)):
                self.refused("predict", flags(model=self.trained, text="x", output_file=place),
                             place)
                self.refused("evaluate", flags(model=self.trained, test_file=self.test_file,
                                               output_file=place), place)

    def limited(self, size):
        """Files can not grow beyond `size` bytes: a full disk without one."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return limit

    def test_disk_full_while_predicting(self):
        source = write_csv(self.folder / "x.csv", support.sentences(300, seed=3))
        self.refused("predict", flags(model=self.trained, input_file=source,
                                      output_file=self.folder / "y.jsonl"),
                     "y.jsonl", preexec=self.limited(4096))

    def test_full_standard_output(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([support.ATTUNE, "predict", "--model", str(self.trained),
                                     "--text", "x"], stdout=full, stderr=subprocess.PIPE,
                                    text=True, timeout=support.TIMEOUT)
        self.assert_refused(result, "standard output")

    def test_disk_full_while_saving(self):
        """The run stops; what stands under a final name is whole."""
        weights = (self.trained / "model.safetensors").stat().st_size
        for size in (weights // 2, weights + 1000):  # in the model; in the optimizer's state
            with self.subTest(size):
                output = self.folder / f"output-{size}"
                arguments = self.train_flags(output, max_steps=4, save_strategy="steps",
                                             save_steps=2)
                result = run("train", *arguments, preexec=self.limited(size))
                self.assert_refused(result, output / "", "safetensors")
                self.assertEqual([p.name for p in output.rglob("*")
                                  if "tmp" in p.name or "checkpoint" in p.name
                                  or p.suffix == ".safetensors"], [])

    def test_other_data_problems(self):
        path = self.data("text,label\nfine,positive\nhm,neutral\n")
        out = self.folder / "y.json"
        self.refused("evaluate", flags(model=self.trained, test_file=path, output_file=out),
                     "bad.csv:3", "neutral")
        self.refused("predict", flags(model=self.trained, output_file=out,
                                      input_file=self.data("review\nfine\n")), "text", "review")
        # A row has its line whatever it holds; where none can be used, the run has failed.
        rows = self.folder / "rows.jsonl"
        result = run("predict", *flags(model=self.trained, output_file=rows,
                                       input_file=self.data(b"text\nfine\ncaf\xe9\n")))
        self.assert_ok(result)
        self.assertIn("1 of 2 texts cannot be used", result.stderr)
        answers = support.read_jsonl(rows)
        self.assertIn("label", answers[0])
        self.assertIn("bad.csv:3: invalid UTF-8", answers[1]["error"])
        self.refused("predict", flags(model=self.trained, output_file=rows,
                                      input_file=self.data(b"text\ncaf\xe9\n")),
                     "bad.csv:2", "UTF-8", "none of the 1 texts")
        self.refused("tokenize", flags(model=self.trained, output_file=out,
                                       input_file=self.data(b"fine\ncaf\xe9\n", "x.txt")),
                     "x.txt:2", "UTF-8")

    def test_texts_of_which_nothing_is_left(self):
        rows = self.folder / "rows.jsonl"
        # No-break blank and zero-width space; what the tokenizer drops (U+FFFD).
        table = self.data("text\nfine\n\u00a0\u200b\n\ufffd\n")
        result = run("predict", *flags(model=self.trained, output_file=rows, input_file=table))
        self.assert_ok(result)
        self.assertIn("2 of 3 texts cannot be used", result.stderr)
        answers = support.read_jsonl(rows)
        self.assertIn("label", answers[0])
        self.assertIn("bad.csv:3: the text is empty", answers[1]["error"])
        self.assertIn("no token is left", answers[2]["error"])
        self.refused("predict", flags(model=self.trained, output_file=rows, text="\u3000"),
                     "--text 1: the text is empty")

    def test_inputs_that_contradict_each_other(self):
        out, report = self.folder / "y.jsonl", self.folder / "y.json"
        path = self.data("text,second,label\nfine,good,positive\nbad,awful,negative\n")
        self.refused("predict", flags(model=self.trained, text="a", input_file=path, output_file=out),
                     "both --text and --input-file are given")
        for columns, message in (({"text_column": "label"}, "both are \"label\""),
                                 ({"text_pair_column": "second"}, "was trained on single texts")):
            with self.subTest(**columns):
                self.refused("evaluate", flags(model=self.trained, test_file=path, output_file=report,
                                               **columns), message)
        # The format that is said is read, whatever the ending.
        lines = self.data("{\"text\": \"fine\"}\n", "lines.txt")
        self.assert_ok(run("predict", *flags(model=self.trained, input_file=lines, output_file=out,
                                             input_format="jsonl")))
        self.assertEqual(len(support.read_jsonl(out)), 1)


if __name__ == "__main__":
    unittest.main()
