"""Speech recognition from the command line: clips of tones, a model that learns to write them."""

import csv
import functools
import itertools
import json
import os
import random
import re
import shutil
import signal
import struct
import tempfile
import time
import unittest
from pathlib import Path

import support
import tones
from support import flags, read_json, read_jsonl, run, sha256, start

SHARED = Path(os.environ.get("ATTUNE_SHARED", "/nonexistent"))
TIMING = re.compile(r"(runtime|_per_second|peak_rss_bytes)$")
LEARNS = dict(learning_rate="1e-2", per_device_train_batch_size=4, warmup_ratio=0.1,
              num_train_epochs=9, threads=1, seed=7, precision="fp32")


class World:
    """Clips, and a model that writes them without a fault; made once for all tests."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="attune-e2e-speech-"))
        unittest.addModuleCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        tones.write_clips(self.folder, "train", 240, seed=1)
        self.test_rows = tones.write_clips(self.folder, "test", 30, seed=2)
        self.few_rows = tones.write_clips(self.folder, "few", 24, seed=3)
        self.config = tones.write_config(self.folder / "tiny.json")
        self.model = self.folder / "model"
        self.trained = run("train", *flags(
            task="speech-recognition", architecture=self.config, output_dir=self.model,
            manifest=self.folder / "train.tsv", validation_manifest=self.folder / "test.tsv",
            **LEARNS))
        if self.trained.returncode != 0:
            raise AssertionError(self.trained.stderr)

    @functools.cached_property
    def long_text(self):
        """Of the recording `long.wav`, whose pauses last 0.4 s: sixteen lines of three words."""
        draw = random.Random(11)
        lines = [" ".join("".join(draw.choice("abcd") for _ in range(3)) for _ in range(3))
                 for _ in range(16)]
        samples = []
        for line in lines:
            samples += tones.say(line + " ", draw) + tones.silence(.4, draw)
        tones.write_wav(self.folder / "long.wav", samples)
        self.long_seconds = len(samples) / tones.RATE
        return " ".join(lines)


@functools.cache
def world():
    return World()


class TestCase(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = world()
        cls.model = cls.world.model
        cls.clips = cls.world.folder

    def clip(self, name, samples):
        return tones.write_wav(self.folder / name, samples)

    def said(self, name, text, seed=1):
        return self.clip(name, tones.say(text, random.Random(seed)))

    def manifest(self, rows, name="clips.tsv", header=("path", "sentence")):
        return tones.write_manifest(self.folder / name, rows, header)

    def train_flags(self, output, **settings):
        """A few updates on a few clips, from random weights unless `model` is given."""
        defaults = dict(task="speech-recognition", manifest=self.clips / "few.tsv",
                        output_dir=output, learning_rate="1e-3", num_train_epochs=2,
                        per_device_train_batch_size=4, threads=1, seed=7, report_mistakes=0)
        if "model" not in settings and "architecture" not in settings:
            defaults["architecture"] = self.world.config
        return flags(**{**defaults, **settings})

    def predict(self, *arguments, **settings):
        """Answers in the order of the inputs."""
        result = run("predict", *flags(model=self.model, threads=1, **settings), *arguments)
        self.assert_ok(result)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def texts(self, *arguments, **settings):
        return [answer["text"] for answer in self.predict(*arguments, **settings)]

    def refused(self, verb, *parts, **settings):
        result = run(verb, *flags(model=self.model, **settings))
        self.assert_refused(result, *parts)

    def train_refused(self, *parts, **settings):
        output = self.folder / "refused"
        self.assert_refused(run("train", *self.train_flags(output, **settings)), *parts)
        self.assertFalse((output / "model.safetensors").exists())


class Train(TestCase):
    def test_learns_and_says_so(self):
        metrics = read_json(self.model / "metrics.json")
        self.assertEqual(metrics["eval_wer"], 0)
        self.assertEqual(metrics["eval_cer"], 0)
        self.assertLess(metrics["eval_loss"], 0.05)

    def test_folder_is_that_of_hugging_face(self):
        config = read_json(self.model / "config.json")
        self.assertEqual(config["architectures"], ["Wav2Vec2ForCTC"])
        vocabulary = read_json(self.model / "vocab.json")
        self.assertEqual(vocabulary, {"|": 0, "a": 1, "b": 2, "c": 3, "d": 4, "[UNK]": 5,
                                      "[PAD]": 6})
        self.assertEqual(config["vocab_size"], 7)
        self.assertEqual(config["pad_token_id"], 6)
        tokenizer = read_json(self.model / "tokenizer_config.json")
        self.assertEqual(tokenizer["tokenizer_class"], "Wav2Vec2CTCTokenizer")
        self.assertEqual((tokenizer["pad_token"], tokenizer["word_delimiter_token"]),
                         ("[PAD]", "|"))
        self.assertEqual(read_json(self.model / "preprocessor_config.json")["sampling_rate"], 16000)
        self.assertIn("speech-recognition", (self.model / "run.yaml").read_text())
        shapes = {name: shape for name, (_, shape, _) in
                  support.read_safetensors(self.model / "model.safetensors").items()}
        self.assertEqual(shapes["lm_head.weight"], [7, 32])

    def test_evaluate_gives_the_same_numbers(self):
        heard, output = self.folder / "heard.tsv", self.folder / "metrics.json"
        self.assert_ok(run("evaluate", *flags(
            model=self.model, manifest=self.clips / "test.tsv", transcripts_file=heard,
            output_file=output, threads=1)))
        trained = read_json(self.model / "metrics.json")
        for name, value in read_json(output).items():
            if not TIMING.search(name):
                self.assertEqual(value, trained[name], name)
        with open(heard, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        self.assertEqual([(row["reference"], row["hypothesis"], row["speaker"]) for row in rows],
                         [(text, text, speaker) for _, text, speaker in self.world.test_rows])
        self.assertEqual([int(row["characters"]) for row in rows],
                         [len(text) for _, text, _ in self.world.test_rows])
        self.assertEqual({row["word_errors"] for row in rows}, {"0"})

    def test_a_dash_is_standard_output(self):
        clip = self.said("a.wav", "bad cab")
        written = run("predict", *flags(model=self.model, input=clip, threads=1, output_file="-"),
                      cwd=self.folder)
        self.assert_ok(written)
        self.assertEqual(json.loads(written.stdout)["text"], "bad cab")
        table = self.manifest([(clip, "bad cab")])
        metrics = run("evaluate", *flags(model=self.model, manifest=table, threads=1,
                                         output_file="-"), cwd=self.folder)
        self.assert_ok(metrics)
        self.assertEqual(json.loads(metrics.stdout)["eval_wer"], 0)
        self.assertFalse((self.folder / "-").exists())
        result = run("predict", *flags(model=self.model, input=clip, output_file="x.txt"))
        self.assert_refused(result, "x.txt would not be of the format", ".jsonl")

    def test_evaluate_names_what_the_model_cannot_write(self):
        clips = self.manifest([(self.said("1.wav", "ab cd"), "ab ü5 [x]")])
        result = run("evaluate", *flags(model=self.model, manifest=clips, threads=1))
        self.assert_ok(result)
        self.assertIn("5 characters of the references are no symbols of", result.stderr)
        self.assertIn("--chars-to-remove", result.stderr)

    def test_evaluate_counts_errors(self):
        """References that were changed: a word for another, one too many, one too few."""
        clips = self.manifest([
            (self.said("1.wav", "ab cd"), "ab dc"), (self.said("2.wav", "ab"), "ab a"),
            (self.said("3.wav", "b c"), "b"), (self.said("4.wav", "da"), "da")])
        output = self.folder / "metrics.json"
        result = run("evaluate", *flags(model=self.model, manifest=clips, output_file=output,
                                        threads=1))
        self.assert_ok(result)
        metrics = read_json(output)
        counts = [metrics[f"eval_word_{kind}"] for kind in ("substitutions", "deletions",
                                                            "insertions")]
        self.assertEqual(counts, [1, 1, 1])
        self.assertAlmostEqual(metrics["eval_wer"], 3 / 6)
        self.assertAlmostEqual(metrics["eval_sentence_error_rate"], 3 / 4)

    def test_checkpoint_predicts(self):
        checkpoint = next(self.model.glob("checkpoint-*"))
        clip = self.said("a.wav", "bad cab")
        result = run("predict", *flags(model=checkpoint, input=clip, threads=1))
        self.assert_ok(result)
        self.assertEqual(json.loads(result.stdout)["text"], "bad cab")

    def test_language_of_transcripts(self):
        """Kept with the model: evaluate makes letters small as training did, and so does train-lm."""
        rows = [(path, text.replace("a", "I"), *rest) for path, text, *rest in self.world.few_rows]
        header = ("path", "sentence", "client_id")
        table = tones.write_manifest(self.clips / "large.tsv", rows, header)
        output = self.folder / "out"
        result = run("train", *self.train_flags(output, manifest=table, transcript_language="tr"))
        self.assert_ok(result)
        self.assertIn("ı", read_json(output / "vocab.json"))
        self.assertNotIn("İ", result.stderr)
        heard = self.folder / "heard.jsonl"
        self.assert_ok(run("evaluate", *flags(model=output, manifest=table, threads=1,
                                              transcripts_file=heard)))
        answers = read_jsonl(heard)
        self.assertEqual([answer["reference"] for answer in answers],
                         [row[1].replace("I", "ı") for row in rows])
        for answer in answers:
            self.assertEqual(answer["seconds"], round(answer["seconds"], 3))
        text = self.folder / "text.txt"
        text.write_text("IŞIK\n" * 3)
        arpa = self.folder / "lm.arpa"
        self.assert_ok(run("train-lm", *flags(input=text, output=arpa, model=output, order=1,
                                              discount_fallback=True)))
        self.assertIn("ışık", arpa.read_text())
        mixed = tones.write_manifest(self.clips / "mixed.tsv", rows + [(rows[0][0], "İa", "x")],
                                     header)
        result = run("train", *self.train_flags(self.folder / "plain", manifest=mixed))
        self.assertIn("1 transcripts are written with İ and ı", result.stderr)
        self.assertIn("--transcript-language tr", result.stderr)

    def test_held_out_speakers(self):
        output = self.folder / "out"
        result = run("train", *self.train_flags(output, validation_split=0.25))
        self.assert_ok(result)
        self.assertEqual(read_json(output / "metrics.json")["eval_samples"], 6)

    def test_batches_of_seconds(self):
        """Between what the seconds fill and one batch a clip."""
        output = self.folder / "out"
        self.assert_ok(run("train", *self.train_flags(output, batch_seconds=3, num_train_epochs=1,
                                                      per_device_train_batch_size=None)))
        seconds = sum(self.seconds(path) for path, _, _ in self.world.few_rows)
        steps = read_json(output / "metrics.json")["global_step"]
        self.assertGreaterEqual(steps, seconds / 3)
        self.assertLess(steps, 24)

    def seconds(self, path):
        return ((self.clips / path).stat().st_size - 44) / 2 / tones.RATE


class Repeatable(TestCase):
    """What is stopped and resumed, or read by more threads, ends with the same bits."""

    def resumed(self, **settings):
        settings = dict(num_train_epochs=3, logging_steps=1, **settings)
        whole, stopped = self.folder / "whole", self.folder / "stopped"
        self.assert_ok(run("train", *self.train_flags(whole, **settings)))
        often = dict(settings, save_strategy="steps", save_steps=1, save_total_limit=2)
        steps = read_json(whole / "metrics.json")["global_step"]
        arguments = self.train_flags(stopped, **often)
        process = start("train", *arguments)
        end = time.monotonic() + 60
        saved = lambda: max((int(path.name.split("-")[1])
                             for path in stopped.glob("checkpoint-*")), default=0)
        while saved() < steps // 3 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        self.assertEqual(process.wait(), -signal.SIGKILL, "the run ended before it was killed")
        self.assertLess(saved(), steps)
        result = run("train", *arguments, "--resume-from-checkpoint", "last")
        self.assert_ok(result)
        self.assertIn("resuming from", result.stdout)
        self.assertEqual(sha256(stopped / "model.safetensors"), sha256(whole / "model.safetensors"))
        logged = lambda output: [
            {key: value for key, value in entry.items() if not TIMING.search(key)}
            for entry in read_jsonl(output / "log.jsonl")]
        self.assertEqual(logged(stopped), logged(whole))
        return whole

    def test_resumed(self):
        self.resumed(hidden_dropout=0.1, mask_time_prob=0.2, mask_time_length=3,
                     validation_manifest=self.clips / "test.tsv")

    def test_resumed_with_joined_clips(self):
        self.resumed(join_clips=3)

    def test_resumed_with_kept_features(self):
        whole = self.resumed(model=self.model, freeze_feature_encoder="true")
        read = lambda folder: support.read_safetensors(folder / "model.safetensors")
        before, after = read(self.model), read(whole)
        changed = {name for name, value in before.items() if after[name] != value}
        self.assertIn("lm_head.weight", changed)
        self.assertEqual([name for name in changed if ".feature_extractor." in name], [])

    def test_resumed_with_changed_sound(self):
        self.resumed(speed_perturb=0.1, noise_probability=0.5, random_gain=6)

    def test_resumed_with_replay(self):
        self.resumed(model=self.model, replay_manifest=self.clips / "train.tsv", replay_ratio=0.5)

    def test_stopped_by_sigterm(self):
        output, whole = self.folder / "stopped", self.folder / "whole"
        settings = dict(num_train_epochs=20, logging_steps=1, save_strategy="steps",
                        save_steps=10_000)
        process = start("train", *self.train_flags(output, **settings))
        log, end = output / "log.jsonl", time.monotonic() + 60
        while (not log.exists() or log.read_bytes().count(b"\n") < 3) and time.monotonic() < end:
            time.sleep(0.002)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 143)
        self.assertEqual(len(list(output.glob("checkpoint-*"))), 1)
        self.assert_ok(run("train", *self.train_flags(output, **settings),
                           "--resume-from-checkpoint", "last"))
        self.assert_ok(run("train", *self.train_flags(whole, **settings)))
        self.assertEqual(sha256(output / "model.safetensors"), sha256(whole / "model.safetensors"))

    def test_threads_that_read_change_nothing(self):
        bits = set()
        for threads in (1, 2):
            output = self.folder / str(threads)
            self.assert_ok(run("train", *self.train_flags(
                output, loader_threads=threads, speed_perturb=0.1, noise_probability=0.5)))
            bits.add(sha256(output / "model.safetensors"))
        self.assertEqual(len(bits), 1)

    def test_other_data_is_no_resumption(self):
        output = self.folder / "out"
        settings = dict(save_strategy="steps", save_steps=5)
        self.assert_ok(run("train", *self.train_flags(output, **settings)))
        rows = [(self.clips / path, text + " a", speaker)
                for path, text, speaker in self.world.few_rows]
        other = self.manifest(rows, header=("path", "sentence", "speaker"))
        self.assert_refused(run("train", *self.train_flags(
            output, manifest=other, root=self.clips, resume_from_checkpoint="last", **settings)),
            "train_data")


class Predict(TestCase):
    def test_files_patterns_and_folders(self):
        draw = random.Random(5)
        said = {f"talks/{n}.wav": tones.sentence(draw) for n in "abc"}
        paths = [self.said(name, text) for name, text in said.items()]
        expected = list(said.values())
        self.assertEqual(self.texts("--input", paths[1], "--input", paths[0]),
                         [expected[1], expected[0]])
        self.assertEqual(self.texts("--input", self.folder / "talks" / "*.wav"), expected)
        self.assertEqual(self.texts("--input", self.folder / "talks"), expected)
        (self.folder / "list.txt").write_text("".join(f"{path}\n" for path in paths))
        self.assertEqual(self.texts("--input", self.folder / "list.txt"), expected)

    def test_precision(self):
        """bfloat16 factors change the last digits and no text."""
        path = self.said("precise.wav", "ab cd")
        answers = [self.predict("--input", path, timestamps="word", **more)[0]
                   for more in ({}, {"precision": "fp32"}, {"precision": "bf16"})]
        self.assertEqual([answer["text"] for answer in answers], ["ab cd"] * 3)
        self.assertEqual(answers[0], answers[1])
        whole, rounded = (answers[n]["words"][0]["confidence"] for n in (0, 2))
        self.assertAlmostEqual(whole, rounded, 1)

    def pieces(self):
        """A recording of three texts, and where each is."""
        draw, samples, rows = random.Random(6), [], []
        for text in ("ab c", "dd", "cab a"):
            begin = len(samples) / tones.RATE
            samples += tones.say(text, draw)
            rows.append(("talk.wav", text, begin, len(samples) / tones.RATE))
            samples += tones.silence(.3, draw)
        self.clip("talk.wav", samples)
        return rows

    def test_pieces_of_recordings(self):
        rows = self.pieces()
        ends = self.manifest([(path, f"{begin:.4f}", f"{end:.4f}", n) for n, (path, _, begin, end)
                              in enumerate(rows)], "ends.tsv", ("path", "start", "end", "id"))
        lasts = self.manifest([(path, f"{begin:.4f}", f"{end - begin:.4f}", n)
                               for n, (path, _, begin, end) in enumerate(rows)], "lasts.tsv",
                              ("path", "offset", "duration", "id"))
        for table in (ends, lasts):
            answers = self.predict(manifest=table, keep_columns="id")
            self.assertEqual([answer["text"] for answer in answers], [row[1] for row in rows])
            self.assertEqual([answer["id"] for answer in answers], ["0", "1", "2"])
            for answer, (_, _, begin, end) in zip(answers, rows):
                self.assertAlmostEqual(answer["begin"], begin, 3)
                self.assertAlmostEqual(answer["end"], end, 3)
                self.assertAlmostEqual(answer["seconds"], end - begin, 2)
        named = self.manifest([("talk.wav", f"{rows[1][2]:.4f}", f"{rows[1][3]:.4f}")], "named.tsv",
                              ("wo", "von", "bis"))
        self.assertEqual(self.texts(manifest=named, audio_column="wo", begin_column="von",
                                    end_column="bis"), ["dd"])

    def test_pieces_without_begin_or_end(self):
        """Half of a piece is a slip; a table may have begins alone, and rows without either."""
        rows = self.pieces()
        for cells, sign in {("", "1"): '"start" is empty', ("1", ""): '"end" is empty'}.items():
            table = self.manifest([("talk.wav", *cells)], header=("path", "start", "end"))
            self.refused("predict", "clips.tsv:2", sign, manifest=table)
        table = self.manifest([("talk.wav", f"{rows[2][2]:.4f}")], header=("path", "start"))
        self.assertEqual(self.texts(manifest=table), ["cab a"])
        table = self.manifest([("talk.wav", "", "")], header=("path", "start", "end"))
        self.assertEqual(self.predict(manifest=table)[0]["text"][:4], "ab c")

    def test_objects_of_datasets(self):
        self.said("a.wav", "bad cab")
        table = self.folder / "clips.jsonl"
        table.write_text(json.dumps({"audio": {"path": "a.wav", "bytes": None}}) + "\n")
        self.assertEqual(self.texts(manifest=table), ["bad cab"])

    def test_evaluate_takes_the_same_pieces(self):
        table = self.manifest([(path, text, f"{begin:.4f}", f"{end:.4f}")
                               for path, text, begin, end in self.pieces()],
                              header=("path", "sentence", "start", "end"))
        output = self.folder / "metrics.json"
        self.assert_ok(run("evaluate", *flags(model=self.model, manifest=table, threads=1,
                                              output_file=output)))
        self.assertEqual(read_json(output)["eval_wer"], 0)

    def test_tables_of_answers(self):
        rows = self.pieces()
        table = self.manifest([(path, f"{begin:.3f}", f"{end:.3f}", f"n {n}", text)
                               for n, (path, text, begin, end) in enumerate(rows)],
                              header=("path", "start", "end", "id", "said"))
        for name, delimiter in (("x.csv", ","), ("x.tsv", "\t")):
            self.predict(manifest=table, keep_columns="all", output_file=self.folder / name)
            with open(self.folder / name, newline="", encoding="utf-8") as file:
                answers = list(csv.DictReader(file, delimiter=delimiter))
            self.assertEqual([row["text"] for row in answers], [row[1] for row in rows])
            self.assertEqual([row["id"] for row in answers], ["n 0", "n 1", "n 2"])
            # A row says which piece it is of without columns that go through.
            self.predict(manifest=table, output_file=self.folder / name)
            with open(self.folder / name, newline="", encoding="utf-8") as file:
                answers = list(csv.DictReader(file, delimiter=delimiter))
            for answer, (_, _, begin, end) in zip(answers, rows):
                self.assertAlmostEqual(float(answer["begin"]), begin, 3)
                self.assertAlmostEqual(float(answer["end"]), end, 3)
        self.predict(manifest=table, output_file=self.folder / "x.jsonl")
        self.assertEqual([row["text"] for row in read_jsonl(self.folder / "x.jsonl")],
                         [row[1] for row in rows])

    def test_table_has_no_room_for_words(self):
        self.refused("predict", "--timestamps", ".jsonl", timestamps="word",
                     input=self.said("a.wav", "ab"), output_file=self.folder / "x.csv")

    def check_times(self, parts, seconds):
        for part in parts:
            self.assertLess(part["start"], part["end"], part)
            self.assertGreater(part["confidence"], 0)
            self.assertLessEqual(part["confidence"], 1)
        times = [time for part in parts for time in (part["start"], part["end"])]
        self.assertEqual(times, sorted(times))
        self.assertGreaterEqual(times[0], 0)
        self.assertLessEqual(times[-1], seconds + 0.011)  # a frame

    def test_timestamps(self):
        draw = random.Random(8)
        first, second = tones.say("abc", draw), tones.say(" dab", draw)
        clip = self.clip("a.wav", tones.silence(.5, draw) + first + second)
        answer = self.predict(input=clip, timestamps="char")[0]
        self.assertEqual([word["text"] for word in answer["words"]], ["abc", "dab"])
        self.assertEqual("".join(letter["text"] for letter in answer["characters"]), "abcdab")
        for parts in (answer["words"], answer["characters"]):
            self.check_times(parts, answer["seconds"])
        border = .5 + len(first) / tones.RATE
        self.assertGreater(answer["words"][0]["start"], .4)
        self.assertLess(answer["words"][0]["end"], border + .05)
        self.assertGreater(answer["words"][1]["start"], border)
        words = self.predict(input=clip, timestamps="word")[0]
        self.assertEqual(words["words"], answer["words"])
        self.assertNotIn("characters", words)
        self.assertNotIn("words", self.predict(input=clip)[0])

    def test_times_of_a_piece_are_those_of_its_begin(self):
        """Of a piece the times count from its begin, whichever way it goes through the model."""
        rows = self.pieces()
        _, _, begin, end = rows[2]
        table = self.manifest([("talk.wav", f"{begin:.4f}", f"{end:.4f}")],
                              header=("path", "start", "end"))
        answer = self.predict(manifest=table, timestamps="word")[0]
        self.check_times(answer["words"], end - begin)
        chunks = self.predict(manifest=table, timestamps="word", chunk_seconds=.4,
                              stride_seconds=.1)[0]
        self.check_times(chunks["words"], end - begin)

    CUES = re.compile(r"(\d\d):(\d\d):(\d\d)[,.](\d\d\d) --> (\d\d):(\d\d):(\d\d)[,.](\d\d\d)")

    def cues(self, file, verb="predict", **settings):
        target = self.folder / file
        self.assert_ok(run(verb, *flags(model=self.model, threads=1, output_file=target,
                                        **settings)))
        content = target.read_text(encoding="utf-8")
        times = []
        for cue in self.CUES.finditer(content):
            parts = list(map(int, cue.groups()))
            times += [parts[i] * 3600 + parts[i + 1] * 60 + parts[i + 2] + parts[i + 3] / 1000
                      for i in (0, 4)]
        text = " ".join(line for line in content.splitlines() if re.fullmatch("[abcd ]+", line))
        return content, times, text

    def test_subtitles(self):
        text = self.world.long_text
        for name, sign in (("a.SRT", ","), ("a.vtt", ".")):
            content, times, read = self.cues(name, input=self.clips / "long.wav")
            self.assertEqual(read, text)
            self.assertEqual(times, sorted(times))
            self.assertGreater(len(times), 4)
            self.assertLessEqual(times[-1], self.world.long_seconds + .5)
            self.assertEqual(content.startswith("WEBVTT"), name.endswith("vtt"))
            self.assertRegex(content, r"\d\d:\d\d:\d\d\%s\d\d\d --> " % sign)

    def test_subtitles_of_silence(self):
        silence = self.clip("silence.wav", [0.0] * 8000)
        result = run("predict", *flags(model=self.model, input=silence,
                                       output_file=self.folder / "x.srt"))
        self.assert_ok(result)
        self.assertIn("no word is recognised", result.stderr)

    def test_subtitles_are_of_one_recording(self):
        result = run("predict", *flags(model=self.model, output_file=self.folder / "x.srt"),
                     "--input", self.said("1.wav", "a"), "--input", self.said("2.wav", "b"))
        self.assert_refused(result, "x.srt", "one recording")
        self.assertFalse((self.folder / "x.srt").exists())

    def test_subtitles_of_what_cannot_be_read(self):
        table = self.manifest([("gone.wav",)], header=("path",))
        result = run("predict", *flags(model=self.model, manifest=table,
                                       output_file=self.folder / "x.srt"))
        self.assert_refused(result, "gone.wav")

    def test_long_recordings(self):
        text = self.world.long_text
        long = self.clips / "long.wav"
        whole = self.predict(input=long, timestamps="word")[0]
        self.assertEqual(whole["text"], text)
        for chunk, stride in ((5, 1), (3, .8), (1.5, .5)):
            with self.subTest(chunk=chunk):
                answer = self.predict(input=long, chunk_seconds=chunk, stride_seconds=stride,
                                      timestamps="word")[0]
                self.assertLessEqual(edits(answer["text"], text), len(text) // 40)
                self.assertEqual(answer["seconds"], whole["seconds"])
                self.check_times(answer["words"], whole["seconds"])
        pauses = self.predict(input=long, chunk_seconds=6, timestamps="char",
                              split_pauses=True)[0]
        self.assertLessEqual(edits(pauses["text"], text), len(text) // 40)
        self.check_times(pauses["words"], whole["seconds"])
        self.check_times(pauses["characters"], whole["seconds"])
        self.assertAlmostEqual(pauses["seconds"], whole["seconds"], delta=.005)
        for one, other in zip(pauses["words"], whole["words"]):
            self.assertAlmostEqual(one["start"], other["start"], delta=.05)
        default = self.texts(input=long, chunk_seconds=6)[0]
        self.assertEqual(default, self.texts(input=long, chunk_seconds=6, stride_seconds=1)[0])
        self.refused("predict", "--stride-seconds 1", "--chunk-seconds 2", input=long,
                     chunk_seconds=2, stride_seconds=1)

    def test_batches_do_not_matter(self):
        table = self.clips / "test.tsv"
        expected = [text for _, text, _ in self.world.test_rows]
        for seconds in (0.1, 3, 100):
            self.assertEqual(self.texts(manifest=table, batch_seconds=seconds), expected)

    def test_language_model(self):
        text = self.folder / "text.txt"
        draw = random.Random(9)
        words = ["abc", "dab", "cad", "bb", "dca"]
        text.write_text("".join(" ".join(draw.choices(words, k=4)) + "\n" for _ in range(300)))
        arpa = self.folder / "lm.arpa"
        self.assert_ok(run("train-lm", *flags(input=text, order=2, output=arpa,
                                              model=self.model, discount_fallback=True)))
        clip = self.said("a.wav", "abc dab bb")
        self.assertEqual(self.texts(input=clip, lm=arpa), ["abc dab bb"])
        # A word that the language model has never seen gives way where it weighs enough.
        other = self.said("b.wav", "abd dab")
        self.assertEqual(self.texts(input=other, lm=arpa, lm_weight=0, beam_width=20), ["abd dab"])
        output = self.folder / "metrics.json"
        self.assert_ok(run("evaluate", *flags(model=self.model, manifest=self.clips / "test.tsv",
                                              beam_width=20, output_file=output, threads=1)))
        self.assertEqual(read_json(output)["eval_wer"], 0)
        broken = self.folder / "broken.arpa"
        counts = re.sub(r"ngram 1=(\d+)", lambda found: f"ngram 1={int(found[1]) + 3}",
                        arpa.read_text(), count=1)
        broken.write_text(counts)
        self.refused("predict", "broken.arpa", input=clip, lm=broken)
        self.refused("predict", "text.txt", input=clip, lm=text)
        self.refused("predict", "none.arpa", input=clip, lm=self.folder / "none.arpa")

    def test_lexicon(self):
        words = self.folder / "words.txt"
        words.write_text("abc\nda\ncad\n")
        self.assertEqual(self.texts(input=self.said("a.wav", "cad abc da"), lexicon=words),
                         ["cad abc da"])
        # A word that is not listed becomes one that is, and the others stay.
        answer = self.texts(input=self.said("a.wav", "abb da cad"), lexicon=words)[0].split()
        self.assertLessEqual(set(answer), {"abc", "da", "cad"})
        self.assertEqual(answer[-2:], ["da", "cad"])
        empty = self.folder / "empty.txt"
        empty.write_text("\n")
        self.refused("predict", "empty.txt", input=self.said("a.wav", "a"), lexicon=empty)

    def test_hot_words(self):
        clip = self.said("a.wav", "ab dca")
        self.assertEqual(self.texts(input=clip, hot_words="dca"), ["ab dca"])
        self.refused("predict", "hot word \"xyz\"", input=clip, hot_words="xyz")

    def test_same_sound_in_wav_and_flac(self):
        speech = SHARED / "data" / "speech-ljspeech16"
        if not speech.is_dir():
            self.skipTest(f"{speech} is not there: ATTUNE_SHARED names the folder of shared data")
        names = sorted(path.stem for path in speech.glob("*.flac"))[:8]
        answers = {}
        for ending in ("wav", "flac"):
            arguments = itertools.chain.from_iterable(
                ("--input", speech / f"{name}.{ending}") for name in names)
            answers[ending] = self.predict(*arguments, timestamps="char")
            for answer in answers[ending]:
                answer.pop("file")
        self.assertEqual(answers["wav"], answers["flac"])
        self.assertGreater(len(names), 0)


def edits(one, other):
    """The fewest letters to change, put in or take out."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one):
        last, row = row, [i + 1]
        for j, there in enumerate(other):
            row.append(min(last[j] + (letter != there), last[j + 1] + 1, row[j] + 1))
    return row[-1]


class Align(TestCase):
    def align(self, **settings):
        result = run("align", *flags(model=self.model, threads=1, **settings))
        self.assert_ok(result)
        return json.loads(result.stdout)["words"], result

    def check(self, words, text, seconds):
        self.assertEqual([word["text"] for word in words], text.split())
        times = [time for word in words for time in (word["start"], word["end"])]
        self.assertEqual(times, sorted(times))
        self.assertGreaterEqual(times[0], 0)
        self.assertLessEqual(times[-1], seconds + .011)
        for word in words:
            self.assertLess(word["start"], word["end"])

    def test_words_have_times(self):
        draw = random.Random(4)
        first, second = tones.say("abc", draw), tones.say("dab", draw)
        gap = tones.silence(.5, draw)
        clip = self.clip("a.wav", first + tones.say(" ", draw) + gap + second)
        seconds = (len(first) + len(second) + len(gap)) / tones.RATE + .15
        words, _ = self.align(input=clip, text="abc dab")
        self.check(words, "abc dab", seconds)
        self.assertGreater(words[1]["start"], len(first) / tones.RATE + .4)
        self.assertGreater(min(word["confidence"] for word in words), .5)

    def test_long_recording_and_text_file(self):
        text = self.world.long_text
        path = self.folder / "text.txt"
        path.write_text(text.replace(" ", "\n").upper())
        for settings in ({}, dict(chunk_seconds=4, stride_seconds=1)):
            words, _ = self.align(input=self.clips / "long.wav", text_file=path, **settings)
            self.check(words, text.upper(), self.world.long_seconds)

    def test_subtitles(self):
        text = self.world.long_text
        content, times, read = Predict.cues(self, "a.srt", "align", input=self.clips / "long.wav",
                                            text=text)
        self.assertEqual(read, text)
        self.assertEqual(times, sorted(times))

    CUES = Predict.CUES

    def test_unknown_letters_and_signs(self):
        clip = self.said("a.wav", "ab cd")
        words, result = self.align(input=clip, text="ab -- cx!", remove_punctuation=True)
        self.assertEqual([word["text"] for word in words], ["ab", "--", "cx!"])
        self.assertIsNone(words[1]["start"])
        self.assertIn("no symbol for x: left out", result.stderr)
        self.assertIn("--remove-punctuation", result.stderr)

    def test_a_wrong_text_is_told(self):
        clip = self.said("a.wav", "ab ab ab ab")
        right = run("align", *flags(model=self.model, threads=1, input=clip, text="ab ab ab ab"))
        self.assert_ok(right)
        self.assertGreater(json.loads(right.stdout)["confidence"], .5)
        self.assertNotIn("warning", right.stderr)
        wrong = run("align", *flags(model=self.model, threads=1, input=clip, text="cd dc cd dc"))
        self.assert_ok(wrong)
        self.assertLess(json.loads(wrong.stdout)["confidence"], .1)
        self.assertIn("the mean confidence of its words is 0.0", wrong.stderr)

    def test_refused(self):
        clip = self.said("a.wav", "ab")
        self.refused("align", "a.wav", "too few for the text", input=clip, text="abcd " * 40)
        self.refused("align", "--text", input=clip)
        self.refused("align", "--text", "--text-file", input=clip, text="a", text_file=clip)
        self.refused("align", "nothing that is said", input=clip, text="?!",
                     remove_punctuation=True)
        self.refused("align", "gone.wav", input=self.folder / "gone.wav", text="ab")
        (self.folder / "latin.txt").write_bytes(b"\xe4b")
        self.refused("align", "latin.txt", "UTF-8", input=clip, text_file=self.folder / "latin.txt")


class FineTune(TestCase):
    """A model that can write four letters learns a fifth."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.new = cls.shared / "new"
        tones.write_clips(cls.new, "five", 24, seed=5, letters="abcde")

    def tune(self, output, **settings):
        result = run("train", *self.train_flags(
            output, model=self.model, manifest=self.new / "five.tsv", **settings))
        self.assert_ok(result)
        return result

    @staticmethod
    def head(folder):
        _, (rows, columns), data = support.read_safetensors(
            folder / "model.safetensors")["lm_head.weight"]
        size = len(data) // rows
        vocabulary = read_json(folder / "vocab.json")
        return {symbol: data[size * row:size * (row + 1)] for symbol, row in vocabulary.items()}

    def test_rows_are_kept_by_symbol(self):
        output = self.folder / "out"
        result = self.tune(output, learning_rate="1e-12", num_train_epochs=1)
        self.assertIn("lacks e", result.stdout + result.stderr)
        self.assertRegex(result.stdout + result.stderr, r"\b7 of (the )?8 ")
        self.assertEqual(set(read_json(output / "vocab.json")), {"|", *"abcde", "[UNK]", "[PAD]"})
        before, after = self.head(self.model), self.head(output)
        for symbol, row in before.items():
            self.assert_near(row, after[symbol], symbol)

    def assert_near(self, one, other, name):
        for x, y in zip(struct.unpack(f"<{len(one) // 4}f", one),
                        struct.unpack(f"<{len(other) // 4}f", other)):
            self.assertAlmostEqual(x, y, places=6, msg=name)

    def test_it_learns(self):
        """With the rows of the letters it knew kept, a few updates are enough for the new one."""
        tones.write_clips(self.folder, "more", 100, seed=15, letters="abcde")
        output = self.folder / "out"
        result = run("train", *self.train_flags(
            output, model=self.model, manifest=self.folder / "more.tsv", num_train_epochs=6,
            validation_manifest=self.new / "five.tsv", learning_rate="5e-3"))
        self.assert_ok(result)
        self.assertLess(read_json(output / "metrics.json")["eval_cer"], 0.1)

    def test_vocabulary_of_the_transcripts(self):
        output = self.folder / "out"
        rows = [(self.said("1.wav", "ab ba"), "ab ba"), (self.said("2.wav", "ba ab"), "ba ab")]
        table = self.manifest(rows)
        self.assert_ok(run("train", *self.train_flags(output, model=self.model, manifest=table,
                                                      vocabulary="transcripts")))
        self.assertEqual(set(read_json(output / "vocab.json")), {"|", "a", "b", "[UNK]", "[PAD]"})
        kept = self.folder / "kept"
        self.assert_ok(run("train", *self.train_flags(kept, model=self.model, manifest=table)))
        self.assertEqual(read_json(kept / "vocab.json"), read_json(self.model / "vocab.json"))

    def test_vocabulary_of_the_checkpoint(self):
        output = self.folder / "out"
        result = self.tune(output, vocabulary="checkpoint")
        self.assertIn("warning", result.stderr)
        self.assertIn("learnt as unknown: e", result.stderr)
        self.assertEqual(read_json(output / "vocab.json"), read_json(self.model / "vocab.json"))

    def test_without_a_vocabulary(self):
        bare = self.folder / "bare"
        shutil.copytree(self.model, bare, ignore=shutil.ignore_patterns(
            "checkpoint-*", "vocab.json", "runs", "tokenizer_config.json"))
        clip = self.said("a.wav", "ab")
        self.assert_refused(run("predict", *flags(model=bare, input=clip)), "no vocab.json")
        self.assert_refused(run("evaluate", *flags(model=bare, manifest=self.new / "five.tsv")),
                            "no vocab.json")
        self.assert_refused(run("train", *self.train_flags(
            self.folder / "refused", model=bare, vocabulary="checkpoint")), "vocab.json")
        # Its head is of nobody knows which symbols: a new one is learnt.
        self.assert_ok(run("train", *self.train_flags(self.folder / "anew", model=bare)))


class BadData(TestCase):
    """Each kind of a file that is no good clip: refused by name, or left out and listed."""

    def bad_clips(self):
        """Name, content, and what is said of it."""
        draw = random.Random(3)
        sound = tones.say("ab cd", draw)
        nan = list(sound)
        nan[100] = float("nan")
        self.clip("none.wav", [])
        good = self.clip("good.wav", sound).read_bytes()
        self.clip("silent.wav", [0.0] * 8000)
        return {
            "gone.wav": (None, "no recording"),
            "zero.wav": (b"", "empty"),
            "text.wav": (b"This is no sound at all.\n" * 20, ""),
            "nan.wav": (tones.float_wav_bytes(nan), "sample"),
            "none.wav": ((self.folder / "none.wav").read_bytes(), "no sample"),
            "cut.wav": (good[:len(good) // 2], "cut"),
            "head.wav": (good[:30], ""),
        }

    def write_bad(self):
        kinds = self.bad_clips()
        for name, (content, _) in kinds.items():
            if content is not None:
                (self.folder / name).write_bytes(content)
        return {name: sign for name, (_, sign) in kinds.items()}

    def test_predict_names_the_file(self):
        for name, sign in self.write_bad().items():
            if name == "cut.wav":
                continue  # its half is read
            with self.subTest(name):
                sign = "" if name == "gone.wav" else sign
                self.refused("predict", name, sign, input=self.folder / name)

    def test_predict_skips_and_says_so(self):
        kinds = [name for name in self.write_bad() if name != "cut.wav"]
        rows = [("good.wav",), *((name,) for name in kinds), ("good.wav",)]
        table = self.manifest(rows, header=("path",))
        stopped = run("predict", *flags(model=self.model, manifest=table, on_bad_row="error",
                                        output_file=self.folder / "stopped.jsonl"))
        self.assert_refused(stopped, kinds[0], "--on-bad-row skip")
        self.assertFalse((self.folder / "stopped.jsonl").exists())
        result = run("predict", *flags(model=self.model, manifest=table))
        self.assert_ok(result)
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(len(answers), len(rows))
        for answer in (answers[0], answers[-1]):
            self.assertEqual(answer["text"], "ab cd")
        for name, answer in zip(kinds, answers[1:]):
            self.assertIn(name, answer["error"])
            self.assertNotIn("text", answer)
        self.assertIn(f"{len(kinds)} of {len(rows)} recordings cannot be used", result.stderr)

    def test_predict_reads_what_is_short_or_silent(self):
        self.write_bad()
        self.assertEqual(self.texts(input=self.folder / "silent.wav"), [""])
        draw = random.Random(1)
        for samples in (1, 8, 80):
            answer = self.predict(input=self.clip("short.wav", tones.silence(samples / 8000, draw)))[0]
            self.assertEqual(answer["text"], "")
            self.assertAlmostEqual(answer["seconds"], samples / 8000, places=3)

    def test_train_stops_at_each(self):
        for name, sign in self.write_bad().items():
            with self.subTest(name):
                table = self.manifest([("good.wav", "ab cd"), (name, "ab")])
                self.train_refused(name, "clips.tsv:3", sign, manifest=table)

    def test_train_leaves_out_and_lists(self):
        names = list(self.write_bad())
        self.clip("short.wav", tones.silence(.01, random.Random(1)))
        rows = [("good.wav", "ab cd"), *((name, "ab") for name in names), ("short.wav", "a"),
                ("good.wav", "abcd " * 30), ("good.wav", ""), ("good.wav", "cd ab")]
        output = self.folder / "out"
        result = run("train", *self.train_flags(output, manifest=self.manifest(rows),
                                                on_bad_row="skip"))
        self.assert_ok(result)
        listed = read_jsonl(output / "bad_rows.jsonl")
        lines = sorted(int(row["line"]) for row in listed)
        self.assertEqual(lines, list(range(3, len(rows) + 1)))
        self.assertIn(f"{len(listed)} rows cannot be used", result.stderr)

    def test_too_short_clips_are_left_out_by_default(self):
        self.bad_clips()
        self.clip("short.wav", tones.silence(.01, random.Random(1)))
        table = self.manifest([("good.wav", "ab cd"), ("short.wav", "ab"),
                               ("good.wav", "abcd " * 30)])
        output = self.folder / "out"
        result = run("train", *self.train_flags(output, manifest=table))
        self.assert_ok(result)
        listed = read_jsonl(output / "bad_rows.jsonl")
        self.assertEqual([row["line"] for row in listed], [3, 4])
        for row in listed:
            self.assertIn("too long", row["reason"])
        self.assertIn("2 ", result.stderr)
        self.train_refused("long enough", manifest=self.manifest([("short.wav", "ab")], "all.tsv"))

    def test_short_clips_are_evaluated(self):
        self.bad_clips()
        self.clip("short.wav", tones.silence(.01, random.Random(1)))
        table = self.manifest([("good.wav", "ab cd"), ("short.wav", "ab")])
        output = self.folder / "metrics.json"
        self.assert_ok(run("evaluate", *flags(model=self.model, manifest=table, threads=1,
                                              output_file=output)))
        metrics = read_json(output)
        self.assertEqual(metrics["eval_clips_too_short"], 1)
        self.assertAlmostEqual(metrics["eval_wer"], 1 / 3)
        self.assertIsNotNone(metrics["eval_loss"])

    def test_transcripts(self):
        self.bad_clips()
        table = self.manifest([("good.wav", "ab cd"), ("good.wav", "?!")])
        self.train_refused("clips.tsv:3", "nothing is left", manifest=table,
                           remove_punctuation=True)

    def test_pieces(self):
        self.bad_clips()
        header = ("path", "sentence", "start", "end")
        for cells, sign in {(".1", "99"): "ends at", ("9", "10"): "ends at", (".3", ".2"): "not behind",
                            ("x", "1"): "expected seconds", ("-1", "1"): "expected seconds"}.items():
            with self.subTest(cells):
                table = self.manifest([("good.wav", "ab", *cells)], header=header)
                self.train_refused("clips.tsv:2", sign, manifest=table)
                self.refused("evaluate", "clips.tsv:2", sign, manifest=table)
                self.refused("predict", "good.wav" if sign == "ends at" else "clips.tsv:2",
                             "" if sign == "ends at" else sign, manifest=table)

    def test_paths(self):
        self.bad_clips()
        outside = self.folder / "inner"
        outside.mkdir()
        for path in ("../good.wav", self.folder / "good.wav"):
            table = tones.write_manifest(outside / "clips.tsv", [(path, "ab cd")],
                                         ("path", "sentence"))
            self.train_refused("leaves the folder", "--root", manifest=table)
            self.refused("predict", "leaves the folder", "--root", manifest=table)
        self.assertEqual(self.texts(manifest=table, root=self.folder), ["ab cd"])

    def test_columns(self):
        self.bad_clips()
        table = self.manifest([("good.wav", "ab cd")], header=("wo", "was"))
        self.train_refused("--audio-column", "wo, was", manifest=table)
        self.train_refused("--text-column", manifest=table, audio_column="wo")
        self.train_refused("wie", "wo", manifest=table, audio_column="wo", text_column="wie")
        self.refused("predict", "--audio-column", manifest=table)
        self.refused("predict", "wie", manifest=table, audio_column="wie")
        self.refused("predict", "wie", manifest=table, audio_column="wo", begin_column="wie")
        self.refused("predict", "wie", manifest=table, audio_column="wo", keep_columns="wie")
        self.refused("evaluate", "--audio-column", manifest=table)

    def test_check(self):
        self.write_bad()
        settings = dict(task="speech-recognition", model=self.model)
        good = self.manifest([("good.wav", "ab cd"), ("good.wav", "cd")], "good.tsv")
        result = run("check", *flags(manifest=good, **settings))
        self.assert_ok(result)
        bad = self.manifest([("good.wav", "ab cd"), ("text.wav", "cd"), ("nan.wav", "ab")])
        result = run("check", *flags(manifest=bad, **settings))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("text.wav", result.stdout)
        self.assertIn("nan.wav", result.stdout)
        self.refused("check", "--max-suspects", task="speech-recognition", manifest=good,
                     max_suspects=3)

    def test_check_tells_of_speakers_once(self):
        for name in "abc":
            self.said(f"{name}.wav", "ab cd", seed=ord(name))
        header = ("path", "sentence", "client_id")
        train = self.manifest([("a.wav", "ab cd", "s"), ("b.wav", "ab 1", "t")], header=header)
        dev = self.manifest([("c.wav", "ab cd", "s")], "dev.tsv", header)
        result = run("check", *flags(task="speech-recognition", manifest=train,
                                     validation_manifest=dev))
        self.assert_ok(result)
        told = result.stdout + result.stderr
        self.assertEqual(len(re.findall(r"speakers? has clips|speakers have clips", told)), 1, told)
        self.assertIn("1 clip has digits in its transcript", told)
        self.assertIn("clips.tsv:3", told)

    def test_replayed_clips_are_not_measured_on(self):
        result = run("train", *self.train_flags(
            self.folder / "out", manifest=self.clips / "few.tsv", num_train_epochs=1,
            validation_manifest=self.clips / "test.tsv", replay_manifest=self.clips / "test.tsv"))
        self.assert_ok(result)
        self.assertIn("30 clips of validation are learnt from too", result.stdout)


class Settings(TestCase):
    """What contradicts itself is told before anything is read."""

    def test_batches(self):
        # Told before the data are read, which here would be refused too.
        self.train_refused("mask_time_length has no effect", "mask_time_prob is 0",
                           mask_time_length=4, manifest=self.manifest([("gone.wav", "a")]))
        self.train_refused("--batch-seconds", "--per-device-train-batch-size", batch_seconds=10)
        longest = max(((self.clips / path).stat().st_size, path)
                      for path, _, _ in self.world.few_rows)[1]
        self.train_refused("--batch-seconds", longest, "--max-seconds", batch_seconds=.3,
                           per_device_train_batch_size=None)

    def test_model_or_architecture(self):
        self.train_refused("--model", "--architecture", model=self.model,
                           architecture=self.world.config)
        self.train_refused("--model", "--architecture", architecture=None)
        self.train_refused("none.json", architecture=self.folder / "none.json")
        text = self.folder / "text.json"
        text.write_text("{}")
        self.train_refused("text.json", architecture=text)

    def test_inspect_shows_the_symbols(self):
        shown = run("inspect", self.model)
        self.assert_ok(shown)
        self.assertIn("symbols     7: | a b c d [UNK] [PAD]", shown.stdout)
        self.assertIn("blank [PAD] (output 6), between words |", shown.stdout)
        facts = json.loads(run("inspect", self.model, "--json").stdout)
        self.assertEqual(facts["symbols"]["symbols"], ["|", *"abcd", "[UNK]", "[PAD]"])
        self.assertEqual(facts["symbols"]["blank_id"], 6)

    def test_predict_of_an_annotation(self):
        path = self.folder / "talk.srt"
        path.write_text("1\n00:00:00,000 --> 00:00:01,000\nab\n")
        self.refused("predict", "this is an annotation", "--input", "attune evaluate --manifest",
                     manifest=path)

    def test_language(self):
        self.train_refused("--language", "xyz", model=self.model, language="xyz")
        self.refused("predict", "xyz", input=self.said("a.wav", "a"), language="xyz")

    def test_sources(self):
        self.train_refused("--train-dir", "--manifest", manifest=None)
        self.train_refused("--train-dir", "--manifest", train_dir=self.clips)
        self.train_refused("gone.tsv", manifest=self.folder / "gone.tsv")
        self.refused("predict", "--input", "--manifest")
        self.refused("predict", "--input", input=self.folder / "none-*.wav")
        (self.folder / "empty").mkdir()
        self.refused("predict", "no recording", "empty", input=self.folder / "empty")

    def test_options_without_effect(self):
        clip = self.said("a.wav", "a")
        self.refused("predict", "--lm-weight", "--lm", input=clip, lm_weight=2)
        self.refused("predict", "--hot-word-weight", "--hot-words", input=clip, hot_word_weight=2)
        self.refused("predict", "--keep-columns", input=clip, keep_columns="id")
        self.train_refused("--replay-ratio", "--replay-manifest", replay_ratio=1)
        self.train_refused("--noise-snr-min", noise_snr_min=5)
        self.train_refused("--noise-snr-min 50 is above --noise-snr-max 40", noise_snr_min=50,
                           noise_probability=.5)
        self.train_refused("--transcript-language", "--letter-case", transcript_language="tr",
                           letter_case="keep")
        self.train_refused("--transcript-language turkish", transcript_language="turkish")
        self.refused("predict", "--transcript-language", "--hot-words", input=clip,
                     transcript_language="tr")
        self.train_refused("--label-smoothing-factor", label_smoothing_factor=.1)


if __name__ == "__main__":
    unittest.main()
