"""Compares what a checkpoint's origin implies with the libraries of that origin, on real pictures:
timm's folders (save_for_hf) with timm.data.create_transform, networks of torchxrayvision with its
normalize, XRayCenterCrop and XRayResizer; then answers of `attune predict` with timm's own.

usage: check_live_timm.py ATTUNE_MODELS_PARITY_TEST ATTUNE SHARED   (in the peers' environment)

Weights are random: only shapes, names and what is written beside them count. Pictures are written
anew as PNG, so that no two JPEG decoders are compared. timm's inputs are equal but for rounding
(1e-5), and so are torchxrayvision's where nothing is resized. It resizes with scikit-image after a
Gaussian, attune as Pillow does: there pictures are softened to what radiographs are, and inputs are
correlated above 0.99 and of the same scale."""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import timm
import torch
import torchxrayvision as xrv
from PIL import Image, ImageFilter
from timm.data import create_transform, resolve_data_config
from timm.models import save_for_hf

# What the pretrained_cfg of published checkpoints differ in.
CHANGES = {
    "plain": {},
    "low_crop": {"crop_pct": 0.875, "interpolation": "bilinear"},
    "half": {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "crop_pct": 1.0},
    "large": {"input_size": (3, 288, 288), "crop_pct": 0.95},
    "squash": {"crop_mode": "squash", "crop_pct": 0.9},
    "lanczos": {"interpolation": "lanczos", "input_size": (3, 160, 160)},
}


def real_pictures(shared, folder, count=6):
    files = sorted(p for p in Path(shared, "data/image-hymenoptera/train").rglob("*.jpg"))[:count]
    for i, file in enumerate(files):
        Image.open(file).convert("RGB").save(folder / f"{i}.png")
    return sorted(folder.glob("*.png"))


def timm_folder(folder, name, changes, pictures):
    torch.manual_seed(5)
    model = timm.create_model(name, pretrained=False, num_classes=3).eval()
    model.pretrained_cfg = {**model.pretrained_cfg, **changes}
    transform = create_transform(**resolve_data_config({}, model=model))
    with torch.no_grad():  # so that answers differ from picture to picture
        logits = model(torch.stack([transform(Image.open(path)) for path in pictures]))
        model.get_classifier().weight.mul_(2 / logits.std(dim=0).max())
        logits = model(torch.stack([transform(Image.open(path)) for path in pictures]))
        model.get_classifier().bias.sub_(logits.mean(dim=0))
    save_for_hf(model, folder, safe_serialization=True,
                model_config={"label_names": ["ant", "bee", "wasp"]})
    return model


def inputs(program, jobs, folder):
    """attune's, float32, by job."""
    listing = folder / "jobs"
    outputs = [folder / f"out{i}" for i in range(len(jobs))]
    listing.write_text("".join("\t".join(map(str, (*job, out))) + "\n"
                               for job, out in zip(jobs, outputs)))
    subprocess.run([program, "--gtest_filter=ImageInputs.LiveJobs"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env={**os.environ, "ATTUNE_INPUT_JOBS": str(listing)})
    return [np.fromfile(out, np.float32) for out in outputs]


def check_timm(program, attune, pictures, folder):
    failures = 0
    for architecture in ("resnet18", "densenet121"):
        for case, changes in CHANGES.items():
            model_folder = folder / f"{architecture}-{case}"
            model = timm_folder(model_folder, architecture, changes, pictures)
            written = json.loads((model_folder / "config.json").read_text())["pretrained_cfg"]
            transform = create_transform(**resolve_data_config({}, pretrained_cfg=written))
            peers = [transform(Image.open(path)) for path in pictures]
            ours = inputs(program, [(model_folder, "-", path) for path in pictures], folder)
            largest = max(float(np.abs(got - want.numpy().ravel()).max())
                          for got, want in zip(ours, peers))
            with torch.no_grad():
                scores = model(torch.stack(peers)).softmax(1).numpy()
            # No --task: the folder says what it is of.
            lines = subprocess.run([attune, "predict", "--model", model_folder, "--input", *pictures],
                                   check=True, capture_output=True, text=True).stdout.splitlines()
            answers = [json.loads(line)["scores"] for line in lines]
            answered = np.array([[a[name] for name in ("ant", "bee", "wasp")] for a in answers])
            off = float(np.abs(answered - scores).max())
            print(f"timm {architecture} {case}: inputs differ by {largest:.1e}, scores by {off:.1e}")
            failures += largest > 1e-5 or off > 1e-3 or np.ptp(scores, axis=0).max() < 0.01
    return failures


def check_xrv(program, attune, pictures, folder):
    model = xrv.models.DenseNet().eval()
    model.pathologies = xrv.models.model_urls["densenet121-res224-chex"]["labels"]
    torch.save(model, folder / "module.pt")
    torch.save(xrv.models.DenseNet().state_dict(), folder / "state.pt")
    failures = 0
    grey = []
    for path in pictures:
        image = Image.open(path).convert("L")
        # As it is, and with a side that is not resized.
        for name, shown in (("whole", image.filter(ImageFilter.GaussianBlur(3))),
                            ("cut", image.crop((30, 20, image.width, 244)))):
            grey.append(folder / f"{name}-{path.name}")
            shown.save(grey[-1])
    for file in ("module.pt", "state.pt"):
        ours = inputs(program, [(folder / file, "densenet121", path) for path in grey], folder)
        for path, got in zip(grey, ours):
            image = xrv.datasets.normalize(np.asarray(Image.open(path)), 255)[None]
            want = xrv.datasets.XRayResizer(224)(xrv.datasets.XRayCenterCrop()(image)).ravel()
            largest, mean = float(np.abs(got - want).max()), float(np.abs(got - want).mean())
            alike, scale = np.corrcoef(got, want)[0, 1], got.std() / want.std()
            print(f"torchxrayvision {file} {path.name}: largest difference {largest:.1e}, mean "
                  f"{mean:.1f}, correlation {alike:.4f}, scale {scale:.3f}")
            failures += largest > 1e-3 if path.name.startswith("cut") else (
                alike < 0.99 or not 0.97 < scale < 1.03 or abs(got.mean() - want.mean()) > 10)
    line = subprocess.run([attune, "predict", "--model", folder / "module.pt", "--architecture",
                           "densenet121", "--input", grey[0], "--top-k", "18"], check=True,
                          capture_output=True, text=True).stdout.splitlines()[0]
    scores = json.loads(line)["scores"]
    with torch.no_grad():
        pixels = torch.from_numpy(inputs(program, [(folder / "module.pt", "densenet121", grey[0])],
                                         folder)[0]).reshape(1, 1, 224, 224)
        expected = model(pixels).sigmoid()[0].numpy()
    names = [name or f"LABEL_{i}" for i, name in enumerate(model.pathologies)]
    off = max(abs(scores[name] - value) for name, value in zip(names, expected))
    print(f"torchxrayvision: findings by their names, scores differ by {off:.1e}")
    return failures + (off > 1e-3)


def main(program, attune, shared):
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = real_pictures(shared, folder)
        if not pictures:
            print("skipped: no photographs in", shared)
            return
        failures = check_timm(program, attune, pictures, folder)
        failures += check_xrv(program, attune, pictures, folder)
    print(f"{int(failures)} differ")
    sys.exit(int(failures > 0))


if __name__ == "__main__":
    main(*sys.argv[1:])
