"""Writes tests/parity/medical/dicom/*.dcm, small files of every kind that is read, and golden.json:
what pydicom says their pixels are; some of them are the seeds of tests/fuzz. The same of NIfTI.
Synthetic content. With SHARED, real_golden.json too. usage: make_golden.py [SHARED]"""

import hashlib
import io
import json
import sys
import warnings
from pathlib import Path

import nifti_golden
import numpy as np
import pydicom
import real_golden
from extended_jpeg import encode_extended
from lossless_jpeg import encode_lossless
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut, apply_windowing
from pydicom.sequence import Sequence
from pydicom.uid import UID

HERE = Path(__file__).parent
FOLDER = HERE / "dicom"
SEEDS = HERE.parents[1] / "fuzz/seeds/dicom"
SEEDED = ("implicit_u8", "big_endian_i16", "deflated_u8", "explicit_ybr_422", "explicit_frames",
          "rle_i16", "baseline_ybr_420", "extended_u12", "lossless_restart", "lossless_rgb", "jpeg_ls_rgb",
          "jpeg_ls_u12", "j2k_u8", "j2k_rgb", "picture_luts", "picture_palette8")
IMPLICIT, EXPLICIT = UID("1.2.840.10008.1.2"), UID("1.2.840.10008.1.2.1")
DEFLATED, BIG = UID("1.2.840.10008.1.2.1.99"), UID("1.2.840.10008.1.2.2")
BASELINE, EXTENDED, LOSSLESS, LOSSLESS_SV1 = (UID(f"1.2.840.10008.1.2.4.{n}") for n in (50, 51, 57, 70))
JPEG_LS, JPEG_LS_NEAR, J2K_LOSSLESS, J2K = (UID(f"1.2.840.10008.1.2.4.{n}") for n in (80, 81, 90, 91))
RLE = UID("1.2.840.10008.1.2.5")


def picture(height, width, low, high, channels=1, seed=0):
    """Smooth shapes and a little noise, so that codecs have something to predict."""
    y, x = np.mgrid[0:height, 0:width]
    rng = np.random.default_rng(seed)
    planes = []
    for c in range(channels):
        wave = np.sin(x / (3 + c)) + np.cos(y / (4 + c)) + rng.normal(0, 0.1, (height, width))
        planes.append((wave - wave.min()) / (wave.max() - wave.min()))
    values = np.stack(planes, -1) if channels > 1 else planes[0]
    return np.rint(low + values * (high - low)).astype(np.int64)


def dataset(syntax, array, stored, allocated, signed=False, photometric=None, frames=1):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    meta.MediaStorageSOPInstanceUID = UID("1.2.826.0.1.3680043.8.498.1")
    meta.TransferSyntaxUID = syntax
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128,
                     is_implicit_VR=syntax == IMPLICIT, is_little_endian=syntax != BIG)
    ds.SOPClassUID = meta.MediaStorageSOPClassUID
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    ds.Modality, ds.PatientID = "OT", "golden^1"
    spatial = array.shape[1:] if frames > 1 else array.shape
    ds.Rows, ds.Columns = spatial[0], spatial[1]
    ds.SamplesPerPixel = 3 if len(spatial) == 3 else 1
    ds.PhotometricInterpretation = photometric or ("RGB" if len(spatial) == 3 else "MONOCHROME2")
    if ds.SamplesPerPixel == 3:
        ds.PlanarConfiguration = 0
    if frames > 1:
        ds.NumberOfFrames = frames
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, stored, stored - 1
    ds.PixelRepresentation = int(signed)
    return ds


def native(syntax, array, stored, allocated, signed=False, photometric=None, frames=1, planar=0):
    ds = dataset(syntax, array, stored, allocated, signed, photometric, frames)
    order = ">" if syntax == BIG else "<"
    data = array
    if planar:
        ds.PlanarConfiguration = 1
        data = np.moveaxis(array, -1, 0)
    raw = np.ascontiguousarray(data).astype(f"{order}{'i' if signed else 'u'}{allocated // 8}").tobytes()
    ds.PixelData = raw + b"\0" * (len(raw) % 2)
    ds["PixelData"].VR = "OW" if allocated > 8 else "OB"
    return ds


def compressed(syntax, streams, array, stored, allocated, signed=False, photometric=None, frames=1,
               has_bot=True):
    ds = dataset(syntax, array, stored, allocated, signed, photometric, frames)
    ds.PixelData = encapsulate(streams, has_bot=has_bot)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return ds


def by_pydicom(syntax, array, stored, allocated, signed=False, photometric=None, **options):
    ds = native(EXPLICIT, array, stored, allocated, signed, photometric)
    ds.compress(syntax, generate_instance_uid=False, **options)
    return ds


def jpeg(array, **options):
    out = io.BytesIO()
    Image.fromarray(array.astype(np.uint8)).save(out, "JPEG", **options)
    return out.getvalue()


def lut_item(entries, first, bits, vr):
    item = Dataset()
    item.add_new(0x00283002, vr, [len(entries), first, bits])
    item.add_new(0x00283006, "OW", np.asarray(entries, "<u2").tobytes())
    return Sequence([item])


def files():
    grey = picture(13, 18, 0, 255)
    deep = picture(13, 18, 0, 4095)
    wide = picture(13, 18, 0, 65535)
    negative = picture(13, 18, -1000, 2000)
    colour = picture(12, 16, 0, 255, 3)
    for name, syntax in (("implicit", IMPLICIT), ("explicit", EXPLICIT), ("big_endian", BIG),
                         ("deflated", DEFLATED)):
        yield f"{name}_u8", native(syntax, grey, 8, 8)
        yield f"{name}_i16", native(syntax, negative, 16, 16, True)
    yield "explicit_u12", native(EXPLICIT, deep, 12, 16)
    dirty = native(EXPLICIT, (negative & 0xFFF) | 0x5000, 12, 16)
    dirty.PixelRepresentation = 1
    yield "explicit_i12_unused_bits", dirty
    yield "explicit_i32", native(EXPLICIT, negative * 1000, 32, 32, True)
    yield "explicit_rgb", native(EXPLICIT, colour, 8, 8)
    yield "explicit_rgb_planar", native(EXPLICIT, colour, 8, 8, planar=1)
    yield "big_endian_rgb", native(BIG, colour, 8, 8)
    yield "explicit_rgb16", native(EXPLICIT, picture(5, 6, 0, 65535, 3), 16, 16)
    yield "explicit_ybr_full", native(EXPLICIT, colour, 8, 8, photometric="YBR_FULL")
    half = native(EXPLICIT, colour, 8, 8, photometric="YBR_FULL_422")
    pairs = colour.reshape(-1, 2, 3)
    half.PixelData = np.stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]],
                              -1).astype(np.uint8).tobytes()
    yield "explicit_ybr_422", half
    bit = dataset(EXPLICIT, grey, 1, 1)
    bit.PixelData = np.packbits((grey > 100).ravel(), bitorder="little").tobytes() + b"\0"
    bit.PixelData += b"\0" * (len(bit.PixelData) % 2)
    bit["PixelData"].VR = "OB"
    yield "explicit_u1", bit
    frames = np.stack([picture(7, 9, 0, 4095, seed=s) for s in range(3)])
    yield "explicit_frames", native(EXPLICIT, frames, 12, 16, frames=3)

    yield "rle_u8", by_pydicom(RLE, grey.astype(np.uint8), 8, 8)
    yield "rle_i16", by_pydicom(RLE, negative.astype(np.int16), 16, 16, True)
    yield "rle_rgb", by_pydicom(RLE, colour.astype(np.uint8), 8, 8)
    yield "baseline_grey", compressed(BASELINE, [jpeg(grey)], grey, 8, 8)
    yield "baseline_ybr", compressed(BASELINE, [jpeg(colour, subsampling=0)], colour, 8, 8,
                                     photometric="YBR_FULL")
    yield "baseline_ybr_420", compressed(BASELINE, [jpeg(colour, subsampling=2)], colour, 8, 8,
                                         photometric="YBR_FULL_422")
    yield "baseline_rgb", compressed(BASELINE, [jpeg(colour, keep_rgb=True)], colour, 8, 8)
    yield "baseline_frames", compressed(
        BASELINE, [jpeg(picture(9, 11, 0, 255, seed=s)) for s in range(3)],
        np.stack([picture(9, 11, 0, 255)] * 3), 8, 8, frames=3)
    yield "extended_u12", compressed(EXTENDED, [encode_extended(deep)], deep, 12, 16)
    yield "extended_u12_coarse", compressed(EXTENDED, [encode_extended(deep, 20)], deep, 12, 16)
    for predictor in range(1, 8):
        array = wide if predictor % 2 else deep
        bits = 16 if predictor % 2 else 12
        yield f"lossless_{predictor}", compressed(
            LOSSLESS if predictor > 1 else LOSSLESS_SV1,
            [encode_lossless(array, bits, predictor)], array, bits, 16)
    yield "lossless_i16", compressed(LOSSLESS_SV1, [encode_lossless(negative & 0xFFFF, 16, 1)],
                                     negative, 16, 16, True)
    yield "lossless_u8", compressed(LOSSLESS_SV1, [encode_lossless(grey, 8, 1)], grey, 8, 8)
    yield "lossless_rgb", compressed(LOSSLESS_SV1, [encode_lossless(colour, 8, 1)], colour, 8, 8)
    yield "lossless_restart", compressed(
        LOSSLESS, [encode_lossless(deep, 12, 6, restart_rows=4)], deep, 12, 16)
    stream = encode_lossless(deep, 12, 1)
    fragments = dataset(LOSSLESS_SV1, deep, 12, 16)
    fragments.PixelData = encapsulate([stream], fragments_per_frame=3)
    fragments["PixelData"].VR = "OB"
    fragments["PixelData"].is_undefined_length = True
    yield "lossless_fragments", fragments
    yield "jpeg_ls_u8", by_pydicom(JPEG_LS, grey.astype(np.uint8), 8, 8)
    yield "jpeg_ls_u12", by_pydicom(JPEG_LS, deep.astype(np.uint16), 12, 16)
    yield "jpeg_ls_i16", by_pydicom(JPEG_LS, negative.astype(np.int16), 16, 16, True)
    yield "jpeg_ls_rgb", by_pydicom(JPEG_LS, colour.astype(np.uint8), 8, 8)
    yield "jpeg_ls_near", by_pydicom(JPEG_LS_NEAR, grey.astype(np.uint8), 8, 8, jls_error=3)
    grey2, deep2 = picture(33, 40, 0, 255), picture(33, 40, 0, 4095)  # as small as the encoder takes
    signed2, colour2 = picture(33, 40, -1000, 2000), picture(33, 40, 0, 255, 3)
    yield "j2k_u8", by_pydicom(J2K_LOSSLESS, grey2.astype(np.uint8), 8, 8)
    yield "j2k_u12", by_pydicom(J2K_LOSSLESS, deep2.astype(np.uint16), 12, 16)
    yield "j2k_i16", by_pydicom(J2K_LOSSLESS, signed2.astype(np.int16), 16, 16, True)
    yield "j2k_rgb", by_pydicom(J2K_LOSSLESS, colour2.astype(np.uint8), 8, 8)
    yield "j2k_lossy", by_pydicom(J2K, grey2.astype(np.uint8), 8, 8, j2k_cr=[4])

    # Between stored values and brightness.
    ct = native(EXPLICIT, deep, 12, 16)
    ct.RescaleSlope, ct.RescaleIntercept = "1.5", "-1024"
    ct.WindowCenter, ct.WindowWidth = ["40", "300"], ["400", "1500"]
    yield "picture_ct", ct
    inverted = native(EXPLICIT, deep, 12, 16, photometric="MONOCHROME1")
    inverted.WindowCenter, inverted.WindowWidth = "2000", "1000"
    inverted.VOILUTFunction = "LINEAR_EXACT"
    yield "picture_monochrome1", inverted
    sigmoid = native(EXPLICIT, negative, 16, 16, True)
    sigmoid.WindowCenter, sigmoid.WindowWidth = "100.5", "800"
    sigmoid.VOILUTFunction = "SIGMOID"
    yield "picture_sigmoid", sigmoid
    lut = native(EXPLICIT, grey, 8, 8)
    lut.ModalityLUTSequence = lut_item(np.arange(200) * 300 % 60000, 20, 16, "US")
    lut.ModalityLUTSequence[0].ModalityLUTType = "US"
    lut.VOILUTSequence = lut_item(np.linspace(0, 4095, 300).astype(int)[::-1], 5000, 12, "US")
    yield "picture_luts", lut
    both = native(EXPLICIT, grey, 8, 8)
    both.VOILUTSequence = lut_item(np.linspace(0, 4095, 200).astype(int) ** 2 // 4095, 30, 12, "US")
    both.WindowCenter, both.WindowWidth = "40", "20"
    yield "picture_lut_and_window", both
    padded = native(EXPLICIT, deep, 12, 16)
    padded.PixelPaddingValue, padded.PixelPaddingRangeLimit = 4000, 4095
    padded.RescaleSlope, padded.RescaleIntercept = "2", "-1024"
    yield "picture_padding", padded
    air = native(EXPLICIT, negative, 16, 16, True, photometric="MONOCHROME1")
    air.PixelPaddingValue = int(negative.min())
    yield "picture_padding_signed", air
    for bits in (8, 16):
        palette = native(EXPLICIT, grey, 8, 8, photometric="PALETTE COLOR")
        top = 2**bits - 1
        for i, colour_name in enumerate(("Red", "Green", "Blue")):
            entries = (np.arange(256) * (i + 1) * top // 255) % (top + 1)
            setattr(palette, f"{colour_name}PaletteColorLookupTableDescriptor", [256, 0, bits])
            packed = entries.astype("<u2" if bits == 16 else "u1").tobytes()
            setattr(palette, f"{colour_name}PaletteColorLookupTableData", packed)
        yield f"picture_palette{bits}", palette


def shown(ds, array):
    """The brightness that pydicom's own functions give, on 0 to 255."""
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        rgb = apply_color_lut(array, ds)
        return rgb * (255 / np.iinfo(rgb.dtype).max)
    values = apply_modality_lut(array, ds)
    if "VOILUTSequence" in ds:  # first, as apply_voi_lut does by default
        values = apply_voi_lut(values, ds).astype(float)
        values = values / (2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1) * 255
    elif "WindowCenter" in ds:
        low, high = 0, 2**ds.BitsStored - 1
        if ds.PixelRepresentation:
            low, high = -(2 ** (ds.BitsStored - 1)), 2 ** (ds.BitsStored - 1) - 1
        slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
        low, high = low * slope + intercept, high * slope + intercept
        values = (apply_windowing(values, ds) - low) / (high - low) * 255
    elif "PixelPaddingValue" in ds:  # pydicom leaves the range to its caller
        first = ds.PixelPaddingValue
        last = ds.get("PixelPaddingRangeLimit", first)
        tissue = np.ma.masked_inside(array, min(first, last), max(first, last))
        values = np.ma.array(values, mask=tissue.mask)
        values = (values - values.min()) / (values.max() - values.min()) * 255
        if ds.PhotometricInterpretation == "MONOCHROME1":
            values = 255 - values
        return values.filled(0)
    return 255 - values if ds.PhotometricInterpretation == "MONOCHROME1" else values


def main():
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.dcm"):
        old.unlink()
    golden = {}
    for name, ds in files():
        path = FOLDER / f"{name}.dcm"
        ds.save_as(path, enforce_file_format=True)
        ds = pydicom.dcmread(path)
        array = ds.pixel_array
        frames = int(ds.get("NumberOfFrames", 1))
        entry = {"shape": list(array.shape[frames > 1 :]), "frames": frames,
                 "syntax": ds.file_meta.TransferSyntaxUID.name}
        last = array[-1] if frames > 1 else array
        entry["sha256"] = hashlib.sha256(np.ascontiguousarray(last).astype("<i4").tobytes()).hexdigest()
        if name.startswith(("baseline", "extended")):  # lossy decoders may differ: the values themselves
            entry["values"] = last.ravel().tolist()
        if name.startswith("picture"):
            entry["picture"] = [round(float(v), 4) for v in np.ravel(shown(ds, array))]
        golden[name] = entry
    SEEDS.mkdir(parents=True, exist_ok=True)
    for name in SEEDED:
        (SEEDS / f"{name}.dcm").write_bytes((FOLDER / f"{name}.dcm").read_bytes())
    (HERE / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    nifti_golden.main()
    if len(sys.argv) > 1:
        real_golden.main(sys.argv[1])


if __name__ == "__main__":
    main()
