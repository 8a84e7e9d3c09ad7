"""Writes tests/parity/medical/nifti/*.nii[.gz], small volumes of every kind that is read, and
nifti_golden.json: what nibabel and numpy say of them. Synthetic content. Called by make_golden.py."""

import gzip
import itertools
import json
from pathlib import Path

import nibabel as nib
import numpy as np

HERE = Path(__file__).parent
FOLDER = HERE / "nifti"
SEEDS = HERE.parents[1] / "fuzz/seeds/nifti"


def volume(shape, dtype, seed):
    rng = np.random.default_rng(seed)
    info = np.iinfo(dtype) if np.issubdtype(dtype, np.integer) else None
    low, high = (max(info.min, -3000), min(info.max, 3000)) if info else (-3.0, 3.0)
    return (rng.uniform(low, high, shape)).astype(dtype)


def files():
    turn = np.array([[0.0, -2.0, 0.1, 11.0], [1.5, 0.0, 0.0, -7.0], [0.0, 0.2, 3.0, 5.0], [0, 0, 0, 1]])
    rigid = np.array([[0.0, -2.0, 0.0, 1.0], [1.5, 0.0, 0.0, -2.0], [0.0, 0.0, 3.0, 3.0], [0, 0, 0, 1]])
    for i, dtype in enumerate((np.uint8, np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64,
                               np.uint64, np.float32, np.float64)):
        image = nib.Nifti1Image(volume((4, 3, 5), dtype, i), None, dtype=dtype)
        image.set_sform(turn, code=1)
        image.set_qform(rigid, code=1)  # the sform comes first
        yield f"{np.dtype(dtype).name}.nii", image
    scaled = nib.Nifti1Image(volume((5, 4, 3), np.int16, 20), None)
    scaled.set_qform(rigid @ np.diag([1, 1, -1, 1]), code=2)
    scaled.set_sform(None, code=0)
    scaled.header.set_slope_inter(0.5, -100)
    yield "scaled_qform.nii.gz", scaled
    second = nib.Nifti2Image(volume((4, 5, 3), np.float32, 21), turn)
    yield "second.nii", second
    big = nib.Nifti1Image(volume((3, 4, 5), np.int16, 22), turn,
                          header=nib.Nifti1Header(endianness=">"))
    yield "big_endian.nii", big
    yield "second_big.nii.gz", nib.Nifti2Image(volume((3, 4, 5), np.float64, 23), turn,
                                               header=nib.Nifti2Header(endianness=">"))
    yield "time.nii", nib.Nifti1Image(volume((3, 4, 2, 3), np.int16, 24), turn)
    yield "flat.nii", nib.Nifti1Image(volume((6, 4), np.uint8, 25), turn)
    yield from orientations()
    yield from without_affine()


def orientations():
    """The 48 ways to store a volume, and turns by any angle, sheared ones too."""
    for n, axes in enumerate(itertools.permutations(range(3))):
        for mirrored in range(8):
            affine = np.zeros((4, 4))
            affine[3, 3] = 1
            for k, axis in enumerate(axes):
                affine[axis, k] = (k + 1) * (-1 if mirrored >> k & 1 else 1)
            values = volume((4, 3, 2), np.uint8, 100 + 8 * n + mirrored)
            codes = "".join(nib.aff2axcodes(affine))
            yield f"stored_{codes}.nii", nib.Nifti1Image(values, affine)
    rng = np.random.default_rng(200)
    for i in range(8):
        turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        affine = np.eye(4)
        affine[:3, :3] = turn @ np.diag(rng.uniform(0.5, 3, 3)) + rng.normal(size=(3, 3)) * 0.2
        yield f"oblique_{i}.nii", nib.Nifti1Image(volume((4, 3, 2), np.uint8, 200 + i), affine)


def without_affine():
    """Both codes 0, and spacings that nibabel mends."""
    for name, spacing in (("no_codes.nii", (2, 3, 4)), ("no_spacing.nii", (0, 3, 0))):
        image = nib.Nifti1Image(volume((4, 3, 2), np.int16, 300), None)
        image.header["pixdim"][1:4] = spacing
        yield name, image


def shown(slice_values):
    low, high = np.percentile(slice_values, [0.5, 99.5])
    return np.clip((slice_values - low) / (high - low), 0, 1) * 255


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    golden = {}
    for name, image in files():
        path = FOLDER / name
        if name.endswith(".gz"):
            plain = path.with_suffix("")
            nib.save(image, plain)
            path.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
            plain.unlink()
        else:
            nib.save(image, path)
        image = nib.load(path)
        canonical = nib.as_closest_canonical(
            image if image.ndim > 2 else nib.Nifti1Image(image.get_fdata()[..., None],
                                                         image.affine))
        data = image.get_fdata(dtype=np.float64)
        while data.ndim < 4:
            data = data[..., None]
        entry = {"size": list(data.shape[:3]), "channels": data.shape[3],
                 "affine": image.affine[:3].tolist(),
                 "orientation": "".join(nib.aff2axcodes(image.affine)),
                 "values": data.ravel(order="F").tolist(), "slices": {}}
        upright = canonical.get_fdata(dtype=np.float64)
        upright = upright.reshape(upright.shape[:3] + (-1,), order="F")
        for axis, plane in enumerate(("sagittal", "coronal", "axial")):
            index = upright.shape[axis] - 1
            cut = np.take(upright[..., -1], index, axis=axis).T  # rows: the later axis
            entry["slices"][plane] = {"index": index, "shape": cut.shape,
                                      "values": shown(cut).ravel().tolist()}
        golden[name] = entry
    SEEDS.mkdir(parents=True, exist_ok=True)
    for name in ("int16.nii", "scaled_qform.nii.gz", "second.nii", "big_endian.nii", "time.nii"):
        (SEEDS / name).write_bytes((FOLDER / name).read_bytes())
    (HERE / "nifti_golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
