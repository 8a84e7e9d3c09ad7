"""Compares `attune inspect --json` with what PyTorch, NumPy and the formats' own tools read.

Names, types, shapes and the SHA-256 of contiguous values of real checkpoints and of files that are
made here: whole modules, the legacy form of them, and kinds that must be refused by name.

Run: .deps/peers/bin/python tests/parity/pytorch_formats/check_live.py build/release/attune ../shared
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import torch

import samples

WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "ema")


def inspect(attune, path):
    return subprocess.run([attune, "inspect", str(path), "--json"], capture_output=True, text=True)


def flatten(value, prefix=""):
    """The tensors of nested dicts and lists by dotted names; modules as their state dicts."""
    if isinstance(value, torch.Tensor):
        return {prefix: value}
    if isinstance(value, torch.nn.Module):
        value = value.state_dict()
    items = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, (list, tuple)) else ())
    result = {}
    for key, item in items:
        result |= flatten(item, f"{prefix}.{key}" if prefix else str(key))
    return result


def weights(path):
    value = torch.load(path, map_location="cpu", weights_only=False)
    for key in WRAPPERS:
        if isinstance(value, dict) and isinstance(value.get(key), (dict, torch.nn.Module)):
            value = value[key]
            break
    tensors = flatten(value)
    if all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): tensor for name, tensor in tensors.items()}
    return samples.expected(tensors)


def tfjs(folder):
    [group] = json.loads((folder / "model.json").read_text())["weightsManifest"]
    data = b"".join((folder / path).read_bytes() for path in group["paths"])
    result, position = {}, 0
    for weight in group["weights"]:
        assert weight["dtype"] == "float32"
        size = 4 * int(np.prod(weight["shape"], dtype=np.int64))
        result[weight["name"]] = samples.facts("F32", weight["shape"], data[position:position + size])
        position += size
    assert position == len(data)
    return result


def compare(attune, path, expected):
    run = inspect(attune, path)
    assert run.returncode == 0, f"{path}: {run.stderr}"
    facts = json.loads(run.stdout)
    got = {tensor.pop("name"): tensor for tensor in facts["tensors"]}
    assert set(got) == set(expected), f"{path}: {set(got) ^ set(expected)}"
    for name, tensor in expected.items():
        assert got[name] == tensor, f"{path}: {name}: {got[name]} != {tensor}"
    print(f"  {len(expected):4} tensors  {facts['format']:<15} {path.name}")


def made_files(folder):
    """Files that torch.save writes of other things than state dicts."""
    for form, new in (("zip", True), ("legacy", False)):
        for protocol in (2, 3, 4, 5):
            options = {"_use_new_zipfile_serialization": new, "pickle_protocol": protocol}
            for name, value in (("module", samples.module()), ("checkpoint", samples.checkpoint()),
                                ("nested", {"model": samples.module(), "epoch": 3})):
                path = folder / f"{form}-{protocol}-{name}.pt"
                torch.save(value, path, **options)
                yield path


def refused_files(folder):
    quantized = torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)
    for name, value, message in (
            ("sparse", torch.eye(3).to_sparse(), "_rebuild_sparse_tensor"),
            ("quantized", quantized, "_rebuild_qtensor"),
            ("complex", torch.ones(2, dtype=torch.complex64), "ComplexFloatStorage"),
            ("meta", torch.ones(2, device="meta"), "_rebuild_meta_tensor_no_storage")):
        path = folder / f"{name}.pt"
        torch.save(collections.OrderedDict(weight=value), path)
        yield path, message
    path = folder / "script.pt"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    yield path, "TorchScript"


def main():
    warnings.filterwarnings("ignore")
    attune, data = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]) / "data"
    pytorch = [path for folder in ("fixtures-pytorch-pt", "weights-mnist-pt-safetensors",
                                   "weights-kws-res8", "weights-resnet-cifar")
               for ending in ("*.pt", "*.th") for path in sorted((data / folder).rglob(ending))]
    assert len(pytorch) >= 28, f"{len(pytorch)} files in {data}"
    for path in pytorch:
        compare(attune, path, weights(path))
    with np.load(data / "med-pneumoniamnist/pneumoniamnist.npz") as arrays:
        compare(attune, data / "med-pneumoniamnist/pneumoniamnist.npz",
                samples.expected_arrays(dict(arrays)))
    compare(attune, data / "weights-mobilenetv2-035", tfjs(data / "weights-mobilenetv2-035"))
    with tempfile.TemporaryDirectory() as folder:
        for path in made_files(pathlib.Path(folder)):
            compare(attune, path, weights(path))
        for path, message in refused_files(pathlib.Path(folder)):
            run = inspect(attune, path)
            assert run.returncode == 2 and message in run.stderr, f"{path}: {run.stderr}"
            print(f"  refused: {run.stderr.strip().split(': ', 2)[2][:90]}")
    print("ok: attune reads what PyTorch and NumPy read")


if __name__ == "__main__":
    main()
