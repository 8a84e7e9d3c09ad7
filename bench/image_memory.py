"""Memory of training on pictures, as JSON.

usage: image_memory.py --attune BINARY [--pictures 100000] [--shared FOLDER]

scan    a folder of so many JPEGs of 128x128 (made here, in a temporary place) is listed, checked and
        trained on for a few steps: peak memory beside what the pictures would take if they were kept
epochs  a small ResNet on augmented photographs (or on 2,000 of those pictures) for eight epochs:
        the most memory seen in each quarter of the run
"""

import argparse
import io
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path

SIDE = 128


def make_pictures(folder, count):
    """Two classes; every picture has pixels of its own. JPEGs are made by Pillow."""
    from PIL import Image
    draw = random.Random(1)
    for i in range(count):
        place = folder / ("even", "odd")[i % 2] / f"{i // 2 % 100:02}"
        place.mkdir(parents=True, exist_ok=True)
        small = Image.frombytes("RGB", (8, 8), draw.randbytes(192))
        file = io.BytesIO()
        small.resize((SIDE, SIDE), Image.BILINEAR).save(file, "JPEG", quality=75)
        (place / f"{i:06}.jpg").write_bytes(file.getvalue())


def resident_bytes(process):
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except FileNotFoundError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def train(attune, output, *flags):
    """Metrics, seconds, and memory over time (every 0.2 s) of a run."""
    begin, seen = time.time(), []
    command = [attune, "train", "--task", "image-classification", "--architecture", "resnet18",
               "--image-size", "64", "--resize-size", "72", "--save-strategy", "no",
               "--output-dir", output, *flags]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    while process.poll() is None:
        seen.append(resident_bytes(process))
        time.sleep(0.2)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {process.returncode}")
    metrics = json.loads((Path(output) / "metrics.json").read_text())
    return metrics, time.time() - begin, seen


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attune", required=True)
    parser.add_argument("--pictures", type=int, default=100000)
    parser.add_argument("--shared", default="../shared")
    arguments = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory(prefix="attune-memory-") as temporary:
        folder = Path(temporary)
        make_pictures(folder / "many", arguments.pictures)
        metrics, seconds, _ = train(arguments.attune, folder / "scan", "--train-dir",
                                    folder / "many", "--max-steps", 3)
        results["scan"] = {"pictures": arguments.pictures, "seconds": seconds,
                           "peak_rss_mib": metrics["peak_rss_bytes"] >> 20,
                           "decoded_mib": arguments.pictures * SIDE * SIDE * 3 >> 20}
        photos = Path(arguments.shared) / "data" / "image-hymenoptera" / "train"
        if not photos.is_dir():
            photos = folder / "some"
            make_pictures(photos, 2000)
        _, _, seen = train(arguments.attune, folder / "epochs", "--train-dir", photos,
                           "--num-train-epochs", 8, "--random-resized-crop", "--trivial-augment")
        quarter = len(seen) // 4
        results["epochs"] = {"peak_rss_mib_by_quarter": [
            max(seen[i * quarter:(i + 1) * quarter]) >> 20 for i in range(4)]}
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
