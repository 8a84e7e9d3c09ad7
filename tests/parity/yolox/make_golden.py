"""Goldens of YOLOX from a definition of its own in PyTorch 2.15, written after the paper and the facts
of the published files (names and shapes), not after upstream's code: outputs, boxes and gradients of
two narrow networks, and names and shapes of all tensors of the six published sizes, whose numbers of
parameters are those that upstream reports.

    .deps/peers/bin/python tests/parity/yolox/make_golden.py
"""
import hashlib
import json
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "detection"))
from detection_golden import make_golden  # noqa: E402


class Base(nn.Module):
    def __init__(self, cin, cout, k, s=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, s, (k - 1) // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.03)

    def forward(self, x):
        return F.silu(self.bn(self.conv(x)))


class Depthwise(nn.Module):
    def __init__(self, cin, cout, k, s=1):
        super().__init__()
        self.dconv, self.pconv = Base(cin, cin, k, s, cin), Base(cin, cout, 1)

    def forward(self, x):
        return self.pconv(self.dconv(x))


class Bottleneck(nn.Module):
    def __init__(self, c, shortcut, conv):
        super().__init__()
        self.conv1, self.conv2, self.shortcut = Base(c, c, 1), conv(c, c, 3), shortcut

    def forward(self, x):
        y = self.conv2(self.conv1(x))
        return x + y if self.shortcut else y


class Csp(nn.Module):
    def __init__(self, cin, cout, n, shortcut, conv):
        super().__init__()
        h = cout // 2
        self.conv1, self.conv2, self.conv3 = Base(cin, h, 1), Base(cin, h, 1), Base(2 * h, cout, 1)
        self.m = nn.Sequential(*(Bottleneck(h, shortcut, conv) for _ in range(n)))

    def forward(self, x):
        return self.conv3(torch.cat([self.m(self.conv1(x)), self.conv2(x)], 1))


class Focus(nn.Module):
    def __init__(self, cout):
        super().__init__()
        self.conv = Base(12, cout, 3)

    def forward(self, x):
        return self.conv(torch.cat([x[..., i::2, j::2] for i, j in [(0, 0), (1, 0), (0, 1), (1, 1)]], 1))


class Spp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.conv2 = Base(c, c // 2, 1), Base(2 * c, c, 1)

    def forward(self, x):
        x = self.conv1(x)
        return self.conv2(torch.cat([x] + [F.max_pool2d(x, k, 1, k // 2) for k in (5, 9, 13)], 1))


class Darknet(nn.Module):
    def __init__(self, b, n, conv):
        super().__init__()
        self.stem = Focus(b)
        self.dark2 = nn.Sequential(conv(b, 2 * b, 3, 2), Csp(2 * b, 2 * b, n, True, conv))
        self.dark3 = nn.Sequential(conv(2 * b, 4 * b, 3, 2), Csp(4 * b, 4 * b, 3 * n, True, conv))
        self.dark4 = nn.Sequential(conv(4 * b, 8 * b, 3, 2), Csp(8 * b, 8 * b, 3 * n, True, conv))
        self.dark5 = nn.Sequential(conv(8 * b, 16 * b, 3, 2), Spp(16 * b), Csp(16 * b, 16 * b, n, False, conv))

    def forward(self, x):
        c3 = self.dark3(self.dark2(self.stem(x)))
        c4 = self.dark4(c3)
        return c3, c4, self.dark5(c4)


class Neck(nn.Module):
    def __init__(self, b, n, conv):
        super().__init__()
        c3, c4, c5 = 4 * b, 8 * b, 16 * b
        self.backbone = Darknet(b, n, conv)
        self.lateral_conv0, self.C3_p4 = Base(c5, c4, 1), Csp(2 * c4, c4, n, False, conv)
        self.reduce_conv1, self.C3_p3 = Base(c4, c3, 1), Csp(2 * c3, c3, n, False, conv)
        self.bu_conv2, self.C3_n3 = conv(c3, c3, 3, 2), Csp(2 * c3, c4, n, False, conv)
        self.bu_conv1, self.C3_n4 = conv(c4, c4, 3, 2), Csp(2 * c4, c5, n, False, conv)

    def forward(self, x):
        c3, c4, c5 = self.backbone(x)
        up = lambda t: F.interpolate(t, scale_factor=2, mode="nearest")  # noqa: E731
        lateral = self.lateral_conv0(c5)
        p4 = self.C3_p4(torch.cat([up(lateral), c4], 1))
        reduced = self.reduce_conv1(p4)
        p3 = self.C3_p3(torch.cat([up(reduced), c3], 1))
        n3 = self.C3_n3(torch.cat([self.bu_conv2(p3), reduced], 1))
        return p3, n3, self.C3_n4(torch.cat([self.bu_conv1(n3), lateral], 1))


class Head(nn.Module):
    def __init__(self, b, classes, conv):
        super().__init__()
        h = 4 * b
        branch = lambda: nn.ModuleList(nn.Sequential(conv(h, h, 3), conv(h, h, 3)) for _ in range(3))  # noqa: E731
        predict = lambda out: nn.ModuleList(nn.Conv2d(h, out, 1) for _ in range(3))  # noqa: E731
        self.cls_convs, self.reg_convs = branch(), branch()
        self.cls_preds, self.reg_preds, self.obj_preds = predict(classes), predict(4), predict(1)
        self.stems = nn.ModuleList(Base(h * 2**i, h, 1) for i in range(3))

    def forward(self, pyramid):
        outputs = []
        for i, x in enumerate(pyramid):
            x = self.stems[i](x)
            c, r = self.cls_convs[i](x), self.reg_convs[i](x)
            outputs.append(torch.cat([self.reg_preds[i](r), self.obj_preds[i](r), self.cls_preds[i](c)], 1))
        return outputs


class Yolox(nn.Module):
    def __init__(self, b, n, depthwise, classes):
        super().__init__()
        conv = Depthwise if depthwise else Base
        self.backbone, self.head = Neck(b, n, conv), Head(b, classes, conv)

    def forward(self, x):
        return self.head(self.backbone(x))


def boxes_of(outputs):
    found = []
    for out, stride in zip(outputs, (8, 16, 32)):
        row, column = torch.meshgrid(*(torch.arange(s, dtype=out.dtype) for s in out.shape[2:]), indexing="ij")
        x, y = (out[:, 0] + column) * stride, (out[:, 1] + row) * stride
        w, h = out[:, 2].exp() * stride, out[:, 3].exp() * stride
        found.append(torch.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1).flatten(1, 2))
    return torch.cat(found, 1)


torch.manual_seed(0)
for name, (b, n, depthwise) in {"plain": (4, 1, False), "depthwise": (4, 1, True)}.items():
    settings = {"model_type": "yolox", "base_channels": b, "depth": n, "depthwise": depthwise, "image_size": 64,
                "id2label": {"0": "a", "1": "b", "2": "c"}}
    make_golden(HERE, name, Yolox(b, n, depthwise, 3), boxes_of, settings)

# upstream's README and exps/default: width, depth, parameters.
SIZES = {"nano": (.25, .33, True, 912_159), "tiny": (.375, .33, False, 5_055_855), "s": (.5, .33, False, 8_968_255),
         "m": (.75, .67, False, 25_326_495), "l": (1, 1, False, 54_208_895), "x": (1.25, 1.33, False, 99_071_455)}
published = {}
with torch.device("meta"):
    for name, (width, depth, depthwise, parameters) in SIZES.items():
        model = Yolox(int(64 * width), max(round(3 * depth), 1), depthwise, 80)
        got = sum(p.numel() for p in model.parameters())
        assert got == parameters, (name, got)
        shapes = {k: list(v.shape) for k, v in model.state_dict().items()}
        published[name] = {"parameters": parameters, "tensors": shapes}
# The networks differ in widths and numbers: of the larger ones a hash of the sorted list is enough.
for name, entry in published.items():
    lines = "".join(f"{key} {' '.join(map(str, shape))}\n" for key, shape in sorted(entry["tensors"].items()))
    entry["sha256"] = hashlib.sha256(lines.encode()).hexdigest()
    entry["count"] = len(entry["tensors"])
    if name not in ("nano", "s"):
        del entry["tensors"]
(HERE / "published.json").write_text(json.dumps(published, separators=(",", ":")).replace('"backbone', '\n"backbone')
                                     .replace('"head', '\n"head') + "\n")
