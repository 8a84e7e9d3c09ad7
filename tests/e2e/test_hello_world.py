"""examples/hello_world.cc as a user runs it."""

import math
import os
import subprocess
import unittest

import support
from support import BUILD, read_jsonl

PROGRAM = BUILD / "hello_world"


class HelloWorld(support.TestCase):
    def run_example(self, *arguments):
        return subprocess.run([str(PROGRAM), *map(str, arguments)], cwd=self.folder, text=True,
                              capture_output=True, timeout=support.TIMEOUT,
                              env={**os.environ, **support.EXTRA_ENV, "HF_HOME": str(self.folder)})

    def test_trains_and_writes_results(self):
        result = self.run_example(self.model)
        self.assert_ok(result)
        metrics = dict(line.rsplit(" ", 1) for line in result.stdout.splitlines()
                       if line.count(" ") == 1)
        loss = float(metrics.get("loss", metrics.get("eval_loss")))
        self.assertTrue(math.isfinite(loss) and 0 < loss < 2, result.stdout)
        output = self.folder / "results"
        self.assertTrue((output / "trainer_state.json").is_file())
        checkpoints = list(output.glob("checkpoint-*/model.safetensors"))
        self.assertTrue(checkpoints, sorted(p.name for p in output.rglob("*")))
        runtime = [entry for entry in read_jsonl(output / "log.jsonl") if "train_loss" in entry]
        self.assertEqual(len(runtime), 1)
        self.assertTrue(math.isfinite(runtime[0]["train_loss"]))

    def test_reports_a_missing_model(self):
        result = self.run_example(self.folder / "nothing-here")
        self.assert_refused(result, "nothing-here")
        self.assertFalse((self.folder / "results").exists())

    def test_reports_a_hub_model_that_is_not_in_the_cache(self):
        result = self.run_example()
        self.assert_refused(result, "bert-base-uncased")


if __name__ == "__main__":
    unittest.main()
