"""The first SIGINT or SIGTERM ends the program soon, in whatever stage it is; what there is to keep is kept.

A stage is known by what the program says of it on a terminal (a pseudo-terminal here), by the bytes it
has taken out of a pipe, or by the hidden folder of a checkpoint that is being written.
"""

import array
import fcntl
import os
import pty
import select
import signal
import shutil
import subprocess
import termios
import time
import unittest

import support
from support import flags, read_json, read_jsonl, run, sha256
from pictures import write_pictures

SOON = 20  # seconds: a second, and a machine that has much else to do


class Program:
    """attune on a pseudo-terminal, which shows progress as it comes."""

    def __init__(self, *arguments, stdin=None):
        self.terminal, other = pty.openpty()
        self.process = subprocess.Popen(
            [support.ATTUNE, *map(str, arguments)], stdin=stdin, stdout=other, stderr=other,
            env={**os.environ, **support.EXTRA_ENV})
        os.close(other)
        self.seen = ""

    def wait_for(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            self.read(0.002)
            if self.process.poll() is not None:
                raise AssertionError("the program ended by itself:\n" + self.seen)
            if time.monotonic() > end:
                self.process.kill()
                raise AssertionError("nothing happened:\n" + self.seen)

    def wait_for_text(self, text):
        self.wait_for(lambda: text in self.seen)

    def read(self, seconds):
        if select.select([self.terminal], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace")
            except OSError:  # closed by the program
                time.sleep(seconds)

    def stop(self, number):
        """Sends the signal; the exit status."""
        self.process.send_signal(number)
        end = time.monotonic() + SOON
        while self.process.poll() is None:
            self.read(0.01)
            if time.monotonic() > end:
                self.process.kill()
                raise AssertionError("the signal did nothing:\n" + self.seen)
        self.read(0.1)
        os.close(self.terminal)
        return self.process.returncode


class Pipe:
    """A pipe as the program's standard input that holds some rows and never ends."""

    def __init__(self, text):
        self.end, self.begin = os.pipe()
        os.write(self.begin, text.encode())

    def is_taken(self):
        left = array.array("i", [0])
        fcntl.ioctl(self.end, termios.FIONREAD, left)
        return left[0] == 0

    def close(self):
        os.close(self.end)
        os.close(self.begin)


class Signals(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.few = support.write_csv(cls.shared / "few.csv", support.sentences(43, seed=4))
        cls.many = support.write_csv(cls.shared / "many.csv", support.sentences(12000, seed=6))

    def stopped_while_reading(self, verb, arguments, text):
        """`arguments` of the link to standard input, which is a pipe."""
        pipe = Pipe(text)
        self.addCleanup(pipe.close)
        program = Program(verb, *arguments, stdin=pipe.end)
        program.wait_for(pipe.is_taken)
        for number, status in ((signal.SIGTERM, 143),):
            self.assertEqual(program.stop(number), status, program.seen)
        return program.seen

    def test_reading(self):
        link = self.folder / "data.csv"
        link.symlink_to("/dev/stdin")
        trained = self.folder / "trained"
        self.train(trained, train_file=self.few, num_train_epochs=1)
        output = self.folder / "out"
        self.stopped_while_reading("train", self.train_flags(output, train_file=link),
                                   "text,label\ngood,positive\n")
        self.assertFalse(output.exists() and any(output.iterdir()))
        self.stopped_while_reading("evaluate", flags(model=trained, test_file=link),
                                   "text,label\ngood,positive\n")
        self.stopped_while_reading("check", flags(task="text-classification", train_file=link),
                                   "text,label\ngood,positive\n")
        result = self.folder / "y.jsonl"
        self.stopped_while_reading("predict", flags(model=trained, input_file=link,
                                                    output_file=result), "text\ngood\n")
        self.stopped_while_reading("tokenize", flags(model=trained, input_file=link,
                                                     output_file=result), "good\n")
        self.assertEqual(list(self.folder.glob("*jsonl*")), [])
        self.assertEqual(list(self.folder.glob(".*")), [])

    def check_goes_on(self, stopped, whole, settings):
        """The run that was stopped ends, resumed, as the one that was not."""
        result = run("train", *self.train_flags(stopped, **settings),
                     "--resume-from-checkpoint", "last")
        self.assert_ok(result)
        self.assertEqual(sha256(stopped / "model.safetensors"), sha256(whole / "model.safetensors"))
        def timeless(output):
            return [{k: v for k, v in entry.items()
                     if not k.endswith(("runtime", "per_second", "bytes"))}
                    for entry in read_jsonl(output / "log.jsonl")]
        self.assertEqual(timeless(stopped), timeless(whole))

    def check_stage(self, sign, number, status, check_state=lambda state: None, **settings):
        whole, stopped = self.folder / "whole", self.folder / "stopped"
        program = Program("train", *self.train_flags(stopped, **settings))
        program.wait_for_text(sign)
        self.assertEqual(program.stop(number), status, program.seen)
        saved = list(stopped.glob("checkpoint-*"))
        self.assertEqual(len(saved), 1, program.seen)
        self.assertFalse((stopped / "metrics.json").exists())
        check_state(read_json(saved[0] / "trainer_state.json"))
        self.train(whole, **settings)
        self.check_goes_on(stopped, whole, settings)

    def test_frozen_features(self):
        self.check_stage("frozen features ", signal.SIGINT, 130, train_file=self.many,
                         num_train_epochs=1, per_device_train_batch_size=512,
                         strategy="feature-extraction",
                         check_state=lambda state: self.assertEqual(state["global_step"], 0))

    def test_training(self):
        self.check_stage("train 1/", signal.SIGTERM, 143, train_file=self.many, max_steps=400,
                         save_strategy="steps", save_steps=100_000)

    def test_evaluating(self):
        self.check_stage(
            "evaluate ", signal.SIGTERM, 143, train_file=self.few, validation_file=self.many,
            num_train_epochs=2, load_best_model_at_end=True,
            check_state=lambda state: self.assertTrue(state["attune"]["evaluation_is_due"]))

    def test_checking_pictures(self):
        """Nothing is there to keep; the same command starts again."""
        pictures = write_pictures(self.folder / "pictures", 1500, seed=3)
        output = self.folder / "out"
        program = Program("train", *flags(
            task="image-classification", architecture="resnet20_cifar", train_dir=pictures,
            output_dir=output, threads=1, max_steps=1))
        program.wait_for_text("check pictures ")
        self.assertEqual(program.stop(signal.SIGINT), 130, program.seen)
        self.assertIn("stopped by SIGINT", program.seen)

    def test_check(self):
        """Looking through pictures, and asking a model what it doubts; no report is begun."""
        report = self.folder / "report.html"
        pictures = write_pictures(self.folder / "pictures", 1500, seed=3)
        for picture in list(pictures.rglob("*.png")):
            for i in range(12):
                os.link(picture, picture.with_name(f"{i}-{picture.name}"))
        trained = self.folder / "trained"
        self.train(trained, train_file=self.few, num_train_epochs=1)
        for sign, options in (
                ("check pictures ", dict(task="image-classification", train_dir=pictures)),
                ("look for doubtful labels ", dict(task="text-classification", model=trained,
                                                   train_file=self.many))):
            program = Program("check", *flags(**options, threads=1, report_file=report))
            program.wait_for_text(sign)
            self.assertEqual(program.stop(signal.SIGTERM), 143, program.seen)
            self.assertIn("stopped by SIGTERM", program.seen)
            self.assertFalse(report.exists())

    def test_saving(self):
        """A checkpoint that is being written is finished."""
        settings = dict(train_file=self.few, num_train_epochs=30, save_strategy="steps",
                        save_steps=1, per_device_train_batch_size=6, save_total_limit=2)
        stopped = self.folder / "stopped"
        program = Program("train", *self.train_flags(stopped, **settings))
        program.wait_for(lambda: any(stopped.glob(".checkpoint-*.attune-tmp-*")))
        self.assertEqual(program.stop(signal.SIGTERM), 143, program.seen)
        self.assertEqual(list(stopped.glob(".*")), [])
        whole = self.folder / "whole"
        self.train(whole, **settings)
        self.check_goes_on(stopped, whole, settings)

    def test_evaluate_of_a_saved_model(self):
        trained = self.folder / "trained"
        self.train(trained, train_file=self.few, num_train_epochs=1)
        result = self.folder / "metrics.json"
        program = Program("evaluate", *flags(model=trained, test_file=self.many, threads=1,
                                             output_file=result))
        program.wait_for_text("evaluate ")
        self.assertEqual(program.stop(signal.SIGINT), 130, program.seen)
        self.assertFalse(result.exists())

    def test_what_is_no_file_is_refused_at_once(self):
        fifo = self.folder / "fifo.csv"
        os.mkfifo(fifo)
        device = self.folder / "device.csv"
        device.symlink_to("/dev/zero")
        folder = self.folder / "model"
        shutil.copytree(self.model, folder)
        (folder / "config.json").unlink()
        os.mkfifo(folder / "config.json")
        for arguments, parts in (
                (self.train_flags(self.folder / "out", train_file=fifo), (fifo, "a FIFO")),
                (self.train_flags(self.folder / "out", train_file=device),
                 (device, "a character device")),
                (self.train_flags(self.folder / "out", model=folder),
                 (folder / "config.json", "a FIFO"))):
            self.assert_refused(run("train", *arguments, timeout=SOON), *parts)


if __name__ == "__main__":
    unittest.main()
