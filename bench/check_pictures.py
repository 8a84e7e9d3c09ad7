"""`attune check` of many JPEGs beside decoding them and nothing else: table and JSON.

    ninja -C build/release attune attune_benchmarks
    python3 bench/check_pictures.py --build build/release

Makes --pictures JPEGs of 224 to 500 pixels a side in a temporary folder (needs Pillow; 1.7 GiB for
50,000, deleted at the end; --folder keeps them, and uses what is there): each another cut of one of
200 scenes of smooth colours under grain, a quarter of a byte a pixel, as photographs have. Then
in turns, --rounds times, attune's decoder on every file (decode_files_bench) and `attune check`, on
--threads threads, of the first --few and of all: the least wall time, the least processor time (user and
system) and the greatest peak memory of each. Other programs on the machine spoil the wall times
first: the processor times of both are of the same minutes.
"""

import argparse
import io
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

SCENES, SCENE_SIDE = 200, 640


def make_scene(draw):
    """Grain of two sizes over colours: what JPEG finds in photographs and not in gradients."""
    from PIL import Image
    side = (SCENE_SIDE, SCENE_SIDE)
    fine = Image.effect_noise(side, draw.uniform(10, 40))
    coarse = Image.effect_noise((160, 160), draw.uniform(60, 120)).resize(side, Image.BICUBIC)
    grain = Image.blend(coarse, fine, 0.35).convert("RGB")
    colours = Image.frombytes("RGB", (6, 6), draw.randbytes(108)).resize(side, Image.BICUBIC)
    return Image.blend(colours, grain, 0.45)


def make_pictures(folder, count):
    draw = random.Random(0)
    scenes = [make_scene(draw) for _ in range(SCENES)]
    for i in range(count):
        place = folder / ("even", "odd")[i % 2] / f"{i // 1000:03}"
        place.mkdir(parents=True, exist_ok=True)
        width, height = draw.randint(224, 500), draw.randint(224, 500)
        left, top = draw.randint(0, SCENE_SIDE - width), draw.randint(0, SCENE_SIDE - height)
        file = io.BytesIO()
        cut = scenes[i % SCENES].crop((left, top, left + width, top + height))
        cut.save(file, "JPEG", quality=85)
        (place / f"{i:06}.jpg").write_bytes(file.getvalue())


def link_first(folder, few):
    """FOLDER/few: the first `few` of the files in FOLDER/all."""
    for file in sorted((folder / "all").rglob("*.jpg"), key=lambda path: path.name)[:few]:
        link = folder / "few" / file.relative_to(folder / "all")
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, link)


def prepare(folder, count, few):
    if not (folder / "done").exists():
        # In a process of its own: a program begins with the peak memory of the one that starts it,
        # and the scenes take 330 MiB.
        maker = multiprocessing.Process(target=make_pictures, args=(folder / "all", count))
        maker.start()
        maker.join()
        assert maker.exitcode == 0, "the pictures could not be made"
        link_first(folder, few)
        (folder / "done").touch()
    return folder / "few", folder / "all"


def measure(command):
    """Wall and processor seconds and peak memory of one run of a program."""
    with tempfile.TemporaryFile() as out:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        # wait4 tells of this child alone; RUSAGE_CHILDREN has the largest peak of all so far.
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        assert process.returncode == 0, out.read().decode()
    return {"wall_s": wall, "processor_s": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024}


def best_of(runs):
    least = {key: round(min(run[key] for run in runs), 2) for key in ("wall_s", "processor_s")}
    return least | {"peak_mib": round(max(run["peak_mib"] for run in runs))}


def compare(folder, args):
    threads = str(args.threads)
    commands = {
        "decode": [args.build / "decode_files_bench", folder, threads],
        "check": [args.build / "attune", "check", "--task", "image-classification", "--train-dir",
                  folder, "--threads", threads, "--max-shown", "0"],
    }
    runs = {name: [] for name in commands}
    for _ in range(args.rounds):
        for name, command in commands.items():
            runs[name].append(measure(command))
    result = {name: best_of(each) for name, each in runs.items()}
    for key in ("wall_s", "processor_s"):
        result[key.removesuffix("_s") + "_ratio"] = round(result["check"][key] / result["decode"][key], 3)
    return {"pictures": sum(1 for _ in folder.rglob("*.jpg")), "threads": args.threads} | result


def show(row):
    for name in ("decode", "check"):
        print("{:>7} pictures  {:<7} {wall_s:>8} s {processor_s:>8} processor s {peak_mib:>5} MiB".format(
            row["pictures"], name, **row[name]), flush=True)
    print(f"{'':>17} check / decode: wall {row['wall_ratio']}, processor {row['processor_ratio']}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=50000)
    parser.add_argument("--few", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    place = args.folder or Path(tempfile.mkdtemp(prefix="check-pictures-"))
    rows = []
    try:
        for folder in prepare(place, args.pictures, args.few):
            rows.append(compare(folder, args))
            show(rows[-1])
    finally:
        if not args.folder:
            shutil.rmtree(place)
    print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
