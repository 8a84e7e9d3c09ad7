"""Goldens of YOLOv8 and YOLO11 from a definition of its own in PyTorch 2.15, written after facts of the
published files (names, shapes, numbers of parameters), not after anybody's code: outputs, boxes and
gradients of narrow networks, and what tells the ten published sizes apart.

    .deps/peers/bin/python tests/parity/yolov8/make_golden.py
"""
import hashlib
import json
import pathlib
import sys
import types

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "detection"))
from detection_golden import make_golden  # noqa: E402


class Conv(nn.Module):
    def __init__(self, cin, cout, k=1, s=1, g=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, s, k // 2, groups=g, bias=False)
        self.bn, self.act = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.03), act

    def forward(self, x):
        x = self.bn(self.conv(x))
        return F.silu(x) if self.act else x


class Bottleneck(nn.Module):
    def __init__(self, c, inner, add):
        super().__init__()
        self.cv1, self.cv2, self.add = Conv(c, inner, 3), Conv(inner, c, 3), add

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.add else y


class C3k(nn.Module):
    def __init__(self, c):
        super().__init__()
        h = c // 2
        self.cv1, self.cv2, self.cv3 = Conv(c, h), Conv(c, h), Conv(2 * h, c)
        self.m = nn.Sequential(Bottleneck(h, h, True), Bottleneck(h, h, True))

    def forward(self, x):
        return self.cv3(torch.cat([self.m(self.cv1(x)), self.cv2(x)], 1))


class Block(nn.Module):
    """C2f and C3k2."""

    def __init__(self, cin, cout, hidden, items):
        super().__init__()
        self.cv1, self.cv2 = Conv(cin, 2 * hidden), Conv((2 + len(items)) * hidden, cout)
        self.m = nn.ModuleList(items)

    def forward(self, x):
        parts = list(self.cv1(x).chunk(2, 1))
        for item in self.m:
            parts.append(item(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


def c2f(cin, cout, n, add):
    return Block(cin, cout, cout // 2, [Bottleneck(cout // 2, cout // 2, add) for _ in range(n)])


def c3k2(cin, cout, n, nested, e=0.5):
    c = int(cout * e)
    return Block(cin, cout, c, [C3k(c) if nested else Bottleneck(c, c // 2, True) for _ in range(n)])


class Sppf(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.cv1, self.cv2 = Conv(c, c // 2), Conv(2 * c, c)

    def forward(self, x):
        parts = [self.cv1(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, 1, 2))
        return self.cv2(torch.cat(parts, 1))


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c // 64
        self.qkv, self.proj = Conv(c, 2 * c, act=False), Conv(c, c, act=False)
        self.pe = Conv(c, c, 3, g=c, act=False)

    def forward(self, x):
        n, c, h, w = x.shape
        q, k, v = self.qkv(x).reshape(n, self.heads, 128, h * w).split([32, 32, 64], 2)
        weights = torch.einsum("bhki,bhkj->bhij", q, k).div(32**0.5).softmax(-1)
        mixed = torch.einsum("bhij,bhcj->bhci", weights, v).reshape(n, c, h, w)
        return self.proj(mixed + self.pe(v.reshape(n, c, h, w)))


class PsaBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attn, self.ffn = Attention(c), nn.Sequential(Conv(c, 2 * c), Conv(2 * c, c, act=False))

    def forward(self, x):
        x = x + self.attn(x)
        return x + self.ffn(x)


class C2psa(nn.Module):
    def __init__(self, c, n):
        super().__init__()
        self.cv1, self.cv2 = Conv(c, c), Conv(c, c)
        self.m = nn.Sequential(*(PsaBlock(c // 2) for _ in range(n)))

    def forward(self, x):
        a, b = self.cv1(x).chunk(2, 1)
        return self.cv2(torch.cat([a, self.m(b)], 1))


class Dfl(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(16, 1, 1, bias=False)
        with torch.no_grad():
            self.conv.weight.copy_(torch.arange(16.0).view(1, 16, 1, 1))
        self.conv.weight.requires_grad_(False)


class Detect(nn.Module):
    def __init__(self, channels, classes, c2, c3, depthwise):
        super().__init__()
        self.cv2 = nn.ModuleList(nn.Sequential(Conv(c, c2, 3), Conv(c2, c2, 3), nn.Conv2d(c2, 64, 1)) for c in channels)
        if depthwise:
            self.cv3 = nn.ModuleList(nn.Sequential(nn.Sequential(Conv(c, c, 3, g=c), Conv(c, c3)),
                                                   nn.Sequential(Conv(c3, c3, 3, g=c3), Conv(c3, c3)),
                                                   nn.Conv2d(c3, classes, 1)) for c in channels)
        else:
            self.cv3 = nn.ModuleList(nn.Sequential(Conv(c, c3, 3), Conv(c3, c3, 3), nn.Conv2d(c3, classes, 1))
                                     for c in channels)
        self.dfl = Dfl()

    def forward(self, levels):
        return [torch.cat([a(x), b(x)], 1) for a, b, x in zip(self.cv2, self.cv3, levels)]


class Network(nn.Module):
    def __init__(self, version, c, r1, r2, nested, attentions, c2, c3, classes):
        super().__init__()
        up, cat = nn.Upsample(scale_factor=2, mode="nearest"), nn.Identity
        c1, c2_, c3_, c4, c5 = c
        if version == 8:
            layers = [Conv(3, c1, 3, 2), Conv(c1, c2_, 3, 2), c2f(c2_, c2_, r1, True), Conv(c2_, c3_, 3, 2),
                      c2f(c3_, c3_, r2, True), Conv(c3_, c4, 3, 2), c2f(c4, c4, r2, True), Conv(c4, c5, 3, 2),
                      c2f(c5, c5, r1, True), Sppf(c5), up, cat(), c2f(c5 + c4, c4, r1, False), up, cat(),
                      c2f(c4 + c3_, c3_, r1, False), Conv(c3_, c3_, 3, 2), cat(), c2f(c3_ + c4, c4, r1, False),
                      Conv(c4, c4, 3, 2), cat(), c2f(c4 + c5, c5, r1, False)]
            self.joins, self.outs = {11: 6, 14: 4, 17: 12, 20: 9}, (15, 18, 21)
        else:
            layers = [Conv(3, c1, 3, 2), Conv(c1, c2_, 3, 2), c3k2(c2_, c3_, r1, nested, .25), Conv(c3_, c3_, 3, 2),
                      c3k2(c3_, c4, r1, nested, .25), Conv(c4, c4, 3, 2), c3k2(c4, c4, r1, True), Conv(c4, c5, 3, 2),
                      c3k2(c5, c5, r1, True), Sppf(c5), C2psa(c5, attentions), up, cat(),
                      c3k2(c5 + c4, c4, r1, nested), up, cat(), c3k2(c4 + c4, c3_, r1, nested), Conv(c3_, c3_, 3, 2),
                      cat(), c3k2(c3_ + c4, c4, r1, nested), Conv(c4, c4, 3, 2), cat(), c3k2(c4 + c5, c5, r1, True)]
            self.joins, self.outs = {12: 6, 15: 4, 18: 13, 21: 10}, (16, 19, 22)
        layers.append(Detect((c3_, c4, c5), classes, c2, c3, version == 11))
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        kept = []
        for i, layer in enumerate(self.model[:-1]):
            x = torch.cat([x, kept[self.joins[i]]], 1) if i in self.joins else layer(x)
            kept.append(x)
        return self.model[-1]([kept[i] for i in self.outs])


def boxes_of(outputs):
    found = []
    for out, stride in zip(outputs, (8, 16, 32)):
        n, _, h, w = out.shape
        sides = (out[:, :64].reshape(n, 4, 16, h, w).softmax(2)
                 * torch.arange(16, dtype=out.dtype).view(1, 1, 16, 1, 1)).sum(2)
        row, column = torch.meshgrid(*(torch.arange(s, dtype=out.dtype) + 0.5 for s in (h, w)), indexing="ij")
        left, top, right, bottom = sides.unbind(1)
        box = torch.stack([column - left, row - top, column + right, row + bottom], -1) * stride
        found.append(box.flatten(1, 2))
    return torch.cat(found, 1)


def settings(version, c, r1, r2, nested, attentions, c2, c3, classes):
    json_ = {"model_type": "yolov8", "version": version, "channels": c, "repeats": r1, "inner_repeats": r2,
             "box_channels": c2, "class_channels": c3, "image_size": 64,
             "id2label": {str(i): f"class {i}" for i in range(classes)}}
    return json_ | ({"nested": nested, "attentions": attentions} if version == 11 else {})


torch.manual_seed(0)
for name, args in {"v8": (8, [4, 8, 8, 12, 16], 1, 2, False, 0, 16, 8, 3),
                   "v11": (11, [4, 8, 16, 16, 128], 1, 1, False, 1, 16, 8, 3),
                   "v11_nested": (11, [4, 8, 16, 16, 128], 1, 1, True, 2, 16, 8, 2)}.items():
    network = Network(*args)
    make_golden(HERE, name, network, boxes_of, settings(*args))

# As ultralytics saves a trained model: the module itself in half precision under "model", with names of
# classes among its attributes; its class lives in a module that no reader may import.
fake = types.ModuleType("ultralytics.nn.tasks")
sys.modules |= {"ultralytics": types.ModuleType("ultralytics"), "ultralytics.nn": types.ModuleType("ultralytics.nn"),
                "ultralytics.nn.tasks": fake}
fake.DetectionModel = type("DetectionModel", (Network,), {"__module__": "ultralytics.nn.tasks"})
torch.manual_seed(1)
module = fake.DetectionModel(8, [4, 4, 4, 4, 4], 1, 1, False, 0, 4, 4, 3).half()
module.names, module.nc, module.yaml = {0: "cat", 1: "dog", 2: "hen"}, 3, {"nc": 3, "scales": {"n": [0.33, 0.25]}}
module.stride = torch.tensor([8.0, 16.0, 32.0])
torch.save({"epoch": -1, "best_fitness": None, "model": module, "ema": None, "updates": None, "optimizer": None,
            "train_args": {"imgsz": 640}, "version": "8.3.0",
            "license": "AGPL-3.0 (https://ultralytics.com/license)"}, HERE / "detection_model.pt")

# depth, width, greatest width, parameters.
SIZES = {"8n": (.33, .25, 1024, 3_157_200), "8s": (.33, .5, 1024, 11_166_560), "8m": (.67, .75, 768, 25_902_640),
         "8l": (1, 1, 512, 43_691_520), "8x": (1, 1.25, 512, 68_229_648), "11n": (.5, .25, 1024, 2_624_080),
         "11s": (.5, .5, 1024, 9_458_752), "11m": (.5, 1, 512, 20_114_688), "11l": (1, 1, 512, 25_372_160),
         "11x": (1, 1.5, 512, 56_966_176)}
published = {}
with torch.device("meta"):
    for name, (depth, width, greatest, parameters) in SIZES.items():
        version = 11 if name.startswith("11") else 8
        c = [-int(-min(full, greatest) * width // 8) * 8 for full in (64, 128, 256, 512, 1024)]
        r1, r2 = (max(round(2 * depth), 1),) * 2 if version == 11 else (round(3 * depth), round(6 * depth))
        nested = name[-1] in "mlx"
        args = (version, c, r1, r2, nested, r1, max(16, c[2] // 4, 64), max(c[2], 80), 80)
        model = Network(*args)
        got = sum(p.numel() for p in model.parameters())
        assert got == parameters, (name, got, parameters)
        shapes = {k: list(v.shape) for k, v in model.state_dict().items()}
        lines = "".join(f"{key} {' '.join(map(str, shape))}\n" for key, shape in sorted(shapes.items()))
        published[name] = {"config": {**settings(*args), "id2label": {str(i): str(i) for i in range(80)}},
                           "parameters": parameters, "count": len(shapes),
                           "sha256": hashlib.sha256(lines.encode()).hexdigest()}
(HERE / "published.json").write_text(json.dumps(published, separators=(",", ":")).replace('{"config', '\n{"config') + "\n")
