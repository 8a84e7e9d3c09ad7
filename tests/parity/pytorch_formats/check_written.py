"""Checks that PyTorch opens a file attune wrote, safely (weights_only), and finds equal values.

Run: .deps/peers/bin/python tests/parity/pytorch_formats/check_written.py \
         build/release/attune_pretrained_parity_test
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import torch

import samples


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [program, "--gtest_filter=PytorchFormatsParity.ReadsWhatItWrote"],
            env={**os.environ, "ATTUNE_PARITY_OUT": folder}, check=True, stdout=subprocess.DEVNULL)
        path = pathlib.Path(folder) / "written.pt"
        for mmap in (False, True):
            got = torch.load(path, weights_only=True, mmap=mmap)
            expected = samples.expected({**samples.typed_tensors(), **samples.untyped_tensors(),
                                         **samples.view_tensors()})
            assert samples.expected(got) == expected
            assert got["base"].untyped_storage().data_ptr() == got["tied"].untyped_storage().data_ptr()
            assert all(tensor.data_ptr() % 64 == 0 for tensor in got.values() if mmap)
    print(f"ok: {len(expected)} tensors equal")


if __name__ == "__main__":
    main()
