"""What the system refuses (memory, descriptors, permissions, the size of a file) is told in one line with exit status 2."""

import os
import resource
import shutil
import stat
import subprocess
import unittest

import support
from support import flags, read_jsonl, run, sha256, write_csv

MIB = 1 << 20
NOBODY = 65534


def limited(kind, amount):
    return lambda: resource.setrlimit(kind, (amount, amount))


def without_rights():
    """root may read everything; nobody may not."""
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)


class TrainedModel(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trained = cls.shared / "trained"
        result = run("train", *flags(task="text-classification", model=cls.model,
                                     train_file=cls.train_file, output_dir=cls.trained,
                                     threads=1, max_steps=2))
        assert result.returncode == 0, result.stderr


class Limits(TrainedModel):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Needs more memory than the program alone.
        cls.long_file = write_csv(cls.shared / "long.csv",
                                  [("good " * (4 * MIB), label) for label in ("yes", "no")])

    def refused_or_done(self, result, *parts):
        """Whether it was refused, in words; nothing else may happen."""
        if result.returncode == 0:
            return False
        self.assert_refused(result, *parts)
        return True

    def test_address_space(self):
        """As under `ulimit -v`, from where the program itself can be loaded on upwards."""
        def limit(mib):
            return limited(resource.RLIMIT_AS, mib * MIB)

        # Below, the loader and the initialisers of libraries fail: no line of ours has run.
        least = next(mib for mib in range(256, 4096, 32)
                     if run("--version", preexec=limit(mib)).returncode == 0)
        refused = 0
        for mib in (least, least + 32, least + 64, least + 128):
            for verb, arguments in (
                    ("train", self.train_flags(self.folder / f"out-{mib}", max_steps=2,
                                               train_file=self.long_file)),
                    ("predict", flags(model=self.trained, input_file=self.long_file, threads=1,
                                      output_file=self.folder / "y.jsonl"))):
                with self.subTest(verb=verb, mib=mib):
                    refused += self.refused_or_done(run(verb, *arguments, preexec=limit(mib)),
                                                    "memory")
        self.assertGreater(refused, 0)
        self.assertEqual(list(self.folder.glob(".*")), [])

    def test_open_files(self):
        refused = 0
        for count in (3, 4, 5, 6, 8):
            with self.subTest(count):
                result = run("predict", *flags(model=self.trained, input_file=self.test_file,
                                               output_file=self.folder / "y.jsonl"),
                             preexec=limited(resource.RLIMIT_NOFILE, count))
                if result.returncode == 127:
                    continue
                refused += self.refused_or_done(result, "Too many open files", "ulimit -n")
        self.assertGreater(refused, 0)

    def test_size_of_a_file(self):
        """SIGXFSZ would end the program without a word."""
        out = self.folder / "y.jsonl"
        result = run("predict", *flags(model=self.trained, input_file=self.test_file,
                                       output_file=out),
                     preexec=limited(resource.RLIMIT_FSIZE, 1000))
        self.assert_refused(result, out, "the limit of a file's size is 1000 B", "ulimit -f")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_permissions(self):
        self.folder.chmod(0o755)
        secret = self.folder / "secret"
        secret.mkdir()
        data = write_csv(secret / "data.csv", support.sentences(40, seed=3))
        secret.chmod(0)
        self.addCleanup(secret.chmod, 0o755)
        probe = run("--version", preexec=without_rights)
        if probe.returncode != 0:
            self.skipTest("the program cannot be run by another user here")
        self.shared.chmod(0o755)
        for verb, arguments in (
                ("train", self.train_flags("/tmp/attune-never", train_file=data)),
                ("train", self.train_flags(secret / "out")),
                ("train", self.train_flags("/tmp/attune-never", model=secret / "model")),
                ("evaluate", flags(model=self.trained, test_file=data)),
                ("predict", flags(model=self.trained, input_file=data)),
                ("predict", flags(model=self.trained, text="x", output_file=secret / "y.jsonl")),
                ("inspect", [secret / "model"]),
                ("tokenize", flags(model=secret, input_file=data,
                                        output_file="/tmp/attune-never"))):
            with self.subTest(verb=verb, arguments=arguments[-1]):
                self.assert_refused(run(verb, *arguments, preexec=without_rights), "secret",
                                    "Permission denied")
        self.assertFalse(os.path.exists("/tmp/attune-never"))


class Streams(TrainedModel):
    """Standard streams that are closed or broken, and files that are read and written."""

    def shell(self, command, **settings):
        return subprocess.run(["bash", "-c", command], capture_output=True, text=True,
                              timeout=support.TIMEOUT, env={**os.environ, **support.EXTRA_ENV,
                                                            "ATTUNE": support.ATTUNE}, **settings)

    def test_a_closed_stream_is_no_other_file(self):
        """Its number would go to the next file that is opened: the input."""
        data = self.folder / "in.csv"
        shutil.copy(self.test_file, data)
        before = sha256(data)
        for verb in (f"predict --model {self.trained}", f"tokenize --model {self.model}"):
            for closed in (">&-", "<&- >&- 2>&-"):
                result = self.shell(f"$ATTUNE {verb} --input-file {data} "
                                    f"--output-file /dev/stdout {closed}")
                self.assertEqual((result.returncode, sha256(data)), (0, before), result)

    def test_a_run_does_not_end_with_its_terminal(self):
        for number, streams in enumerate((">&- 2>&-", "2>/dev/full >/dev/null", ">&-")):
            output = self.folder / f"out-{number}"
            arguments = " ".join(map(str, self.train_flags(output, max_steps=2)))
            result = self.shell(f"$ATTUNE train {arguments} {streams}")
            self.assertEqual(result.returncode, 0, result)
            self.assertTrue((output / "metrics.json").exists())
        result = self.shell(f"$ATTUNE predict --model {self.folder / 'none'} --text x >&- 2>&-")
        self.assertEqual(result.returncode, 2)

    def test_what_is_read_is_not_written(self):
        data, link = self.folder / "in.csv", self.folder / "link.jsonl"
        shutil.copy(self.test_file, data)
        link.symlink_to(data)
        before = sha256(data)
        report = self.folder / "r.html"
        for verb, arguments, parts in (
                ("predict", flags(model=self.trained, input_file=data, output_file=data),
                 ("--output-file", "--input-file")),
                ("predict", flags(model=self.trained, input_file=data, output_file=link),
                 ("--output-file", "--input-file")),
                ("evaluate", flags(model=self.trained, test_file=data, output_file=link),
                 ("--output-file", "--test-file")),
                ("tokenize", flags(model=self.model, input_file=data, output_file=data),
                 ("--output-file", "--input-file")),
                ("check", flags(task="text-classification", train_file=data, report_file=data),
                 ("--report-file", "--train-file")),
                ("check", flags(task="text-classification", train_file=data, output_file=report,
                                report_file=self.folder / "." / "r.html"),
                 ("--report-file", "--output-file"))):
            with self.subTest(verb=verb, parts=parts):
                self.assert_refused(run(verb, *arguments), *parts)
                self.assertEqual(sha256(data), before)
        self.assertFalse(report.exists())


class WrittenThrough(TrainedModel):
    """An output that is no regular file stays what it is."""

    def predict(self, output, **settings):
        return run("predict", *flags(model=self.trained, input_file=self.test_file,
                                     output_file=output), **settings)

    def test_devices_and_standard_output(self):
        self.assert_ok(self.predict("/dev/null"))
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        result = self.predict("/dev/stdout")
        self.assert_ok(result)
        self.assertEqual(len(result.stdout.splitlines()), 40)

    def test_links(self):
        target, link = self.folder / "y.jsonl", self.folder / "link.jsonl"
        link.symlink_to(target)
        for _ in range(2):  # not there yet; there
            self.assert_ok(self.predict(link))
            self.assertTrue(link.is_symlink())
            self.assertEqual(len(read_jsonl(target)), 40)

    def test_fifo(self):
        fifo = self.folder / "fifo.jsonl"
        os.mkfifo(fifo)
        whole = self.folder / "whole.jsonl"
        self.assert_ok(self.predict(whole))
        process = support.start("predict", *flags(model=self.trained, input_file=self.test_file,
                                                  output_file=fifo))
        read = self.folder / "read.jsonl"
        read.write_bytes(fifo.read_bytes())
        self.assertEqual(process.wait(support.TIMEOUT), 0)
        self.assertEqual(sha256(read), sha256(whole))
        self.assertTrue(stat.S_ISFIFO(os.stat(fifo).st_mode))


if __name__ == "__main__":
    unittest.main()
