"""Goldens of networks that darknet's .cfg files describe: an interpreter of its own (after darknet's
layer files) in PyTorch 2.15 runs two small ones with every kind of layer that attune reads.

    .deps/peers/bin/python tests/parity/darknet/make_golden.py
"""
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "detection"))
from detection_golden import make_golden  # noqa: E402

EVERY_KIND = """
[net]
width=64
height=64
channels=3
[convolutional]
batch_normalize=1
filters=8
size=3
stride=2
pad=1
activation=leaky
[convolutional]
batch_normalize=1
groups=8
filters=8
size=3
pad=1
activation=mish
[convolutional]
batch_normalize=1
filters=8
size=1
activation=linear
[dropout]
probability=0
[shortcut]
from=-3,-4
activation=leaky
[maxpool]
size=2
stride=2
[convolutional]
batch_normalize=1
filters=12
size=3
stride=1
activation=swish
padding=1
[route]
layers=-1
groups=3
group_id=1
[convolutional]
filters=8
size=5
pad=1
activation=logistic
[route]
layers=-1,5
[maxpool]
size=3
stride=2
[convolutional]
batch_normalize=1
filters=16
size=3
stride=2
pad=1
activation=relu
[maxpool]
size=5
stride=1
[maxpool]
size=2
stride=1
[convolutional]
filters=24
size=1
activation=linear
[yolo]
mask=1,2
anchors=4,6, 8,9.5, 20,30
num=3
classes=7
scale_x_y=1.1
[route]
layers=-3
[upsample]
stride=2
scale=0.5
[route]
layers=-1,10
[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=leaky
[convolutional]
batch_normalize=1
filters=12
size=1
activation=mish
[shortcut]
from=-2
[convolutional]
batch_normalize=1
filters=6
size=1
activation=linear
[shortcut]
from=-2
activation=leaky
[convolutional]
batch_normalize=1
filters=12
size=1
activation=linear
[yolo]
mask=0
anchors=4,6, 8,9.5, 20,30
num=3
classes=7
"""

NEW_COORDS = """
[net]
width=64
height=64
[convolutional]
batch_normalize=1
filters=8
size=3
stride=4
activation=mish
[convolutional]
filters=14
size=1
activation=logistic
[yolo]
anchors=4,6, 20,30
num=2
classes=2
scale_x_y=2
new_coords=1
"""


def sections(text):
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if line.startswith("["):
            found.append((line[1:-1], {}))
        else:
            key, value = line.split("=")
            found[-1][1][key.strip()] = value.strip()
    return found


ACTIVATIONS = {"linear": lambda x: x, "leaky": lambda x: torch.where(x > 0, x, 0.1 * x), "relu": F.relu,
               "mish": lambda x: x * torch.tanh(F.softplus(x)), "swish": lambda x: x * torch.sigmoid(x),
               "logistic": torch.sigmoid}


class Network(nn.Module):
    def __init__(self, text):
        super().__init__()
        (_, self.net), *self.sections = sections(text)
        self.layers = nn.ModuleDict()
        channels, before = [], 3
        for i, (kind, o) in enumerate(self.sections):
            number = lambda key, otherwise=0: int(o.get(key, otherwise))  # noqa: E731
            if kind == "convolutional":
                size = number("size", 1)
                padding = size // 2 if number("pad") else number("padding")
                normalized = bool(number("batch_normalize"))
                unit = {"conv": nn.Conv2d(before, number("filters"), size, number("stride", 1), padding,
                                          groups=number("groups", 1), bias=not normalized)}
                if normalized:
                    unit["bn"] = nn.BatchNorm2d(number("filters"), eps=1e-5, momentum=0.1)
                self.layers[str(i)] = nn.ModuleDict(unit)
                before = number("filters")
            elif kind == "route":
                before = sum(channels[self.index(i, j)] for j in o["layers"].split(",")) // number("groups", 1)
            channels.append(before)

    @staticmethod
    def index(i, j):
        return int(j) + i if int(j) < 0 else int(j)

    def forward(self, x):
        values, outputs = [], []
        for i, (kind, o) in enumerate(self.sections):
            number = lambda key, otherwise=0: int(o.get(key, otherwise))  # noqa: E731
            if kind == "convolutional":
                unit = self.layers[str(i)]
                x = unit["conv"](x)
                if "bn" in unit:
                    x = unit["bn"](x)
                # What a sigmoid makes of the last numbers belongs to how boxes are read.
                if self.sections[i + 1][0] != "yolo":
                    x = ACTIVATIONS[o["activation"]](x)
            elif kind == "shortcut":
                total = x.clone()
                for j in o["from"].split(","):
                    other = values[self.index(i, j)]
                    common = min(other.shape[1], x.shape[1])
                    total[:, :common] = total[:, :common] + other[:, :common]
                x = ACTIVATIONS[o.get("activation", "linear")](total)
            elif kind == "route":
                groups, group = number("groups", 1), number("group_id")
                parts = [values[self.index(i, j)] for j in o["layers"].split(",")]
                x = torch.cat([p[:, group * p.shape[1] // groups:(group + 1) * p.shape[1] // groups] for p in parts], 1)
            elif kind == "maxpool":
                size, stride = number("size"), number("stride")
                length = (x.shape[2] + size - 1 - size) // stride + 1
                front = (size - 1) // 2
                x = F.pad(x, (front, 64, front, 64), value=float("-inf"))
                x = F.max_pool2d(x, size, stride)[:, :, :length, :length]
            elif kind == "upsample":
                x = x.repeat_interleave(2, 2).repeat_interleave(2, 3) * float(o.get("scale", 1))
            elif kind == "yolo":
                outputs.append(x)
            values.append(x)
        return outputs

    def boxes(self, outputs):
        """yolo_layer.c, get_yolo_box: row by row, cell by cell, anchor by anchor."""
        yolos, found = [o for kind, o in self.sections if kind == "yolo"], []
        for out, o in zip(outputs, yolos):
            sides = [float(v) for v in o["anchors"].split(",")]
            chosen = [int(m) for m in o["mask"].split(",")] if "mask" in o else range(int(o["num"]))
            n, _, h, w = out.shape
            scale, stride = float(o.get("scale_x_y", 1)), int(self.net["width"]) // w
            t = out.reshape(n, len(chosen), -1, h, w)
            for_row = torch.arange(h, dtype=out.dtype)[None, :, None]
            for_column = torch.arange(w, dtype=out.dtype)[None, None, :]
            level = []
            for a, m in enumerate(chosen):
                x = (torch.sigmoid(t[:, a, 0]) * scale - (scale - 1) / 2 + for_column) * stride
                y = (torch.sigmoid(t[:, a, 1]) * scale - (scale - 1) / 2 + for_row) * stride
                if o.get("new_coords"):
                    width = torch.sigmoid(t[:, a, 2]) ** 2 * 4 * sides[2 * m]
                    height = torch.sigmoid(t[:, a, 3]) ** 2 * 4 * sides[2 * m + 1]
                else:
                    width, height = t[:, a, 2].exp() * sides[2 * m], t[:, a, 3].exp() * sides[2 * m + 1]
                level.append(torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], -1))
            found.append(torch.stack(level, 3).reshape(n, -1, 4))
        return torch.cat(found, 1)


for name, text in {"every_kind": EVERY_KIND, "new_coords": NEW_COORDS}.items():
    network = Network(text)
    make_golden(HERE, name, network, network.boxes, {"model_type": "darknet", "cfg": text.strip() + "\n"})
