"""`cmake --install`, the installed folder moved elsewhere, examples/ built against it and run."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import support
from support import BUILD, DEPS, ROOT

OURS = {str(path) for folder in (ROOT, BUILD, DEPS, DEPS / "libtorch")
        for path in (folder, folder.resolve())}


def succeed(*command, **options):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                            timeout=support.TIMEOUT, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}")
    return result.stdout


class Install(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        succeed("cmake", "--install", BUILD, "--prefix", cls.shared / "as installed")
        cls.prefix = cls.shared / "moved elsewhere"
        (cls.shared / "as installed").rename(cls.prefix)
        shutil.copytree(ROOT / "examples", cls.shared / "examples")
        cls.examples = cls.shared / "build"
        succeed("cmake", "-G", "Ninja", "-S", cls.shared / "examples", "-B", cls.examples,
                f"-DCMAKE_PREFIX_PATH={cls.prefix}")
        succeed("cmake", "--build", cls.examples)

    def assert_apart(self, text, what):
        """`text` names neither the checkout, its build and downloads nor the place before the move."""
        for folder in OURS | {str(self.shared / "as installed")}:
            self.assertNotIn(folder + "/", text.replace(str(self.prefix), "PREFIX"), what)

    def test_every_library_is_found_in_the_moved_folder_or_the_system(self):
        libraries = self.prefix / "lib"
        for binary in (self.prefix / "bin" / "attune", libraries / "libattune.so",
                       self.examples / "hello_world"):
            found = dict(re.findall(r"^\s*(\S+) => (.+?)(?: \(0x\w+\))?$", succeed("ldd", binary),
                                    flags=re.M))
            self.assertNotIn("not found", found.values(), binary)
            for name in ("libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcupti.so.13",
                         "libcudart.so.13"):
                self.assertTrue(os.path.realpath(found[name]).startswith(f"{libraries}/attune/"),
                                (binary, found))
            self.assert_apart(str(found), binary)
            self.assert_apart(succeed("readelf", "-d", binary), binary)

    def test_examples_are_compiled_from_installed_headers_alone(self):
        read = succeed("ninja", "-C", self.examples, "-t", "deps")
        self.assertIn("include/attune/attune.h", read)
        self.assert_apart(read, "headers")
        self.assert_apart((self.examples / "build.ninja").read_text(encoding="utf-8"), "commands")

    def test_package_files_name_no_folder_of_the_build(self):
        for file in (self.prefix / "lib" / "cmake" / "attune").iterdir():
            self.assert_apart(file.read_text(encoding="utf-8"), file)

    def test_example_runs(self):
        program = self.examples / "hello_world"
        output = succeed(program, self.model, cwd=self.folder,
                         env={**os.environ, **support.EXTRA_ENV})
        self.assertRegex(output, r"(?m)^loss 0\.\d{4}$")
        self.assertTrue((self.folder / "results" / "trainer_state.json").is_file())

    def test_program_runs(self):
        program = self.prefix / "bin" / "attune"
        data = support.flags(task="text-classification", model=self.model, threads=1,
                             train_file=self.train_file, max_steps=2, output_dir=self.folder / "out")
        succeed(program, "train", *data)
        answer = succeed(program, "predict", "--model", self.folder / "out", "--text", "superb")
        self.assertRegex(answer, "positive|negative")

    def test_package_says_when_its_libtorch_is_missing(self):
        with tempfile.TemporaryDirectory(dir=self.shared) as folder:
            bare = Path(folder) / "bare"
            shutil.copytree(self.prefix / "lib" / "cmake", bare / "lib" / "cmake")
            result = subprocess.run(
                ["cmake", "-G", "Ninja", "-S", self.shared / "examples", "-B", f"{folder}/build",
                 f"-DCMAKE_PREFIX_PATH={bare}"], capture_output=True, text=True, check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("No LibTorch in", " ".join(result.stderr.split()))


if __name__ == "__main__":
    unittest.main()
