"""Compares attune's DICOM reading with pydicom on whole folders: real files and the goldens; what it
shows of padding and VOI LUTs with pydicom, and slices of one volume in three orientations, bit for
bit among them, with nibabel.
usage: check_live.py ATTUNE_MEDIA_PARITY_TEST SHARED

All values are equal, but for lossy JPEG, where they differ by at most 3 from pylibjpeg's and by
nothing from Pillow's decoder (which is libjpeg-turbo, as attune's is, if its version is the same;
1 is allowed)."""

import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import make_golden
import nibabel as nib
import nifti_golden
import numpy as np
import pydicom
from pydicom.pixels import pixel_array

HERE = Path(__file__).parent
BASELINE, EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"


def largest_difference(path, values, plugin=""):
    dataset = pydicom.dcmread(path)  # by its path, pydicom does not read deflated files
    wanted = pixel_array(dataset, index=0, decoding_plugin=plugin)
    got = np.fromfile(values, "<i4").reshape(wanted.shape)
    return int(np.abs(wanted.astype(np.int64) - got).max())


def check_folder(program, folder):
    failures = 0
    with tempfile.TemporaryDirectory() as values:
        environment = {**os.environ, "ATTUNE_DICOM_FILES": str(folder), "ATTUNE_DICOM_VALUES": values}
        subprocess.run([program, "--gtest_filter=DicomLive.*", "--gtest_brief=1"],
                       env=environment, check=True)
        for path in sorted(folder.glob("*.dcm")):
            ours = Path(values) / f"{path.stem}.i32"
            syntax = pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID
            results = [("", 0)]
            if syntax == BASELINE:
                results = [("pylibjpeg", 3), ("pillow", 1)]
            if syntax == EXTENDED:
                results = [("pylibjpeg", 2)]
            for plugin, allowed in results:
                largest = largest_difference(path, ours, plugin)
                failures += largest > allowed
                if largest > 0 or plugin:
                    print(f"{path.name}: largest difference {largest} {plugin}")
    return failures


def check_pictures(program, folder):
    """What is shown of the goldens' pictures, which all differ in what is between values and light."""
    failures = 0
    with tempfile.TemporaryDirectory() as values:
        environment = {**os.environ, "ATTUNE_DICOM_FILES": str(folder), "ATTUNE_DICOM_VALUES": values}
        subprocess.run([program, "--gtest_filter=DicomLive.*", "--gtest_brief=1"],
                       env=environment, check=True)
        for path in sorted(folder.glob("picture_*.dcm")):
            dataset = pydicom.dcmread(path)
            wanted = np.ravel(make_golden.shown(dataset, dataset.pixel_array))
            got = np.fromfile(Path(values) / f"{path.stem}.f32", "<f4")
            largest = np.abs(wanted - got).max()
            failures += largest > 1e-3
            if largest > 1e-3:
                print(f"{path.name}: shown with a difference of {largest}")
    return failures


def check_volumes(program):
    """One head in three orientations, and one turned by any angle."""
    rng = np.random.default_rng(7)
    head = rng.normal(size=(9, 8, 7)).astype(np.float32)
    turn = np.eye(4)
    turn[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    stored = {"ras": nib.Nifti1Image(head, np.eye(4)), "oblique": nib.Nifti1Image(head, turn)}
    for name in ("lps", "las"):
        target = nib.orientations.axcodes2ornt(name.upper())
        change = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RAS"), target)
        stored[name] = stored["ras"].as_reoriented(change)
    failures, shown = 0, {}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as values:
        for name, image in stored.items():
            nib.save(image, Path(folder) / f"{name}.nii.gz")
        environment = {**os.environ, "ATTUNE_NIFTI_FILES": folder, "ATTUNE_NIFTI_VALUES": values}
        subprocess.run([program, "--gtest_filter=NiftiLive.*", "--gtest_brief=1"],
                       env=environment, check=True)
        for name, image in stored.items():
            data = nib.as_closest_canonical(image).get_fdata()
            for axis, plane in enumerate(("sagittal", "coronal", "axial")):
                cut = np.take(data, data.shape[axis] // 2, axis=axis).T
                got = np.fromfile(Path(values) / f"{name}.{plane}.f32", "<f4")
                shown[name, plane] = got.tobytes()
                largest = np.abs(nifti_golden.shown(cut).ravel() - got).max()
                failures += largest > 1e-3
                if largest > 1e-3:
                    print(f"{name}, {plane}: a difference of {largest}")
    for plane in ("sagittal", "coronal", "axial"):
        if not shown["ras", plane] == shown["lps", plane] == shown["las", plane]:
            failures += 1
            print(f"{plane}: RAS, LPS and LAS differ")
    return failures


def main():
    warnings.simplefilter("ignore")
    program, shared = sys.argv[1], Path(sys.argv[2])
    folders = [HERE / "dicom", shared / "data/med-dicom"]
    failures = sum(check_folder(program, folder) for folder in folders if folder.exists())
    failures += check_pictures(program, HERE / "dicom") + check_volumes(program)
    print(f"{int(failures)} files differ")
    sys.exit(int(failures > 0))


if __name__ == "__main__":
    main()
