"""The pictures of the guides in docs/tasks: data made here, trained by attune, reports as Chromium shows them.

usage: make.py --attune BINARY [--pneumoniamnist FILE.npz] [--keep FOLDER]

Writes PNGs beside this file. Needs NumPy, Pillow and chromium. Photographs and scans of others are
never in them: objects and scans are drawn here, and of PneumoniaMNIST only curves are shown.
"""

import argparse
import csv
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent


def texture(generator, side, channels):
    """Smooth noise, 0 to 1."""
    coarse = generator.random((side // 8, side // 8, channels))
    planes = [np.asarray(Image.fromarray((coarse[..., c] * 255).astype(np.uint8)).resize(
        (side, side), Image.BICUBIC)) for c in range(channels)]
    return np.stack(planes, -1) / 255 * 0.7 + generator.random((side, side, channels)) * 0.3


def object_picture(generator, kind, side=96):
    """A disc, a square or a triangle of any colour and place on a coloured ground."""
    ground = Image.fromarray((texture(generator, side, 3) * 180).astype(np.uint8))
    draw = ImageDraw.Draw(ground)
    size = generator.integers(13, 24)
    x, y = generator.integers(size, side - size, 2)
    colour = tuple(int(v) for v in generator.integers(90, 256, 3))
    if kind == "disc":
        draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    else:
        corners = {"square": 4, "triangle": 3}[kind]
        draw.regular_polygon((int(x), int(y), int(size)), corners,
                             rotation=int(generator.integers(0, 360)), fill=colour)
    return ground


def make_objects(folder):
    generator = np.random.default_rng(1)
    for kind in ("disc", "square", "triangle"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for i in range(400):
            object_picture(generator, kind).save(folder / kind / f"{i:03}.png")
    return folder


def scan_picture(generator, has_nodule, contrast, side=64):
    """Two dark fields in a body, as in a chest film; a nodule is a soft bright spot in one."""
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    values = 0.55 + 0.15 * texture(generator, side, 1)[..., 0]
    places = []
    for middle in (-0.2, 0.2):
        middle += generator.normal(0, 0.02)
        inside = ((x - middle) / 0.15) ** 2 + ((y + generator.normal(0, 0.02)) / 0.34) ** 2
        values -= 0.35 / (1 + np.exp((inside - 1) * 8))
        places.append(middle)
    for _ in range(5):  # vessels, which look a little like one
        spot(values, x, y, places[generator.integers(2)] + generator.normal(0, 0.05),
             generator.uniform(-0.2, 0.2), 0.015, 0.12)
    if has_nodule:
        spot(values, x, y, places[generator.integers(2)] + generator.normal(0, 0.04),
             generator.uniform(-0.2, 0.2), generator.uniform(0.03, 0.05), contrast)
    return Image.fromarray(np.clip(values * 255, 0, 255).astype(np.uint8))


def spot(values, x, y, at_x, at_y, radius, height):
    values += height * np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * radius ** 2))


def make_scans(folder):
    """1,200 scans of 400 patients from two sites, of which one shows nodules less clearly."""
    generator = np.random.default_rng(2)
    (folder / "scans").mkdir(parents=True, exist_ok=True)
    with open(folder / "scans.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "finding", "patient_id", "site"])
        for patient in range(400):
            site = ("north", "south")[patient % 2]
            ill = generator.random() < 0.35
            for view in range(3):
                name = f"scans/{patient:03}-{view}.png"
                scan_picture(generator, ill, 0.22 if site == "north" else 0.13).save(folder / name)
                table.writerow([name, "nodule" if ill else "clear", f"p{patient:03}", site])
    return folder / "scans.csv"


def train(attune, output, *flags):
    """Its report; `output` and the files among the flags lie in the folder it runs in. A run that is
    there already is not repeated."""
    if (output / "report.html").exists():
        return output / "report.html"
    subprocess.run([attune, "train", "--output-dir", output.name, "--save-strategy", "no",
                    *map(str, flags)], check=True, cwd=output.parent)
    return output / "report.html"


def section_id(report, heading):
    """Of the section with this heading."""
    found = re.search(rf'<section id="(s\d+)">\s*<h2>{heading}', report)
    if not found:
        raise SystemExit(f'the report has no section "{heading}"')
    return found.group(1)


def shoot(report, heading, target, cards=None, height=3000, width=1100, colours=128):
    """One section of a report, or only these cards of it; `height` pixels at most."""
    text = report.read_text()
    only = section_id(text, heading)
    style = (f"header, nav, footer, .strip, section, h2 {{ display: none }} "
             f"#{only} {{ display: block; margin: 0 }} body {{ padding: 12px }}")
    if cards is not None:
        style += " .card { display: none } .card.shown { display: block }"
        for title in cards:
            if f'<div class="card"><h3>{title}' not in text:
                raise SystemExit(f'the report has no card "{title}"')
            text = text.replace(f'<div class="card"><h3>{title}',
                                f'<div class="card shown"><h3>{title}')
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        page.write_text(text.replace("</head>", f"<style>{style}</style></head>", 1))
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--hide-scrollbars",
                        f"--window-size={width},3000", f"--screenshot={shot}", page.as_uri()],
                       check=True, capture_output=True)
        picture = Image.open(shot).convert("RGB")
    ground = Image.new("RGB", picture.size, picture.getpixel((1, 1)))
    difference = np.abs(np.asarray(picture, int) - np.asarray(ground, int)).sum(-1)
    rows = np.nonzero(difference.any(1))[0]
    top, bottom = max(int(rows.min()) - 12, 0), int(rows.max()) + 12
    picture = picture.crop((0, top, width, min(bottom, top + height)))
    picture.quantize(colours, dither=Image.Dither.NONE).save(HERE / target, optimize=True)
    print(target, picture.size, (HERE / target).stat().st_size)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attune", required=True)
    parser.add_argument("--pneumoniamnist")
    parser.add_argument("--keep", help="a folder for data and runs, which stay")
    arguments = parser.parse_args()
    attune = Path(arguments.attune).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.keep or temporary).resolve()
        report = train(attune, folder / "objects-out", "--task", "image-classification",
                       "--architecture", "resnet18", "--image-size", 64, "--resize-size", 64,
                       "--train-dir", make_objects(folder / "objects").name, "--validation-split", 0.2,
                       "--num-train-epochs", 6, "--learning-rate", 1e-3,
                       "--random-resized-crop", "--crop-scale-min", 0.6, "--horizontal-flip", 0.5,
                       "--jitter-brightness", 0.3)
        shoot(report, "Results", "objects-results.png")
        shoot(report, "Training", "objects-training.png")
        shoot(report, "Mistakes", "objects-mistakes.png", height=764, colours=256)
        shoot(report, "Augmented inputs", "objects-inputs.png", colours=256)
        table = make_scans(folder / "made")
        report = train(attune, folder / "scans-out", "--task",
                       "medical-image-classification", "--architecture", "resnet18",
                       "--image-size", 64, "--resize-size", 64, "--input-channels", 1,
                       "--manifest", table.relative_to(folder), "--image-column", "path", "--label-column", "finding",
                       "--group-column", "patient_id", "--subgroup-column", "site",
                       "--validation-split", 0.25,
                       "--num-train-epochs", 6, "--learning-rate", 1e-3)
        shoot(report, "Decisions", "scans-sites.png", ["By site"])
        shoot(report, "Mistakes", "scans-mistakes.png", height=764, colours=256)
        if arguments.pneumoniamnist:
            report = train(attune, folder / "xray-out", "--task",
                           "medical-image-classification", "--preset", "small-xray", "--data-file",
                           Path(arguments.pneumoniamnist).resolve(), "--labels", "normal,pneumonia")
            shoot(report, "Decisions", "pneumonia-decisions.png")


if __name__ == "__main__":
    main()
