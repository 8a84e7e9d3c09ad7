"""Writes small checkpoints with PyTorch and NumPy, and golden.json with what they hold.

Run: .deps/peers/bin/python tests/parity/pytorch_formats/make_golden.py
"""
import json
import pathlib

import numpy as np
import torch

import samples

HERE = pathlib.Path(__file__).parent


def save_legacy(value, name):
    """The legacy form names storages by their addresses: an equal file is left as it is."""
    path = HERE / name
    wanted = samples.expected(flatten(value))
    if path.exists() and samples.expected(flatten(torch.load(path, weights_only=True))) == wanted:
        return
    torch.save(value, path, _use_new_zipfile_serialization=False)


def flatten(value):
    return value["state_dict"] if "state_dict" in value else value


def main():
    typed, views, untyped = samples.typed_tensors(), samples.view_tensors(), samples.untyped_tensors()
    torch.save({**typed, **untyped}, HERE / "dtypes.pt")
    torch.save(samples.checkpoint(), HERE / "checkpoint.pth")
    torch.save(samples.checkpoint(), HERE / "protocol4.pt", pickle_protocol=4)
    torch.save(samples.module(), HERE / "module.pt")
    save_legacy(typed, "legacy_dtypes.th")
    save_legacy(samples.checkpoint(), "legacy_checkpoint.bin")
    np.savez(HERE / "stored.npz", **samples.arrays())
    np.savez_compressed(HERE / "deflated.npz", **samples.arrays())
    arrays = samples.expected_arrays(samples.arrays())
    golden = {
        "made_with": f"torch {torch.__version__}, numpy {np.__version__}",
        "files": {
            "dtypes.pt": samples.expected({**typed, **untyped}),
            "checkpoint.pth": samples.expected(views),
            "protocol4.pt": samples.expected(views),
            "module.pt": samples.expected(samples.module().state_dict()),
            "legacy_dtypes.th": samples.expected(typed),
            "legacy_checkpoint.bin": samples.expected(views),
            "stored.npz": arrays,
            "deflated.npz": arrays,
        },
    }
    text = json.dumps(golden, indent=1, ensure_ascii=False)
    (HERE / "golden.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
