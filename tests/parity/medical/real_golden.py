"""Writes real_golden.json: what pydicom says the pixels of the real files of SHARED/data/med-dicom
are. The files themselves stay there. usage: real_golden.py SHARED, or make_golden.py SHARED"""

import hashlib
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom.pixels import pixel_array

HERE = Path(__file__).parent
BASELINE = "1.2.840.10008.1.2.4.50"
GRID = 4


def means(array):
    """Of GRID x GRID parts (fewer of a small picture), channel by channel: two decoders of lossy JPEG
    agree on them within the largest difference of their values."""
    parts = [part for rows in np.array_split(array, min(GRID, array.shape[0] // 2), 0)
             for part in np.array_split(rows, min(GRID, array.shape[1] // 2), 1)]
    return [round(float(v), 3) for part in parts for v in part.mean((0, 1))]


def main(shared):
    warnings.simplefilter("ignore")
    golden = {}
    for path in sorted((Path(shared) / "data/med-dicom").glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        is_lossy = dataset.file_meta.TransferSyntaxUID == BASELINE
        # Pillow has libjpeg-turbo, as attune; their versions may differ.
        array = pixel_array(dataset, decoding_plugin="pillow" if is_lossy else "")
        entry = {"shape": list(array.shape), "syntax": dataset.file_meta.TransferSyntaxUID.name}
        if is_lossy:
            entry["means"] = means(array)
        else:
            values = np.ascontiguousarray(array).astype("<i4").tobytes()
            entry["sha256"] = hashlib.sha256(values).hexdigest()
        golden[path.name] = entry
    (HERE / "real_golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
