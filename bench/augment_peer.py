"""Pictures per second of processor time of Pillow + torchvision on one thread, as JSON: the peer of
augment_bench.

    augment_peer.py FOLDER [REPEATS]

Decode, RandomResizedCrop(224), RandomHorizontalFlip; files are read beforehand.
"""
import io
import json
import pathlib
import sys
import time

import torch
from PIL import Image
from torchvision.transforms import v2


def pictures_per_second(files, transform, repeats):
    times = []
    for _ in range(repeats + 1):  # the first one warms up
        begin = time.process_time()
        for data in files:
            transform(Image.open(io.BytesIO(data)).convert("RGB"))
        times.append(time.process_time() - begin)
    return len(files) / sorted(times[1:])[repeats // 2]


def main():
    folder = pathlib.Path(sys.argv[1])
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    files = [path.read_bytes() for path in sorted(folder.rglob("*.jpg"))]
    crop = v2.Compose([v2.RandomResizedCrop(224), v2.RandomHorizontalFlip()])
    trivial = v2.Compose([v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), v2.TrivialAugmentWide()])
    jitter = v2.Compose([v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), v2.ColorJitter(0.4, 0.4, 0.4, 0.1)])
    print(json.dumps({
        "tool": "torchvision", "files": len(files),
        "decode": pictures_per_second(files, lambda image: image, repeats),
        "crop_flip": pictures_per_second(files, crop, repeats),
        "crop_flip_trivial": pictures_per_second(files, trivial, repeats),
        "crop_flip_jitter": pictures_per_second(files, jitter, repeats),
    }))


if __name__ == "__main__":
    main()
