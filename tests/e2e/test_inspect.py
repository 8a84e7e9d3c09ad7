"""attune inspect of pictures: what it prints is computed here a second time, from the values that the
files were made of."""

import hashlib
import json
import struct
import time
import unittest
import zlib

import pictures
import support
from support import run


def digest(values, kind):
    """SHA-256 of values as `inspect` states it: "B" is uint8, "i" int32, little-endian."""
    return hashlib.sha256(struct.pack(f"<{len(values)}{kind}", *values)).hexdigest()


def png_bytes(height, width, values, bits, colour):
    """`colour` is PNG's number: 0 grey, 2 RGB, 6 RGB and alpha; values row by row."""
    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data
                + struct.pack(">I", zlib.crc32(name + data)))
    samples = struct.pack(f">{len(values)}{'B' if bits == 8 else 'H'}", *values)
    size = len(samples) // height
    rows = b"".join(b"\0" + samples[y * size:(y + 1) * size] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def jpeg_bytes(rows):
    """A grey baseline JPEG of blocks of 8 x 8 pixels, each of one value. The quantisation is 8, so
    that a block's first coefficient is its value less 128; there are no others."""
    def segment(marker, data):
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data
    def table(number, lengths, symbols):
        return segment(0xC4, bytes([number] + lengths + symbols))
    sizes = list(range(9))  # codes of four bits, the size of the difference
    head = (b"\xff\xd8" + segment(0xDB, bytes([0] + [8] * 64))
            + segment(0xC0, struct.pack(">BHHBBBB", 8, 8 * len(rows), 8 * len(rows[0]), 1, 1, 0x11, 0))
            + table(0x00, [0, 0, 0, len(sizes)] + [0] * 12, sizes)
            + table(0x10, [1] + [0] * 15, [0])  # one bit: no more coefficients
            + segment(0xDA, bytes([1, 1, 0, 0, 63, 0])))
    bits, before = "", 0
    for value in (v - 128 for row in rows for v in row):
        difference, before = value - before, value
        size = abs(difference).bit_length()
        bits += f"{size:04b}"
        if size:
            bits += f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}"
        bits += "0"
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return head + data.replace(b"\xff", b"\xff\0") + b"\xff\xd9"


def with_element(dicom, group, element, vr, value):
    """`dicom`, uncompressed and explicit, with a short element put in its place by number."""
    value += b" " * (len(value) % 2)
    new = struct.pack("<HH2sH", group, element, vr, len(value)) + value
    at = 132
    while True:
        tag = struct.unpack_from("<HH", dicom, at)
        length = struct.unpack_from("<H", dicom, at + 6)[0]
        if tag >= (group, element):
            end = at + 8 + length if tag == (group, element) else at
            return dicom[:at] + new + dicom[end:]
        at += 8 + length


class InspectTest(support.TestCase):
    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def inspect(self, name, content):
        result = run("inspect", self.write(name, content), "--json")
        self.assert_ok(result)
        return json.loads(result.stdout)

    def assert_facts(self, facts, **wanted):
        self.assertEqual({name: facts[name] for name in wanted}, wanted)

    def test_dicom(self):
        frames = [pictures.bar("lying", 1), pictures.bar("upright", 2)]
        facts = self.inspect("x.dcm", pictures.dicom_bytes(frames))
        values = [16 * v for frame in frames for v in frame]
        self.assert_facts(facts, format="DICOM", height=32, width=32, channels=1, frames=2, bits=12,
                          bits_allocated=16, signed=False, transfer_syntax="1.2.840.10008.1.2.1",
                          transfer_syntax_name="Explicit VR Little Endian", modality="OT",
                          photometric_interpretation="MONOCHROME2", dtype="int32",
                          sha256=digest(values, "i"))

    def test_dicom_of_signed_and_of_8_bit_values(self):
        plain = pictures.dicom_bytes([[7] * 1023 + [200]])
        signed = with_element(plain, 0x28, 0x103, b"US", struct.pack("<H", 1))
        facts = self.inspect("signed", signed)  # 3200 is beyond 12 bits with a sign
        self.assert_facts(facts, signed=True, bits=12, dtype="int32",
                          sha256=digest([112] * 1023 + [3200 - 4096], "i"))
        small = plain
        for tag, value in ((0x100, 8), (0x101, 8), (0x102, 7), (0x11, 64)):
            small = with_element(small, 0x28, tag, b"US", struct.pack("<H", value))
        facts = self.inspect("bytes", small)  # the same 2048 bytes
        self.assert_facts(facts, width=64, bits=8, dtype="uint8",
                          sha256=digest([112, 0] * 1023 + [3200 & 255, 3200 >> 8], "B"))

    def test_png(self):
        grey = [(37 * i) % 256 for i in range(5 * 7)]
        self.assert_facts(self.inspect("grey.png", png_bytes(5, 7, grey, 8, 0)), format="PNG",
                          height=5, width=7, channels=1, color="grey", bits=8, dtype="uint8",
                          mislabelled=False, sha256=digest(grey, "B"))
        alpha = [(91 * i) % 256 for i in range(5 * 7 * 4)]
        self.assert_facts(self.inspect("alpha.png", png_bytes(5, 7, alpha, 8, 6)), channels=4,
                          color="RGB+alpha", bits=8, sha256=digest(alpha, "B"))
        deep = [(9973 * i) % 65536 for i in range(6 * 3 * 3)]
        self.assert_facts(self.inspect("deep.png", png_bytes(6, 3, deep, 16, 2)), height=6, width=3,
                          channels=3, color="RGB", bits=16, dtype="int32",
                          sha256=digest(deep, "i"))

    def test_jpeg(self):
        rows = [[0, 255, 128], [77, 3, 200]]
        values = [value for row in rows for _ in range(8) for value in row for _ in range(8)]
        facts = self.inspect("x.png", jpeg_bytes(rows))  # its name is wrong
        self.assert_facts(facts, format="JPEG", height=16, width=24, channels=1, color="grey",
                          bits=8, dtype="uint8", mislabelled=True, sha256=digest(values, "B"))

    def test_nifti(self):
        values = [3 * i - 100 for i in range(4 * 3 * 2)]
        facts = self.inspect("x.nii.gz", pictures.nifti_bytes((4, 3, 2), values))
        self.assert_facts(facts, format="NIfTI", size=[4, 3, 2], volumes=1, dtype="int16",
                          sha256=digest(values, "h"))

    def test_text_says_the_same(self):
        path = self.write("x.dcm", pictures.dicom_bytes([[1] * 1024]))
        result = run("inspect", path)
        self.assert_ok(result)
        for part in (path, "Explicit VR Little Endian", digest([16] * 1024, "i")):
            self.assertIn(str(part), result.stdout)

    def test_a_file_that_is_named_as_a_picture_and_is_none(self):
        for name, kind in (("x.dcm", "DICOM"), ("x.png", "picture"), ("x.JPG", "picture"),
                           ("x.nii", "NIfTI"), ("x.nii.gz", "NIfTI")):
            with self.subTest(name):
                self.assert_refused(run("inspect", self.write(name, b"")), name,
                                    "the file is empty; expected", kind)
                damaged = run("inspect", self.write(name, b"no such thing " * 40))
                self.assert_refused(damaged, name, kind)
                self.assertNotIn("weights", damaged.stderr)
        whole = pictures.picture("lying", 1)
        self.assert_refused(run("inspect", self.write("cut.png", whole[:len(whole) // 2])), "cut.png")

    def test_dicom_that_states_more_frames_than_it_has(self):
        plain = pictures.dicom_bytes([[1] * 1024])
        for count, part in ((b"1000000000", "enough for 1"), (b"2147483648", "2147483648 frames")):
            start = time.monotonic()
            self.assert_refused(run("inspect", self.write(
                "x.dcm", with_element(plain, 0x28, 8, b"IS", count))), "x.dcm", part)
            self.assertLess(time.monotonic() - start, 20)


if __name__ == "__main__":
    unittest.main()
