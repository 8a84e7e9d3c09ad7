"""Writes golden.json and sounds/: recordings in every format, and what soundfile, torchaudio and transformers make of them.

Run: python tests/parity/audio/make_golden.py  (torchaudio 2.11.1, soundfile 0.14, transformers 5.24)
"""

import json
import pathlib

import numpy as np
import soundfile
import torch
import torchaudio
from transformers import Wav2Vec2FeatureExtractor

here = pathlib.Path(__file__).parent
sounds = here / "sounds"
sounds.mkdir(exist_ok=True)
rng = np.random.default_rng(7)


def tone(rate, seconds, channels):
    t = np.arange(int(rate * seconds)) / rate
    waves = [0.4 * np.sin(2 * np.pi * (220 + 110 * c) * t) + 0.05 * rng.standard_normal(t.size) for c in range(channels)]
    return np.stack(waves, 1)


def digits(values):
    return [float(f"{v:.8g}") for v in np.asarray(values, dtype=np.float32).tolist()]


files = []
for name, rate, channels, options in [
    ("pcm16.wav", 16000, 1, {"subtype": "PCM_16"}),
    ("pcm24.wav", 44100, 2, {"subtype": "PCM_24"}),
    ("pcm8.wav", 8000, 1, {"subtype": "PCM_U8"}),
    ("float.wav", 22050, 3, {"subtype": "FLOAT"}),
    ("ulaw.wav", 8000, 1, {"subtype": "ULAW"}),
    ("stereo.flac", 48000, 2, {}),
    ("mono.ogg", 16000, 1, {"subtype": "VORBIS"}),
    ("mono.opus", 48000, 1, {"format": "OGG", "subtype": "OPUS"}),
    ("mono.mp3", 44100, 1, {}),
]:
    path = sounds / name
    soundfile.write(path, tone(rate, 0.1, channels), rate, **options)
    data, got_rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = data.mean(1)
    files.append({"file": name, "rate": got_rate, "channels": data.shape[1], "frames": data.shape[0], "every_17th": digits(mono[::17])})

resampled = []
for source, target, length in [(44100, 16000, 1500), (8000, 16000, 501), (48000, 16000, 1000), (16000, 44100, 333), (22050, 16000, 1),
                               (11025, 16000, 700), (14400, 16000, 400), (16000, 16000, 20), (12345, 16000, 300)]:
    wave = (0.5 * rng.standard_normal(length)).astype(np.float32)
    out = torchaudio.functional.resample(torch.from_numpy(wave), source, target)
    resampled.append({"from": source, "to": target, "in": digits(wave), "out": digits(out.numpy())})

normalised = []
extractor = Wav2Vec2FeatureExtractor(do_normalize=True)
for wave in (rng.standard_normal(300) * 0.01 + 0.3, np.zeros(20), rng.standard_normal(1)):
    wave = wave.astype(np.float32)
    out = extractor(wave, sampling_rate=16000).input_values[0]
    normalised.append({"in": digits(wave), "out": digits(out)})

(here / "golden.json").write_text(json.dumps({"files": files, "resampled": resampled, "normalised": normalised}) + "\n")
