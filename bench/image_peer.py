"""Pictures per second on one thread: attune beside Pillow and NumPy, in alternating rounds.

usage: image_peer.py FOLDER --attune BUILD/image_bench [--rounds 3]

decode: JPEG to RGB. resize: to 224 x 224, bilinear. input: decode, shorter side to 256, middle 224,
normalised floats. input_shrunk: the same with the JPEG decoder allowed to shrink (Pillow's draft)."""
import argparse
import io
import json
import pathlib
import statistics
import subprocess
import time

import numpy as np
import PIL
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
STD = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]


def decode(data, least=None):
    image = Image.open(io.BytesIO(data))
    if least:
        image.draft("RGB", least)
    return image.convert("RGB")


def to_input(image):
    scale = 256 / min(image.size)
    image = image.resize([max(256, int(side * scale)) for side in image.size], 2)
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    samples = np.asarray(image.crop((left, top, left + 224, top + 224)))
    return (samples.transpose(2, 0, 1).astype(np.float32) / np.float32(255) - MEAN) / STD


def rate(call, items):
    begin = time.perf_counter()
    for item in items:
        call(item)
    return len(items) / (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--attune", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    files = [path.read_bytes() for path in sorted(options.folder.rglob("*.jpg"))]
    images = [decode(data) for data in files]
    calls = {
        "decode": (decode, files),
        "resize": (lambda image: image.resize((224, 224), 2), images),
        "input": (lambda data: to_input(decode(data)), files),
        "input_shrunk": (lambda data: to_input(decode(data, (256, 256))), files),
    }
    peer = {name: [] for name in calls}
    attune = {name: [] for name in calls}
    for _ in range(options.rounds):
        for name, (call, items) in calls.items():
            peer[name].append(rate(call, items))
        out = subprocess.run([options.attune, options.folder, "3"], check=True, capture_output=True)
        for name, value in json.loads(out.stdout).items():
            if name in attune:
                attune[name].append(value)
    result = {"pictures": len(files), "peer": f"Pillow {PIL.__version__}"}
    for name in calls:
        ours, theirs = statistics.median(attune[name]), statistics.median(peer[name])
        result[name] = {"attune": round(ours, 1), "pillow": round(theirs, 1),
                        "ratio": round(ours / theirs, 2)}
    print(json.dumps(result))


main()
