"""Steps of wav2vec 2.0 base with random weights, in seconds of processor time on one thread: attune beside transformers,
which pads the clips to the longest and leaves padding out by a mask. Both in fp32 and with bfloat16 products
(autocast), in turns; the factor is of each side's faster one.

  python bench/speech_model_peer.py SPEECH_MODEL_BENCH [SECONDS...]
"""

import json
import statistics
import subprocess
import sys
import time

import torch
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

torch.set_num_threads(1)
torch.manual_seed(1)
lengths = [int(s) for s in sys.argv[2:]] or [3, 5, 8]
model = Wav2Vec2ForCTC(Wav2Vec2Config(ctc_zero_infinity=True))
mask = (torch.arange(max(lengths) * 16000)[None] < torch.tensor(lengths)[:, None] * 16000).long()
audio = torch.randn(mask.shape) * mask
labels = torch.full((len(lengths), max(lengths) * 15), 5)
for row, seconds in zip(labels, lengths):
    row[seconds * 15:] = -100


def seconds_of(work):
    work()
    times = []
    for _ in range(3):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return statistics.median(times)


def step(freeze, bf16):
    model.wav2vec2.feature_extractor.requires_grad_(not freeze)
    model.wav2vec2.feature_extractor._requires_grad = not freeze
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        loss = model(audio, attention_mask=mask, labels=labels).loss
    loss.backward()
    model.zero_grad()


def peer(bf16):
    model.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        times = {"features": seconds_of(lambda: model.wav2vec2.feature_extractor(audio)),
                 "inference": seconds_of(lambda: model(audio, attention_mask=mask))}
    model.train()
    return times | {"step_frozen_features": seconds_of(lambda: step(True, bf16)),
                    "step": seconds_of(lambda: step(False, bf16))}


def attune(precision):
    command = [sys.argv[1], precision, *map(str, lengths)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


ours, theirs = {}, {}
for precision in ("fp32", "bf16"):
    ours[precision] = attune(precision)
    theirs[precision] = peer(precision == "bf16")
for what in ours["fp32"]:
    row = {"what": what}
    for precision in ours:
        row |= {f"attune {precision}": ours[precision][what], f"peer {precision}": round(theirs[precision][what], 2)}
    best = [min(side[precision][what] for precision in side) for side in (theirs, ours)]
    print(json.dumps(row | {"factor": round(best[0] / best[1], 2)}))
