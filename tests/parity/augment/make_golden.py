"""Writes augment.json: pixel operations of torchvision.transforms.v2 on PIL pictures, its RandAugment and
TrivialAugmentWide tables, and means of its random draws, for augment_parity_test.cc."""

import hashlib
import json
import math
import pathlib

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

NEAREST, BILINEAR = InterpolationMode.NEAREST, InterpolationMode.BILINEAR


def noise(height, width, channels, seed):
    """The linear congruential generator that the C++ test repeats."""
    state, values = seed, []
    for _ in range(height * width * channels):
        state = (state * 1103515245 + 12345) % 2**31
        values.append(state >> 16 & 0xFF)
    return np.array(values, np.uint8).reshape(height, width, channels)


def pictures():
    y, x = np.mgrid[0:15, 0:19]
    smooth = np.stack([40 + 8 * x, 200 - 9 * y + 2 * x, 90 + 5 * y], -1).astype(np.uint8)
    return {
        "smooth": smooth,
        "noise": noise(13, 17, 3, 1),
        "grey": noise(12, 11, 1, 2) // 2 + 30,
        "levels": np.arange(256, dtype=np.uint8).reshape(16, 16, 1),
        "flat": np.full((4, 5, 3), 77, np.uint8),
        "line": noise(2, 9, 3, 3),
    }


def to_pil(array):
    return Image.fromarray(array if array.shape[2] == 3 else array[:, :, 0])


OPERATIONS = {
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "hue": F.adjust_hue,
    "sharpness": F.adjust_sharpness,
    "posterize": lambda image, bits: F.posterize(image, int(bits)),
    "solarize": F.solarize,
    "autocontrast": lambda image: F.autocontrast(image),
    "equalize": lambda image: F.equalize(image),
    "rotate_nearest": lambda image, degrees: F.rotate(image, degrees, NEAREST),
    "rotate_bilinear": lambda image, degrees: F.rotate(image, degrees, BILINEAR),
    "affine_nearest": lambda image, *a: F.affine(image, a[0], list(a[1:3]), 1.0, list(a[3:5]), NEAREST),
    "affine_bilinear": lambda image, *a: F.affine(image, a[0], list(a[1:3]), 1.0, list(a[3:5]), BILINEAR),
}
FACTORS = [0, 0.1, 0.5, 1, 1.37, 1.99, 3]
CASES = [("brightness", [f], "levels") for f in FACTORS]
CASES += [("contrast", [f], p) for f in FACTORS for p in ("noise", "levels")]
CASES += [("saturation", [f], p) for f in FACTORS for p in ("noise", "grey")]
CASES += [("hue", [f], p) for f in (-0.5, -0.21, 0, 0.003, 0.1, 0.5) for p in ("noise", "smooth", "grey", "flat")]
CASES += [("sharpness", [f], p) for f in FACTORS for p in ("noise", "grey", "line")]
CASES += [("posterize", [b], "levels") for b in range(1, 9)]
CASES += [("solarize", [t], "levels") for t in (0, 63.75, 128, 170.0, 255, 256)]
CASES += [(op, [], p) for op in ("autocontrast", "equalize") for p in pictures()]
CASES += [
    (f"rotate_{s}", [d], p)
    for s in ("nearest", "bilinear") for d in (0, 7.5, -30, 90, 180, 270, 133.1) for p in ("smooth", "grey")
]
CASES += [
    (f"affine_{s}", a, p)
    for s in ("nearest", "bilinear")
    for a in ([0, 3, -2, 0, 0], [0, 0, 0, 16.7, 0], [0, 0, 0, 0, -44.7], [20, -1, 4, 10, 5])
    for p in ("smooth", "grey")
]
DIGESTS = [(op, [f]) for op in ("brightness", "contrast", "saturation", "sharpness")
           for f in (0.03, 0.26, 0.71, 0.97, 1.03, 1.5, 1.9)]
DIGESTS += [("hue", [f]) for f in (-0.45, -0.1, 0.02, 0.25, 0.4)]
DIGESTS += [("autocontrast", []), ("equalize", []), ("rotate_bilinear", [17.3]), ("rotate_nearest", [-101])]


def run(op, args, array):
    return np.asarray(OPERATIONS[op](to_pil(array), *args)).tobytes()


def float_rotations():
    """Pillow's mode F: torchvision hands it on as it is."""
    array = np.random.default_rng(1).uniform(0, 255, (9, 14)).astype(np.float32)
    image = Image.fromarray(array)
    rotate = lambda degrees, mode: np.asarray(image.rotate(degrees, mode)).ravel().astype(float).tolist()
    return {"height": 9, "width": 14, "samples": array.ravel().astype(float).tolist(),
            "cases": [{"degrees": d, "nearest": rotate(d, Image.NEAREST), "bilinear": rotate(d, Image.BILINEAR)}
                      for d in (12.5, -77)]}


def policy_tables():
    height, width = 224, 197
    tables = {}
    for name, cls in (("rand_augment", v2.RandAugment), ("trivial_augment_wide", v2.TrivialAugmentWide)):
        tables[name] = {}
        for op, (magnitudes, signed) in cls._AUGMENTATION_SPACE.items():
            values = magnitudes(31, height, width)
            values = None if values is None else [float(v) for v in values]
            tables[name][op] = {"magnitudes": values, "signed": signed}
    return {"height": height, "width": width, "spaces": tables}


def policy_steps():
    image, steps = to_pil(pictures()["noise"]), []
    for cls, name in ((v2.RandAugment, "rand_augment"), (v2.TrivialAugmentWide, "trivial_augment_wide")):
        transform = cls()
        for op, (magnitudes, signed) in cls._AUGMENTATION_SPACE.items():
            values = magnitudes(31, image.height, image.width)
            for bin, sign in ((9, 1), (24, -1)) if signed else ((9, 1),):
                magnitude = 0.0 if values is None else sign * float(values[bin])
                out = transform._apply_image_or_video_transform(image, op, magnitude, NEAREST, transform._fill)
                steps.append({"space": name, "op": op, "bin": bin, "sign": sign,
                              "output": np.asarray(out).tobytes().hex()})
    return steps


def means(rows):
    rows = np.array(rows, np.float64)
    return {"mean": rows.mean(0).tolist(), "std": rows.std(0).tolist()}


def distributions(count=20000):
    torch.manual_seed(0)
    result = {"crop": [], "erasing": [], "jitter": [], "cutmix": []}
    for height, width in ((100, 150), (40, 200), (32, 32)):
        blank, crop = [torch.zeros(3, height, width)], v2.RandomResizedCrop(8)
        params = [crop.make_params(blank) for _ in range(count)]
        rows = [[p["top"], p["left"], p["height"], p["width"], math.log(p["width"] / p["height"]),
                 p["height"] * p["width"]] for p in params]
        result["crop"].append({"height": height, "width": width, **means(rows)})
        erase = v2.RandomErasing()
        params = [erase.make_params(blank) for _ in range(count)]
        rows = [[p["i"], p["j"], p["h"], p["w"]] for p in params if p["v"] is not None]
        result["erasing"].append({"height": height, "width": width, "share": len(rows) / count, **means(rows)})
    jitter = v2.ColorJitter(0.4, 1.5, 0.2, 0.1)
    params = [jitter.make_params([]) for _ in range(count)]
    rows = [[p[f"{k}_factor"] for k in ("brightness", "contrast", "saturation", "hue")] +
            [p["fn_idx"].tolist().index(0)] for p in params]
    result["jitter"] = means(rows)
    for alpha in (0.2, 1.0, 4.0):
        mix, blank = v2.CutMix(alpha=alpha, num_classes=2), [torch.zeros(2, 3, 40, 60)]
        params = [mix.make_params(blank) for _ in range(count)]
        rows = [[p["lam_adjusted"], *p["box"]] for p in params]
        result["cutmix"].append({"alpha": alpha, "height": 40, "width": 60, **means(rows)})
    return result


def main():
    inputs = pictures()
    golden = {
        "pictures": {name: {"height": a.shape[0], "width": a.shape[1], "channels": a.shape[2],
                            "samples": a.tobytes().hex()} for name, a in inputs.items()},
        "cases": [{"op": op, "args": args, "input": p, "output": run(op, args, inputs[p]).hex()}
                  for op, args, p in CASES],
        "digests": [{"op": op, "args": args, "sha256": hashlib.sha256(run(op, args, noise(64, 64, 3, 9))).hexdigest()}
                    for op, args in DIGESTS],
        "float_rotations": float_rotations(),
        "policies": policy_tables(),
        "policy_steps": policy_steps(),
        "distributions": distributions(),
    }
    path = pathlib.Path(__file__).with_name("augment.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
