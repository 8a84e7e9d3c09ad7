"""`attune check` of many JPEGs beside decoding them and nothing else, as JSON.

usage: check_pictures.py --build FOLDER [--pictures 50000] [--few 5000] [--threads 2] [--folder FOLDER]

Makes so many JPEGs of 224 to 500 pixels a side (needs Pillow; a folder that is there already is
used), each smooth colours under grain, about a third of a byte a pixel. Then, for the
first `few` and for all: attune's decoder on every file (decode_files_bench), and `attune check`.
Both in turns; of each wall time, processor time and peak memory.
"""

import argparse
import io
import json
import os
import random
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path


def textures(draw, count):
    """Grain of several sizes: what JPEG finds in photographs and not in colour gradients."""
    from PIL import Image
    made = []
    for _ in range(count):
        fine = Image.effect_noise((640, 640), draw.uniform(10, 40))
        coarse = Image.effect_noise((160, 160), draw.uniform(60, 120)).resize((640, 640), Image.BICUBIC)
        made.append(Image.blend(coarse, fine, 0.35).convert("RGB"))
    return made


def make_pictures(folder, first, count):
    from PIL import Image
    draw = random.Random(first)
    grain = textures(draw, 24)
    for i in range(first, first + count):
        place = folder / ("even", "odd")[i % 2] / f"{i // 1000:03}"
        place.mkdir(parents=True, exist_ok=True)
        width, height = draw.randint(224, 500), draw.randint(224, 500)
        left, top = draw.randint(0, 640 - width), draw.randint(0, 640 - height)
        colours = Image.frombytes("RGB", (6, 6), draw.randbytes(108)).resize((width, height), Image.BICUBIC)
        picture = Image.blend(colours, draw.choice(grain).crop((left, top, left + width, top + height)), 0.45)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=85)
        (place / f"{i:06}.jpg").write_bytes(file.getvalue())


def prepare(folder, count, few):
    """FOLDER/all, and FOLDER/few with the first of the same files."""
    if not (folder / "done").exists():
        make_pictures(folder / "all", 0, few)
        shutil.copytree(folder / "all", folder / "few", copy_function=os.link)
        make_pictures(folder / "all", few, count - few)
        (folder / "done").touch()
    return folder / "few", folder / "all"


def measure(command):
    """Wall and processor seconds and peak memory of a program, and its standard output."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        out, err = process.communicate()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process.returncode == 0, out + err
    # The peak is the largest of all children so far: small ones are measured before large ones.
    return {"wall_s": round(time.monotonic() - begun, 2),
            "processor_s": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 2),
            "peak_mib": round(used.ru_maxrss / 1024)}, out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=50000)
    parser.add_argument("--few", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    place = args.folder or Path(tempfile.mkdtemp(prefix="check-pictures-"))
    result = {}
    try:
        for folder in prepare(place, args.pictures, args.few):
            count = sum(1 for _ in folder.rglob("*.jpg"))
            decode, _ = measure([args.build / "decode_files_bench", folder, str(args.threads)])
            check, _ = measure([args.build / "attune", "check", "--task", "image-classification", "--train-dir",
                                folder, "--threads", str(args.threads), "--max-shown", "0"])
            result[count] = {"decode": decode, "check": check, "processor_ratio":
                             round(check["processor_s"] / decode["processor_s"], 3)}
            print(json.dumps({count: result[count]}), flush=True)
    finally:
        if not args.folder:
            shutil.rmtree(place)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
