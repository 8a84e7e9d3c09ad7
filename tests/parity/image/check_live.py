"""Compares decoding and resizing of real photographs with Pillow.

usage: check_live.py ATTUNE_MEDIA_PARITY_TEST SHARED   (in the peers' environment)

Decoders differ by a level or two where libjpeg-turbo's versions do; a resize of the same pixels must
be within one level."""
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

FILTERS = {"bilinear": 2, "bicubic": 3, "lanczos": 1, "box": 4, "nearest": 0}
SIZES = ((256, 341), (224, 224), (97, 33), (640, 500))


def run(program, jobs, folder):
    listing = folder / "jobs"
    listing.write_text("".join("\t".join(map(str, job)) + "\n" for job in jobs))
    subprocess.run([program, "--gtest_filter=ImageParity.LiveJobs"], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "ATTUNE_IMAGE_JOBS": str(listing)})


def read(path, image):
    return np.fromfile(path, np.uint8).reshape(image.height, image.width, 3)


class Difference:
    def __init__(self):
        self.largest = self.equal = self.total = 0

    def add(self, got, expected):
        difference = np.abs(got.astype(np.int16) - expected)
        self.largest = max(self.largest, int(difference.max()))
        self.equal += int((difference == 0).sum())
        self.total += difference.size

    def text(self):
        return f"largest difference {self.largest}, equal {self.equal / self.total:.6f}"


def main(program, shared):
    files = sorted(p for p in pathlib.Path(shared, "data/image-hymenoptera/train").rglob("*")
                   if p.suffix.lower() in (".jpg", ".jpeg", ".gif"))
    if not files:
        print("skipped: no photographs in", shared)
        return
    decoded = Difference()
    resized = {name: Difference() for name in FILTERS}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run(program, [(path, "-", 0, 0, folder / str(i)) for i, path in enumerate(files)], folder)
        jobs, expected = [], []
        for i, path in enumerate(files):
            image = Image.open(path).convert("RGB")
            pixels = read(folder / str(i), image)
            decoded.add(pixels, np.asarray(image))
            # The resize is judged on equal pixels, whatever the decoders made of the file.
            same = Image.fromarray(pixels)
            filter_name = list(FILTERS)[i % len(FILTERS)]
            width, height = SIZES[i // len(FILTERS) % len(SIZES)]
            jobs.append((path, filter_name, width, height, folder / f"r{i}"))
            expected.append((filter_name, same.resize((width, height), FILTERS[filter_name])))
        run(program, jobs, folder)
        for job, (filter_name, image) in zip(jobs, expected):
            resized[filter_name].add(read(job[-1], image), np.asarray(image))
    print(f"decoded {len(files)} files: {decoded.text()}")
    for filter_name, difference in resized.items():
        print(f"resized, {filter_name}: {difference.text()}")
    assert decoded.largest <= 2 and decoded.equal / decoded.total > 0.99
    assert all(difference.largest <= 1 for difference in resized.values())


main(*sys.argv[1:])
