"""A small encoder of lossless JPEG (ITU-T T.81, annex H), for goldens: no common Python package
writes it."""

import struct

import numpy as np


def _predict(predictor, left, up, corner):
    return {1: left, 2: up, 3: corner, 4: left + up - corner, 5: left + ((up - corner) >> 1),
            6: up + ((left - corner) >> 1), 7: (left + up) >> 1}[predictor]


def encode_lossless(array, bits, predictor, restart_rows=0):
    """`array`: unsigned [H, W] or [H, W, C]. Every category has a code of five bits."""
    planes = np.asarray(array, np.int64)
    planes = planes[..., None] if planes.ndim == 2 else planes
    height, width, channels = planes.shape
    out = bytearray(b"\xff\xd8")
    out += b"\xff\xc3" + struct.pack(">HBHHB", 8 + 3 * channels, bits, height, width, channels)
    for c in range(channels):
        out += bytes([c + 1, 0x11, 0])
    out += b"\xff\xc4" + struct.pack(">HB", 2 + 1 + 16 + 17, 0) + bytes([0] * 4 + [17] + [0] * 11)
    out += bytes(range(17))
    if restart_rows:
        out += b"\xff\xdd" + struct.pack(">HH", 4, restart_rows * width)
    out += b"\xff\xda" + struct.pack(">HB", 6 + 2 * channels, channels)
    for c in range(channels):
        out += bytes([c + 1, 0])
    out += bytes([predictor, 0, 0])

    text = []

    def flush():
        joined = "".join(text)
        joined += "1" * (-len(joined) % 8)
        for i in range(0, len(joined), 8):
            byte = int(joined[i : i + 8], 2)
            out.append(byte)
            if byte == 0xFF:
                out.append(0)
        text.clear()

    for y in range(height):
        is_first = y == 0 or (restart_rows and y % restart_rows == 0)
        if restart_rows and y and is_first:
            flush()
            out += bytes([0xFF, 0xD0 + (y // restart_rows - 1) % 8])
        for x in range(width):
            for c in range(channels):
                p = planes[:, :, c]
                if x == 0:
                    guess = 1 << (bits - 1) if is_first else p[y - 1, 0]
                elif is_first:
                    guess = p[y, x - 1]
                else:
                    guess = _predict(predictor, p[y, x - 1], p[y - 1, x], p[y - 1, x - 1])
                difference = int(p[y, x] - guess) & 0xFFFF
                if difference == 0x8000:
                    text.append(f"{16:05b}")
                    continue
                if difference > 0x8000:
                    difference -= 0x10000
                category = abs(difference).bit_length()
                text.append(f"{category:05b}")
                if category:
                    code = difference if difference > 0 else difference + (1 << category) - 1
                    text.append(f"{code:0{category}b}")
    flush()
    return bytes(out + b"\xff\xd9")
