"""The tensors and arrays that the goldens hold, and what a reader must find in them."""
import collections
import hashlib

import numpy as np
import torch

DTYPES = {
    torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint8: "U8", torch.uint16: "U16", torch.uint32: "U32", torch.uint64: "U64",
    torch.bool: "BOOL", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
}


def values(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def typed_tensors():
    """Every element type that has a storage class of its own."""
    base = values(3, 5)
    return collections.OrderedDict([
        ("f32", base), ("f64", base.double()), ("f16", base.half()), ("bf16", base.bfloat16()),
        ("i64", torch.tensor([-1, 2**62])), ("i32", torch.tensor([[-7, 8]], dtype=torch.int32)),
        ("i16", torch.tensor([1, -2, 3], dtype=torch.int16)),
        ("i8", torch.tensor([-128, 127, 0], dtype=torch.int8)),
        ("u8", torch.tensor([0, 255], dtype=torch.uint8)),
        ("mask", torch.tensor([True, False, True])),
    ])


def untyped_tensors():
    """Those that PyTorch saves as bytes with a dtype."""
    return {
        "u16": torch.tensor([65535, 1], dtype=torch.uint16),
        "u32": torch.tensor([2**32 - 1], dtype=torch.uint32),
        "u64": torch.tensor([2**63], dtype=torch.uint64),
        "e4m3": values(5).to(torch.float8_e4m3fn),
        "e5m2": values(5).to(torch.float8_e5m2),
    }


def view_tensors():
    base = values(4, 6, seed=1)
    tagged = values(2, seed=2)
    tagged.note = "a tensor with an attribute"
    parameter = torch.nn.Parameter(values(2, 2, seed=3))
    noted = torch.nn.Parameter(values(2, seed=4), requires_grad=False)
    noted.note = "a parameter with a state"
    return {
        "base": base, "tied": base, "row": base[2], "column": base[:, 1], "block": base[1:3, 2:5],
        "steps": base[::2, ::3], "transposed": base.t(), "permuted": values(2, 3, 4).permute(2, 0, 1),
        "expanded": values(3, 1, seed=5).expand(3, 4), "channels_last": values(
            2, 3, 4, 4).to(memory_format=torch.channels_last),
        "scalar": torch.tensor(2.5), "scalar_of": base[3, 3], "empty": torch.zeros(0, 768),
        "one": base[:1, 5:], "tagged": tagged, "parameter": parameter, "noted": noted,
        "ünïcode 字": torch.ones(1),
    }


def checkpoint():
    """As training scripts save it: DataParallel's prefix, the weights under a key, facts beside."""
    weights = collections.OrderedDict(
        ("module." + name, tensor) for name, tensor in view_tensors().items())
    weights._metadata = {"": {"version": 1}}
    return {"epoch": 12, "arch": "resnet20", "best_prec1": 91.5, "best_loss": torch.tensor(0.25),
            "state_dict": weights,
            "optimizer": {"state": {0: {"exp_avg": values(2)}}, "param_groups": [{"lr": 0.1}]}}


def module():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(2, 3, 3, bias=False), torch.nn.BatchNorm2d(3), torch.nn.ReLU(),
        torch.nn.ModuleDict({"head": torch.nn.Linear(3, 2)}))
    model.register_buffer("kept", torch.arange(3))
    model.register_buffer("transient", torch.arange(3), persistent=False)
    return model.half()


def arrays():
    grid = np.arange(24).reshape(2, 3, 4)
    result = {code: (grid % 2 if code == "b1" else grid).astype(code) for code in
              ("b1", "u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8")}
    result |= {"swapped": grid.astype(">f4"), "swapped16": grid.astype(">i2"),
               "fortran": np.asfortranarray(grid.astype("<f4")),
               "both": np.asfortranarray(grid.astype(">f8")),
               "scalar": np.array(2.5, dtype="<f4"), "empty": np.zeros((0, 7), "<f4"),
               "special:model.yml": np.frombuffer(b"type: transformer", np.int8)}
    return result


def raw(tensor):
    tensor = tensor.detach().contiguous()
    return tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def facts(dtype, shape, data):
    return {"dtype": dtype, "shape": list(shape), "sha256": hashlib.sha256(data).hexdigest()}


def expected(tensors):
    return {name: facts(DTYPES[tensor.dtype], tensor.shape, raw(tensor))
            for name, tensor in tensors.items()}


def expected_arrays(given):
    names = {"b": "BOOL", "u": "U", "i": "I", "f": "F"}
    result = {}
    for name, array in given.items():
        bits = "" if array.dtype.kind == "b" else str(8 * array.dtype.itemsize)
        data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        result[name] = facts(names[array.dtype.kind] + bits, array.shape, data)
    return result
