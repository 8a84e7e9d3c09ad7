"""Writes golden.safetensors with the original library, and golden.json with what it must hold.

Run: .deps/peers/bin/python tests/parity/safetensors/make_golden.py
"""
import hashlib
import json
import pathlib

import safetensors
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent


def tensors():
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(3, 5, generator=generator)
    return {
        "z.f32": values,
        "a.f32": torch.arange(24, dtype=torch.float32).reshape(2, 3, 4),
        "half": values.to(torch.float16),
        "brain": values.to(torch.bfloat16),
        "double": values.to(torch.float64),
        "i64": torch.tensor([-1, 2**62]),
        "i32": torch.tensor([[-7, 8]], dtype=torch.int32),
        "i16": torch.tensor([1, -2, 3], dtype=torch.int16),
        "i8": torch.tensor([-128, 127, 0], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "u16": torch.tensor([65535], dtype=torch.uint16),
        "u32": torch.tensor([2**32 - 1], dtype=torch.uint32),
        "u64": torch.tensor([2**63], dtype=torch.uint64),
        "mask": torch.tensor([True, False, True]),
        "e4m3": values[0].to(torch.float8_e4m3fn),
        "e5m2": values[0].to(torch.float8_e5m2),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 768),
        'quote " \\ and ünïcode 字': torch.tensor([1.0]),
    }


def raw(tensor):
    return bytes(tensor.contiguous().reshape(-1).view(torch.uint8).numpy()) if tensor.numel() else b""


def main():
    path = HERE / "golden.safetensors"
    save_file(tensors(), path, metadata={"format": "pt"})
    with safetensors.safe_open(path, "pt") as file:
        expected = {
            name: {
                "dtype": file.get_slice(name).get_dtype(),
                "shape": list(tensor.shape),
                "sha256": hashlib.sha256(raw(tensor)).hexdigest(),
            }
            for name, tensor in tensors().items()
        }
    text = json.dumps({"made_with": f"safetensors {safetensors.__version__}", "tensors": expected},
                      indent=1, ensure_ascii=False)
    (HERE / "golden.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
