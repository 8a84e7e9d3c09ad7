"""Compares attune's DICOM reading with pydicom on whole folders: real files and the goldens.
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


def main():
    warnings.simplefilter("ignore")
    program, shared = sys.argv[1], Path(sys.argv[2])
    folders = [HERE / "dicom", shared / "data/med-dicom"]
    failures = sum(check_folder(program, folder) for folder in folders if folder.exists())
    print(f"{failures} files differ")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
