"""Reads what attune's TensorBoardWriter wrote with TensorBoard's own reader.

Run: python tests/parity/tensorboard/check_events.py build/release/attune_train_test
(TensorBoard 2.21.0)
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing import event_accumulator, io_wrapper


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.argv[1], "--gtest_filter=TensorBoard.a_resumed_run"],
            env=os.environ | {"ATTUNE_TENSORBOARD_OUT": folder}, check=True, stdout=subprocess.DEVNULL)
        files = sorted(pathlib.Path(folder).iterdir())
        assert len(files) == 2 and all(io_wrapper.IsTensorFlowEventsFile(str(f)) for f in files), files
        reader = event_accumulator.EventAccumulator(folder)
        reader.Reload()
        assert reader.file_version == 2.0, reader.file_version
        assert sorted(reader.Tags()["scalars"]) == ["eval/accuracy", "train/loss"], reader.Tags()
        loss = [(e.step, round(e.value, 5)) for e in reader.Scalars("train/loss")]
        expected = [(s, round(1 / s, 5)) for s in range(1, 5)] + [(s, 10.0 + s) for s in range(5, 9)]
        assert loss == expected, loss
        assert [(e.step, e.value) for e in reader.Scalars("eval/accuracy")] == [(8, 0.875)]
        print("TensorBoard reads", len(files), "files:", loss)


if __name__ == "__main__":
    main()
