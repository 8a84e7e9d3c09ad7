"""Goldens of what detectors do to pictures and boxes: OpenCV's bilinear resize (opencv-python-headless
4.14), darknet's as src/image.c has it, written out here, and torchvision's (0.29.2) batched_nms; soft
NMS as figure 2 of Bodla et al. 2017.

    .deps/peers/bin/python tests/parity/detection/make_golden.py
"""
import json
import math
import pathlib
import zlib

import cv2
import numpy as np
import torch
import torchvision

HERE = pathlib.Path(__file__).parent
cv2.setNumThreads(1)


def picture(height, width, channels):
    """Edges, ramps and noise; a function of the place alone."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return ((x * 37 + y * 101 + c * 53 + (x * y * 7919) % 251 + 255 * ((x // 3 + y // 2) % 2)) % 256).astype(np.uint8)


def corners(image, height, width):
    """resize_image of darknet: single precision, rows first."""
    source = image.astype(np.float32)
    h, w = source.shape[:2]

    def line(length, to):
        scale = np.float32(length - 1) / np.float32(to - 1)
        at = np.arange(to, dtype=np.float32) * scale
        first = np.minimum(at.astype(np.int64), length - 1)
        weight = (at - first.astype(np.float32)).astype(np.float32)
        first[-1], weight[-1] = length - 1, 0
        return first, np.minimum(first + 1, length - 1), weight

    a, b, t = line(w, width)
    part = (1 - t)[None, :, None] * source[:, a] + t[None, :, None] * source[:, b]
    a, b, t = line(h, height)
    return (1 - t)[:, None, None] * part[a] + t[:, None, None] * part[b]


SIZES = [(13, 17, 5, 7), (5, 5, 11, 9), (8, 6, 4, 3), (7, 9, 7, 3), (6, 4, 9, 4), (1, 1, 3, 2), (3, 1, 5, 4),
         (1, 6, 2, 3), (16, 12, 4, 3), (9, 14, 8, 13)]
stretch = {"opencv": [], "large": [], "corners": []}
for h, w, height, width in SIZES:
    for channels in (1, 3):
        image = picture(h, w, channels)
        entry = {"from": [h, w, channels], "to": [height, width]}
        out = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        stretch["opencv"].append({**entry, "pixels": out.flatten().tolist()})
        floats = corners(image, height, width)
        stretch["corners"].append({**entry, "pixels": [float(f"{v:.7g}") for v in floats.flatten()]})
for h, w, height, width in [(123, 187, 320, 320), (576, 768, 320, 320), (640, 640, 320, 320), (331, 500, 416, 416)]:
    out = cv2.resize(picture(h, w, 3), (width, height), interpolation=cv2.INTER_LINEAR)
    stretch["large"].append({"from": [h, w, 3], "to": [height, width], "crc32": zlib.crc32(out.tobytes())})

random = np.random.default_rng(5)


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def soft_nms(boxes, scores, classes, threshold, sigma, least):
    scores = list(scores)
    left, kept = [i for i in range(len(scores)) if scores[i] >= least], []
    while left:
        best = max(left, key=lambda i: (scores[i], -i))
        left.remove(best)
        kept.append([best, scores[best]])
        for i in left:
            if classes[i] != classes[best]:
                continue
            overlap = iou(boxes[best], boxes[i])
            if sigma:
                scores[i] *= math.exp(-overlap**2 / sigma)
            elif overlap > threshold:
                scores[i] *= 1 - overlap
        left = [i for i in left if scores[i] >= least]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))


cases = []
for count, classes, threshold in [(60, 3, 0.45), (200, 5, 0.65), (40, 1, 0.3)]:
    corner = random.uniform(0, 80, (count, 2))
    boxes = np.concatenate([corner, corner + random.uniform(5, 60, (count, 2))], 1).round(3)
    scores = random.uniform(0.01, 1, count).round(3)  # some are equal
    ids = random.integers(0, classes, count)
    keep = torchvision.ops.batched_nms(torch.tensor(boxes), torch.tensor(scores), torch.tensor(ids), threshold)
    agnostic = torchvision.ops.nms(torch.tensor(boxes), torch.tensor(scores), threshold)
    cases.append({"threshold": threshold, "boxes": boxes.tolist(), "scores": scores.tolist(), "classes": ids.tolist(),
                  "batched": keep.tolist(), "agnostic": agnostic.tolist(),
                  "linear": soft_nms(boxes, scores, ids, threshold, 0, 0.05),
                  "gaussian": soft_nms(boxes, scores, ids, threshold, 0.5, 0.05)})

(HERE / "stretch.json").write_text(json.dumps(stretch, separators=(",", ":")).replace('{"from', '\n{"from') + "\n")
(HERE / "nms.json").write_text(json.dumps(cases, separators=(",", ":")).replace('{"threshold', '\n{"threshold') + "\n")
