#!/usr/bin/env python3
"""Checks that a folder of src/attune includes only itself and folders above it in data-flow order."""

import pathlib
import re
import sys

ORDER = ["base", "config", "media", "pretrained", "eval", "data", "kernels", "nn", "models", "feed",
         "adapt", "train", "tasks", "deploy", "cli"]
WITHOUT_TORCH = set(ORDER[:ORDER.index("kernels")])
ROOT = pathlib.Path(__file__).resolve().parent.parent / "src" / "attune"
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def problems_of(path: pathlib.Path) -> list[str]:
    relative = path.relative_to(ROOT)
    if len(relative.parts) < 2:  # attune.h is the door: it may include everything
        return []
    folder = relative.parts[0]
    if folder not in ORDER:
        return [f"{relative}: the folder {folder} is not one of: {', '.join(ORDER)}"]
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        where = f"src/attune/{relative}:{number}"
        if target.startswith("attune/") and target.count("/") > 1:
            other = target.split("/")[1]
            if other not in ORDER or ORDER.index(other) > ORDER.index(folder):
                problems.append(f"{where}: {folder}/ must not include {target}, which is below it")
        if folder in WITHOUT_TORCH and target.split("/")[0] in ("torch", "ATen", "c10"):
            problems.append(f"{where}: {folder}/ knows nothing of LibTorch, got {target}")
    return problems


def main() -> None:
    files = sorted([*ROOT.rglob("*.h"), *ROOT.rglob("*.cc")])
    problems = [problem for file in files for problem in problems_of(file)]
    print("\n".join(problems) or f"{len(files)} files keep the order")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
