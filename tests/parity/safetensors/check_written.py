"""Checks that the original library opens a file attune wrote and finds equal values in it.

Run: .deps/peers/bin/python tests/parity/safetensors/check_written.py \
         build/release/attune_pretrained_parity_test
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors import safe_open

from make_golden import raw, tensors


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [program, "--gtest_filter=SafetensorsParity.WritesTheSameBytes"],
            env={**os.environ, "ATTUNE_PARITY_OUT": folder}, check=True, stdout=subprocess.DEVNULL)
        with safe_open(pathlib.Path(folder) / "written.safetensors", "pt") as file:
            assert file.metadata() == {"format": "pt"}, file.metadata()
            expected = tensors()
            assert set(file.keys()) == set(expected), set(file.keys()) ^ set(expected)
            for name, tensor in expected.items():
                got = file.get_tensor(name)
                assert got.dtype == tensor.dtype and got.shape == tensor.shape, name
                assert raw(got) == raw(tensor), name
    print(f"ok: {len(expected)} tensors equal")


if __name__ == "__main__":
    main()
