#!/usr/bin/env python3
"""Of labels flipped at random, how many does `attune check` list among its first suspects?

    bench/flipped_labels.py --data .deps/demo/train.csv --model RUN [--draws 3]
    bench/flipped_labels.py --data .deps/demo/train.csv --model .deps/demo/model --folds 5

Draws 1,000 rows of a table with columns text and label (two labels), flips 20 of them, and asks the
model of a run, which must be of the same labels, for 40 suspects. Prints a line a draw and the mean.
What the model has learnt from the right labels it knows better than what it has never seen: give
its training data and others, and say which. With --folds the model is the pre-trained one: it is
cross-validated on the flipped rows themselves, and each is judged by the model that has not seen it.
"""

import argparse
import csv
import json
import random
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def draw(rows, header, args, seed, folder):
    generator = random.Random(seed)
    label = header.index("label")
    names = sorted({row[label] for row in rows})
    if len(names) != 2:
        raise SystemExit(f"{args.data}: {len(names)} labels, expected 2")
    chosen = [list(row) for row in generator.sample(rows, args.rows)]
    flipped = set(generator.sample(range(args.rows), args.flipped))
    for i in flipped:
        chosen[i][label] = names[1 - names.index(chosen[i][label])]
    # JSONL: an example is a line, whatever its text holds.
    table, found = folder / "rows.jsonl", folder / "found.json"
    table.write_text("".join(json.dumps(dict(zip(header, row))) + "\n" for row in chosen))
    model = args.model
    if args.folds:
        model = folder / f"run-{seed}"
        subprocess.run([args.build / "attune", "train", "--preset", "sentiment-demo", "--train-file",
                        table, "--model", args.model, "--folds", str(args.folds), "--output-dir",
                        model], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([args.build / "attune", "check", "--task", "text-classification", "--train-file",
                    table, "--model", model, "--output-file", found, "--max-suspects",
                    str(args.suspects)], check=True, stdout=subprocess.DEVNULL)
    suspects = [finding for finding in json.loads(found.read_text())["findings"]
                if finding["kind"] == "suspicious_labels"]
    lines = [int(example["examples"][0]["source"].rsplit(":", 1)[1])
             for example in suspects[0]["examples"]] if suspects else []
    return sum(line - 1 in flipped for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--folds", type=int)
    for name, default in (("rows", 1000), ("flipped", 20), ("suspects", 40), ("draws", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    with open(args.data, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(args.draws):
            found.append(draw(rows, header, args, seed, Path(folder)))
            print(f"draw {seed}: {found[-1]} of {args.flipped}", flush=True)
    print(f"mean {sum(found) / len(found):.1f} of {args.flipped}")


if __name__ == "__main__":
    main()
