"""Makes golden.json, processor.json and pictures/: what Pillow and transformers' PIL image processors
make of small pictures of every format.   usage: make_golden.py   (in the peers' environment)

Pillow 13 is needed: from it on, a resize that saves many rows begins with the columns."""
import hashlib
import io
import json
import pathlib
import shutil
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

here = pathlib.Path(__file__).parent
pictures = here / "pictures"
WIDTH, HEIGHT = 37, 29


def scene(width=WIDTH, height=HEIGHT):
    """Gradients, edges and a little texture; no two channels alike."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / width
    green = 255 * y / height
    blue = 127 + 120 * np.sin(x / 3) * np.cos(y / 4)
    picture = np.stack([red, green, blue], -1)
    picture[height // 3 : height // 2, width // 4 : width // 2] = (250, 20, 60)
    return np.clip(picture + 6 * ((x + 2 * y) % 3 - 1)[..., None], 0, 255).astype(np.uint8)


def noise(height, width, channels, state):
    """The generator of the C++ test."""
    out = bytearray()
    for _ in range(height * width * channels):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(state >> 16 & 255)
    return np.frombuffer(bytes(out), np.uint8).reshape(height, width, channels)


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_16(samples, color_type):
    height, width = samples.shape[:2]
    lines = samples.astype(">u2").reshape(height, -1)
    raw = b"".join(b"\0" + line.tobytes() for line in lines)
    header = struct.pack(">IIBBBBB", width, height, 16, color_type, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
            + png_chunk(b"IDAT", zlib.compress(raw)) + png_chunk(b"IEND", b""))


def tiff(samples, photometric, order="<", tile=None, planar=False, extra=None, orientation=None):
    """An uncompressed TIFF of forms that Pillow does not write."""
    samples = samples if samples.ndim == 3 else samples[..., None]
    height, width, channels = samples.shape
    bits = samples.dtype.itemsize * 8
    samples = samples.astype(samples.dtype.newbyteorder(order))
    planes = [samples[..., c : c + 1] for c in range(channels)] if planar else [samples]
    chunks = []
    for plane in planes:
        if tile is None:
            chunks.append(plane.tobytes())
            continue
        for top in range(0, height, tile):
            for left in range(0, width, tile):
                block = np.zeros((tile, tile, plane.shape[2]), samples.dtype)
                part = plane[top : top + tile, left : left + tile]
                block[: part.shape[0], : part.shape[1]] = part
                chunks.append(block.tobytes())
    data = b"".join(chunks)
    offsets, at = [], 8
    for chunk in chunks:
        offsets.append(at)
        at += len(chunk)
    short, long = 3, 4
    tags = [(256, long, [width]), (257, long, [height]), (258, short, [bits] * channels),
            (259, short, [1]), (262, short, [photometric]), (277, short, [channels]),
            (284, short, [2 if planar else 1])]
    if orientation:
        tags.append((274, short, [orientation]))
    if extra is not None:
        tags.append((338, short, [extra]))
    if tile is None:
        tags += [(273, long, offsets), (278, long, [height]), (279, long, [len(c) for c in chunks])]
    else:
        tags += [(322, long, [tile]), (323, long, [tile]), (324, long, offsets),
                 (325, long, [len(c) for c in chunks])]
    tags.sort()
    directory = 8 + len(data) + len(data) % 2
    values = directory + 2 + 12 * len(tags) + 4
    entries, tail = b"", b""
    for tag, kind, numbers in tags:
        packed = struct.pack(order + ("H" if kind == short else "I") * len(numbers), *numbers)
        if len(packed) <= 4:
            field = packed.ljust(4, b"\0")
        else:
            field = struct.pack(order + "I", values + len(tail))
            tail += packed + b"\0" * (len(packed) % 2)
        entries += struct.pack(order + "HHI", tag, kind, len(numbers)) + field
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return (mark + struct.pack(order + "I", directory) + data + b"\0" * (len(data) % 2)
            + struct.pack(order + "H", len(tags)) + entries + b"\0\0\0\0" + tail)


def bmp(rows, bits, masks=(), top_down=False, palette=b"", core=False):
    """`rows` are bytes of lines, top first."""
    lines = [row + b"\0" * (-len(row) % 4) for row in rows]
    data = b"".join(lines if top_down else lines[::-1])
    extra = struct.pack("<" + "I" * len(masks), *masks)
    if core:
        header = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", 40, WIDTH, -HEIGHT if top_down else HEIGHT, 1, bits,
                             3 if masks else 0, len(data), 0, 0, 0, 0)
    start = 14 + len(header) + len(extra) + len(palette)
    return (b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + extra + palette
            + data)


class Maker:
    def __init__(self):
        self.entries = []

    def add(self, name, data, expected=None, deep=None, **info):
        """`expected` RGB: what Pillow makes of the file, unless told otherwise."""
        (pictures / name).write_bytes(data)
        entry = {"file": name, **info}
        if deep is not None:
            entry["samples"] = sha256(deep.astype("<i4"))
        else:
            shown = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
            entry["rgb"] = sha256(shown.convert("RGB") if expected is None else expected)
            entry["grey"] = sha256((shown if expected is None else Image.fromarray(expected)).convert("L"))
            entry["width"], entry["height"] = shown.size
        self.entries.append(entry)

    def save(self, name, image, *, info=None, **options):
        out = io.BytesIO()
        image.save(out, {"jpg": "JPEG", "tif": "TIFF"}.get(name.rsplit(".")[-1],
                                                         name.rsplit(".")[-1].upper()), **options)
        self.add(name, out.getvalue(), **(info or {}))


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def make_pictures(make):
    rgb = Image.fromarray(scene())
    grey = rgb.convert("L")
    alpha = Image.fromarray(scene()[::-1].copy()).convert("L")
    rgba, la = rgb.copy(), Image.merge("LA", (grey, alpha))
    rgba.putalpha(alpha)
    palette = rgb.quantize(40)
    bilevel = rgb.convert("1")
    cmyk = rgb.convert("CMYK")
    inks = np.asarray(cmyk).copy()
    inks[..., 3] = np.asarray(alpha) // 2
    cmyk = Image.fromarray(inks, "CMYK")

    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        make.save(f"rgb_{name}.jpg", rgb, quality=85, subsampling=subsampling)
    make.save("progressive.jpg", rgb, quality=70, progressive=True)
    make.save("grey.jpg", grey, quality=85)
    make.save("cmyk.jpg", cmyk, quality=90)
    out = io.BytesIO()
    cmyk.save(out, "JPEG", quality=90)
    data = bytearray(out.getvalue())
    data[data.index(b"Adobe") + 11] = 2  # the transform: the same samples as YCCK
    make.add("ycck.jpg", bytes(data))
    make.save("kept_rgb.jpg", rgb, quality=90, keep_rgb=True)
    make.save("restarts.jpg", rgb, quality=80, restart_marker_rows=1)
    for orientation in range(1, 9):
        make.save(f"orientation_{orientation}.jpg", rgb, quality=60, exif=exif(orientation),
                  info={"orientation": orientation})

    make.save("rgb.png", rgb)
    make.save("rgba.png", rgba)
    make.save("grey.png", grey)
    make.save("grey_alpha.png", la)
    make.save("palette.png", palette, info={"palette": True})
    make.save("palette_4.png", rgb.quantize(11), bits=4, info={"palette": True, "bits": 4})
    make.save("palette_alpha.png", palette, transparency=3, info={"palette": True})
    make.save("bilevel.png", bilevel, info={"bits": 1})
    make.save("rgb_transparent.png", rgb, transparency=(250, 20, 60))
    make.save("orientation_6.png", rgb, exif=exif(6), info={"orientation": 6})
    make.add("interlaced.png", interlaced(scene()))
    deep = scene().astype(np.uint16) * 257 - scene()[::-1] // 3
    make.add("grey_16.png", png_16(deep[..., 0], 0), deep=deep[..., :1], bits=16)
    make.add("rgb_16.png", png_16(deep, 2), deep=deep, bits=16)

    make.save("lossy.webp", rgb, quality=70, method=4)
    make.save("lossless.webp", rgb, lossless=True)
    make.save("alpha.webp", rgba, quality=80)
    make.save("orientation_8.webp", rgb, lossless=True, exif=exif(8), info={"orientation": 8})
    make.save("animated.webp", rgb, lossless=True, save_all=True, append_images=[ImageOps.flip(rgb)],
              info={"pages": 2})

    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        make.save(f"rgb_{compression}.tif", rgb, compression=compression)
    make.save("jpeg.tif", rgb, compression="jpeg", quality=90)
    make.save("grey.tif", grey)
    make.save("rgba.tif", rgba)
    make.save("palette.tif", palette, info={"palette": True})
    make.save("bilevel_g4.tif", bilevel, compression="group4", info={"bits": 1})
    make.save("cmyk.tif", cmyk, compression="tiff_lzw")
    make.save("orientation_5.tif", rgb, exif=exif(5), info={"orientation": 5})
    make.add("tiled.tif", tiff(scene(), 2, tile=16))
    make.add("big_endian.tif", tiff(scene(), 2, order=">"))
    make.add("planar.tif", tiff(scene(), 2, planar=True), expected=scene())
    premultiplied = np.asarray(rgba).copy()
    premultiplied[..., :3] = premultiplied[..., :3].astype(int) * premultiplied[..., 3:] // 255
    make.add("premultiplied.tif", tiff(premultiplied, 2, extra=1))
    make.add("white_is_zero.tif", tiff(scene()[..., 0], 0))
    make.add("grey_16.tif", tiff(deep[..., 0], 1), deep=deep[..., :1], bits=16)
    make.add("rgb_16_big_endian_tiled.tif", tiff(deep, 2, order=">", tile=16), deep=deep, bits=16)
    make.add("rgb_16_planar.tif", tiff(deep, 2, planar=True), deep=deep, bits=16)

    make.save("rgb.bmp", rgb)
    make.save("grey.bmp", grey, info={"palette": True})
    make.save("palette.bmp", palette, info={"palette": True})
    make.save("bilevel.bmp", bilevel, info={"palette": True, "bits": 1})
    make.save("rgba.bmp", rgba)
    red, green, blue = (scene()[..., c].astype(np.uint16) for c in range(3))
    packed = (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3
    make.add("rgb_565.bmp", bmp([row.astype("<u2").tobytes() for row in packed], 16,
                                (0xF800, 0x7E0, 0x1F)))
    packed = (red >> 3) << 10 | (green >> 3) << 5 | blue >> 3
    make.add("rgb_555.bmp", bmp([row.astype("<u2").tobytes() for row in packed], 16))
    lines = [row[:, ::-1].tobytes() for row in scene()]
    make.add("top_down.bmp", bmp(lines, 24, top_down=True))
    make.add("core_header.bmp", bmp(lines, 24, core=True))
    nibbles = np.asarray(rgb.quantize(16)).astype(np.uint8)
    colors = (rgb.quantize(16).getpalette() + [0] * 48)[:48]
    table = b"".join(bytes([*colors[i : i + 3][::-1], 0]) for i in range(0, 48, 3))
    rows = [bytes(row[i] << 4 | (row[i + 1] if i + 1 < WIDTH else 0) for i in range(0, WIDTH, 2))
            for row in nibbles]
    make.add("palette_4.bmp", bmp(rows, 4, palette=table), palette=True, bits=4)

    make.save("palette.gif", palette, info={"palette": True})
    make.save("not_interlaced.gif", palette, interlace=0, info={"palette": True})
    make.save("grey.gif", grey, info={"palette": True})
    make.save("animated.gif", palette, save_all=True, duration=100,
              append_images=[ImageOps.flip(palette)], info={"palette": True, "pages": 2})
    out = io.BytesIO()
    palette.save(out, "GIF")
    make.add("small_frame.gif", larger_screen(out.getvalue(), 5), palette=True)
    out = io.BytesIO()
    palette.save(out, "GIF", transparency=9)
    make.add("small_transparent_frame.gif", larger_screen(out.getvalue(), 5), palette=True)


def larger_screen(gif, by):
    """The same frame in the middle of a larger screen, whose background is colour 7."""
    data = bytearray(gif)
    width, height = struct.unpack("<HH", data[6:10])
    data[6:10] = struct.pack("<HH", width + 2 * by, height + by)
    data[11] = 7
    table = 3 << ((data[10] & 7) + 1)
    at = 13 + table
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    assert data[at] == 0x2C
    data[at + 1 : at + 5] = struct.pack("<HH", by, by // 2)
    return bytes(data)


def interlaced(samples):
    """PNG's Adam7."""
    height, width = samples.shape[:2]
    raw = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                           (1, 0, 2, 2), (0, 1, 1, 2)):
        part = samples[y0::dy, x0::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
            + png_chunk(b"IDAT", zlib.compress(raw)) + png_chunk(b"IEND", b""))


FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4}


def make_resizes():
    cases = []
    for height, width in ((47, 61), (100, 64), (5, 9)):
        for channels in (1, 3):
            source = noise(height, width, channels, 7 * height + width)
            image = Image.fromarray(source[..., 0] if channels == 1 else source)
            for size in ((20, 20), (61, 13), (13, 47), (90, 70), (1, 1), (33, 61), (128, 20)):
                for name, code in FILTERS.items():
                    for box in (None, (1.25, 0.5, width - 2.75, height - 1.0)):
                        out = image.resize(size, code, box=box)
                        cases.append({"height": height, "width": width, "channels": channels,
                                      "size": size, "filter": name, "box": box,
                                      "sha256": sha256(out)[:16]})
    floats = []
    source = noise(11, 13, 1, 5)[..., 0].astype(np.float32) * np.float32(1.37)
    for size in ((7, 5), (20, 3), (5, 17)):
        for name, code in FILTERS.items():
            out = np.asarray(Image.fromarray(source).resize(size, code))
            floats.append({"size": size, "filter": name, "values": [float(v) for v in out.ravel()]})
    return {"cases": cases, "floats": floats}


def make_drafts(make):
    """JPEG decoded at a fraction of its size."""
    out = io.BytesIO()
    Image.fromarray(scene(150, 101)).save(out, "JPEG", quality=80)
    (pictures / "large.jpg").write_bytes(out.getvalue())
    drafts = []
    for size in ((70, 50), (30, 25), (18, 12), (10, 10), (151, 20)):
        image = Image.open(io.BytesIO(out.getvalue()))
        image.draft("RGB", size)
        drafts.append({"min_size": size, "size": image.size, "sha256": sha256(image.convert("RGB"))})
    return {"file": "large.jpg", "cases": drafts}


def make_errors():
    rgb = Image.fromarray(scene())
    out = io.BytesIO()
    rgb.save(out, "TIFF", save_all=True, append_images=[rgb])
    (pictures / "pages.tif").write_bytes(out.getvalue())


def processors():
    from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
    from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
    from transformers.models.deit.image_processing_pil_deit import DeiTImageProcessorPil
    from transformers.models.mobilenet_v2.image_processing_pil_mobilenet_v2 import (
        MobileNetV2ImageProcessorPil)
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    imagenet = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
    return [
        ("resnet-50", ConvNextImageProcessorPil,
         {"image_processor_type": "ConvNextImageProcessor", "crop_pct": 0.875, "do_normalize": True,
          "do_resize": True, "resample": 3, "size": {"shortest_edge": 14}, **imagenet}),
        ("convnext legacy", ConvNextImageProcessorPil,
         {"feature_extractor_type": "ConvNextFeatureExtractor", "crop_pct": 0.95,
          "do_normalize": True, "do_resize": True, "resample": 2, "size": 16, **imagenet}),
        ("convnext large", ConvNextImageProcessorPil,
         {"image_processor_type": "ConvNextImageProcessor", "crop_pct": 0.875, "resample": 3,
          "size": {"shortest_edge": 384}}),
        ("vit", ViTImageProcessorPil,
         {"image_processor_type": "ViTImageProcessor", "size": {"height": 18, "width": 14},
          "resample": 2, "do_normalize": True, "do_rescale": True, "do_resize": True}),
        ("vit legacy", ViTImageProcessorPil,
         {"feature_extractor_type": "ViTFeatureExtractor", "do_normalize": True, "do_resize": True,
          "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2, "size": 16}),
        ("mobilenet_v2", MobileNetV2ImageProcessorPil,
         {"image_processor_type": "MobileNetV2ImageProcessor", "do_center_crop": True,
          "crop_size": {"height": 16, "width": 16}, "do_normalize": True, "do_resize": True,
          "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2,
          "do_rescale": True, "rescale_factor": 1 / 255, "size": {"shortest_edge": 19}}),
        ("deit", DeiTImageProcessorPil,
         {"image_processor_type": "DeiTImageProcessor", "size": {"height": 20, "width": 20},
          "crop_size": {"height": 16, "width": 16}, "resample": 3, **imagenet}),
        ("bit padded", BitImageProcessorPil,
         {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 9},
          "crop_size": {"height": 16, "width": 12}, "resample": 2}),
        ("values only", BitImageProcessorPil,
         {"image_processor_type": "BitImageProcessor", "do_resize": False, "do_center_crop": False,
          "do_rescale": False, "image_mean": [100.5, 90.25, 80.125],
          "image_std": [50.0, 60.0, 70.0]}),
        ("not normalised", BitImageProcessorPil,
         {"image_processor_type": "BitImageProcessor", "size": {"height": 8, "width": 30},
          "do_center_crop": False, "do_normalize": False, "resample": 1}),
    ]


def torchvision_like(image, resize_size, size):
    """Resize, CenterCrop, ToTensor and Normalize of torchvision on a PIL picture, written out."""
    short, long = sorted(image.size)
    longer = int(resize_size * long / short)
    target = (resize_size, longer) if image.width <= image.height else (longer, resize_size)
    image = image.resize(target, 2)
    top = int(round((image.height - size) / 2.0))
    left = int(round((image.width - size) / 2.0))
    samples = np.asarray(image)[top : top + size, left : left + size]
    values = samples.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
    mean = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
    std = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]
    return (values - mean) / std


def make_processors():
    sources = [(47, 61), (61, 40), (33, 33)]
    cases = []
    for name, maker, config in processors():
        # The file's own reader: legacy keys and all.
        processor = maker.from_dict(dict(config))
        for height, width in sources[:1] if name in ("convnext large", "values only") else sources:
            image = Image.fromarray(noise(height, width, 3, height))
            values = processor(image, return_tensors="np")["pixel_values"][0]
            case = {"name": name, "config": config, "height": height, "width": width,
                    "shape": values.shape}
            flat = np.ascontiguousarray(values, "<f4")
            if flat.size <= 2000:
                case["values"] = flat.tobytes().hex()
            else:
                case["sha256"] = sha256(flat)
            cases.append(case)
    tv = []
    for height, width in ((47, 61), (61, 40), (51, 73)):
        values = torchvision_like(Image.fromarray(noise(height, width, 3, height)), 18, 15)
        tv.append({"height": height, "width": width, "resize_size": 18, "image_size": 15,
                   "values": np.ascontiguousarray(values, "<f4").tobytes().hex()})
    return {"transformers": cases, "torchvision": tv}


def main():
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    make = Maker()
    make_pictures(make)
    golden = {"pictures": make.entries, "draft": make_drafts(make), "resize": make_resizes()}
    make_errors()
    with open(here / "golden.json", "w") as out:
        json.dump(golden, out, indent=0, separators=(",", ":"))
        out.write("\n")
    with open(here / "processor.json", "w") as out:
        json.dump(make_processors(), out, indent=0, separators=(",", ":"))
        out.write("\n")


main()
