"""Files that tests of pictures write by hand: PNG, DICOM, NIfTI, a tiny ResNet of torch.save."""

import gzip
import io
import json
import pickle
import random
import struct
import sys
import types
import zipfile
import zlib


def deep_png_bytes(height, width, values):
    """A grey file of 16 bits."""
    return png_bytes(height, width, struct.pack(f">{len(values)}H", *values), 16, 0, 2)


def png_bytes(height, width, pixels, bits=8, color=2, step=3):
    """An RGB file; `pixels` is height * width * 3 bytes. Or of another kind, `step` bytes a pixel."""
    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data
                + struct.pack(">I", zlib.crc32(name + data)))
    rows = b"".join(b"\0" + pixels[y * width * step:(y + 1) * width * step] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def bar(kind, seed, size=32):
    """Values 0 to 255, row by row: noise with a bright bar, upright for "upright", else lying."""
    generator = random.Random(f"{kind} {seed}")
    values = [generator.randrange(90) for _ in range(size * size)]
    middle = generator.randrange(8, size - 8)
    for along in range(4, size - 4):
        for across in range(middle - 2, middle + 2):
            y, x = (along, across) if kind == "upright" else (across, along)
            values[y * size + x] = 200 + generator.randrange(50)
    return values


def picture(kind, seed, size=32):
    """A PNG of `bar`."""
    return png_bytes(size, size, bytes(v for v in bar(kind, seed, size) for _ in range(3)))


def write_pictures(folder, count, seed, kinds=("lying", "upright")):
    for kind in kinds:
        (folder / kind).mkdir(parents=True)
        for i in range(count):
            (folder / kind / f"{i:03}.png").write_bytes(picture(kind, seed * 1000 + i))
    return folder


def dicom_bytes(frames, size=32, pixels=True, patient=""):
    """An uncompressed grey DICOM file of 16 bits; `frames` are lists of size * size values."""
    def element(group, tag, vr, value):
        value += (b"\0" if vr in ("UI", "OW") else b" ") * (len(value) % 2)
        head = struct.pack("<HH2s", group, tag, vr.encode())
        long = vr in ("OB", "OW")
        return head + struct.pack("<HI" if long else "<H", *((0, len(value)) if long
                                                              else (len(value),))) + value
    def short(tag, value):
        return element(0x28, tag, "US", struct.pack("<H", value))
    meta = (element(2, 2, "UI", b"1.2.840.10008.5.1.4.1.1.7.3")
            + element(2, 3, "UI", b"1.2.3.4") + element(2, 0x10, "UI", b"1.2.840.10008.1.2.1"))
    data = element(8, 0x60, "CS", b"OT")
    if patient:
        data += element(0x10, 0x20, "LO", patient.encode())
    data += short(2, 1) + element(0x28, 4, "CS", b"MONOCHROME2")
    if len(frames) != 1:
        data += element(0x28, 8, "IS", str(len(frames)).encode())
    data += short(0x10, size) + short(0x11, size) + short(0x100, 16) + short(0x101, 12)
    data += short(0x102, 11) + short(0x103, 0)
    if pixels:
        values = [16 * v for frame in frames for v in frame]
        data += element(0x7FE0, 0x10, "OW", struct.pack(f"<{len(values)}H", *values))
    head = element(2, 0, "UL", struct.pack("<I", len(meta)))
    return b"\0" * 128 + b"DICM" + head + meta + data


def nifti_bytes(size, values, volumes=1, axes=(1, 1, 1)):
    """A NIfTI-1 file, int16, gzip; `size` is (x, y, z), x runs fastest. `axes` are 1 where an axis
    runs right, anterior, superior, -1 where it runs against that."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    dimensions = [4 if volumes > 1 else 3, *size, volumes, 1, 1, 1]
    struct.pack_into("<8h", header, 40, *dimensions)
    struct.pack_into("<2h", header, 70, 4, 16)  # int16
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, 352)
    struct.pack_into("<f", header, 112, 1)
    struct.pack_into("<2h", header, 252, 0, 1)  # an sform
    for row, direction in enumerate(axes):
        struct.pack_into("<f", header, 280 + 20 * row, direction)
    header[344:348] = b"n+1\0"
    return gzip.compress(bytes(header) + struct.pack(f"<{len(values)}h", *values), mtime=0)


# --- a tiny ResNet as transformers and torch.save write it ---------------------------------------

RESNET = {"model_type": "resnet", "architectures": ["ResNetForImageClassification"],
          "num_channels": 3, "embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1],
          "layer_type": "basic", "hidden_act": "relu", "downsample_in_first_stage": False,
          "id2label": {"0": "cat", "1": "dog"}, "label2id": {"cat": 0, "dog": 1}}
PREPROCESSOR = {"image_processor_type": "ConvNextImageProcessor", "do_resize": True,
                "size": {"shortest_edge": 32}, "crop_pct": 1.0, "resample": 3, "do_rescale": True,
                "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": [0.5, 0.5, 0.5],
                "image_std": [0.25, 0.25, 0.25]}


def resnet_shapes(config=RESNET):
    """Names and shapes of a ResNetForImageClassification of basic blocks, one a stage."""
    shapes = {}

    def part(at, rows, columns, kernel):
        shapes[at + "convolution.weight"] = (rows, columns, kernel, kernel)
        for name in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{at}normalization.{name}"] = (rows,)
    part("resnet.embedder.embedder.", config["embedding_size"], config["num_channels"], 7)
    before = config["embedding_size"]
    for stage, width in enumerate(config["hidden_sizes"]):
        at = f"resnet.encoder.stages.{stage}.layers.0."
        if before != width or stage > 0:
            part(at + "shortcut.", width, before, 1)
        part(at + "layer.0.", width, before, 3)
        part(at + "layer.1.", width, width, 3)
        before = width
    shapes["classifier.1.weight"], shapes["classifier.1.bias"] = (2, before), (2,)
    return shapes


def resnet_tensors(seed=0):
    generator = random.Random(seed)
    tensors = {}
    for name, shape in resnet_shapes().items():
        count = 1
        for side in shape:
            count *= side
        if name.endswith(("running_var", "normalization.weight")):
            values = [1.0] * count
        elif name.endswith(("running_mean", "bias")):
            values = [0.0] * count
        else:
            deviation = (2 * shape[0] / count) ** 0.5 if len(shape) == 4 else 0.1
            values = [generator.gauss(0, deviation) for _ in range(count)]
        tensors[name] = (shape, values)
    return tensors


def torch_save(value):
    """What torch.save writes of a state dict of float32 tensors, (shape, values) each, or of dicts
    and lists of such: a zip with a pickle."""
    utils, torch = types.ModuleType("torch._utils"), types.ModuleType("torch")
    class FloatStorage: pass  # noqa: E701
    def _rebuild_tensor_v2(*arguments): raise NotImplementedError  # noqa: E704
    FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    torch.FloatStorage, utils._rebuild_tensor_v2 = FloatStorage, _rebuild_tensor_v2

    class Storage:
        def __init__(self, key, count):
            self.id = ("storage", FloatStorage, str(key), "cpu", count)

    class Tensor:
        def __init__(self, key, shape, count):
            self.key, self.shape, self.count = key, shape, count

        def __reduce__(self):
            strides, step = [], 1
            for side in reversed(self.shape):
                strides.insert(0, step)
                step *= side
            return _rebuild_tensor_v2, (Storage(self.key, self.count), 0, tuple(self.shape),
                                        tuple(strides), False, {})

    class Pickler(pickle._Pickler):
        def persistent_id(self, value):
            return value.id if isinstance(value, Storage) else None

    storages = []

    def saved(value):
        if isinstance(value, dict):
            return {key: saved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [saved(item) for item in value]
        if not isinstance(value, tuple):
            return value
        storages.append(value[1])
        return Tensor(len(storages) - 1, value[0], len(value[1]))

    stream, output = io.BytesIO(), io.BytesIO()
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        Pickler(stream, protocol=2).dump(saved(value))
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("archive/data.pkl", stream.getvalue())
        archive.writestr("archive/version", "3\n")
        for key, values in enumerate(storages):
            archive.writestr(f"archive/data/{key}", struct.pack(f"<{len(values)}f", *values))
    return output.getvalue()


def resnet_files(seed=0):
    """The files of a repository that has PyTorch's format alone, by name."""
    return {"config.json": json.dumps(RESNET).encode(),
            "preprocessor_config.json": json.dumps(PREPROCESSOR).encode(),
            "pytorch_model.bin": torch_save(resnet_tensors(seed))}
