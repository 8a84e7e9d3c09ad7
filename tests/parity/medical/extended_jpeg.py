"""A small encoder of extended sequential JPEG with 12 bits (ITU-T T.81, SOF1), for goldens: no
common Python package writes it. Grey, quantisation by `step`."""

import struct

import numpy as np
from scipy.fft import dctn

_ZIGZAG = sorted(((y, x) for y in range(8) for x in range(8)),
                 key=lambda p: (p[0] + p[1], p[0] if (p[0] + p[1]) % 2 else p[1]))
_DC = list(range(16))
_AC = [0x00, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 15)]


def _bits(value):
    size = abs(value).bit_length()
    code = value if value >= 0 else value + (1 << size) - 1
    return size, f"{code:0{size}b}" if size else ""


def encode_extended(array, step=1):
    height, width = array.shape
    padded = np.pad(array, ((0, -height % 8), (0, -width % 8)), mode="edge").astype(float) - 2048
    out = bytearray(b"\xff\xd8\xff\xdb" + struct.pack(">HB", 67, 0) + bytes([step] * 64))
    out += b"\xff\xc1" + struct.pack(">HBHHBBBB", 11, 12, height, width, 1, 1, 0x11, 0)
    for table, symbols in ((0x00, _DC), (0x10, _AC)):  # every code has eight bits
        out += b"\xff\xc4" + struct.pack(">HB", 19 + len(symbols), table)
        out += bytes([0] * 7 + [len(symbols)] + [0] * 8) + bytes(symbols)
    out += b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0x00, 0, 63, 0)
    text, before = [], 0
    for y in range(0, padded.shape[0], 8):
        for x in range(0, padded.shape[1], 8):
            block = dctn(padded[y : y + 8, x : x + 8], norm="ortho") / step
            values = [int(np.rint(block[p])) for p in _ZIGZAG]
            size, code = _bits(values[0] - before)
            before = values[0]
            text.append(f"{_DC.index(size):08b}{code}")
            run = 0
            last = max((i for i in range(1, 64) if values[i]), default=0)
            for value in values[1 : last + 1]:
                if value == 0:
                    run += 1
                    continue
                while run > 15:
                    text.append(f"{_AC.index(0xF0):08b}")
                    run -= 16
                size, code = _bits(value)
                text.append(f"{_AC.index(run << 4 | size):08b}{code}")
                run = 0
            if last < 63:
                text.append(f"{_AC.index(0):08b}")
    joined = "".join(text)
    joined += "1" * (-len(joined) % 8)
    for i in range(0, len(joined), 8):
        out.append(int(joined[i : i + 8], 2))
        if out[-1] == 0xFF:
            out.append(0)
    return bytes(out + b"\xff\xd9")
