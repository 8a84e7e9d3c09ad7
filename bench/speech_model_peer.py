"""Steps of wav2vec 2.0 base with random weights, in seconds of processor time on one thread: attune beside transformers,
which pads the clips to the longest and leaves padding out by a mask.

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
ours = json.loads(subprocess.run([sys.argv[1], *map(str, lengths)], check=True, capture_output=True, text=True).stdout)
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


def step(freeze):
    model.wav2vec2.feature_extractor.requires_grad_(not freeze)
    model.wav2vec2.feature_extractor._requires_grad = not freeze
    model(audio, attention_mask=mask, labels=labels).loss.backward()
    model.zero_grad()


model.eval()
with torch.no_grad():
    peers = {"features": seconds_of(lambda: model.wav2vec2.feature_extractor(audio)),
             "inference": seconds_of(lambda: model(audio, attention_mask=mask))}
model.train()
peers |= {"step_frozen_features": seconds_of(lambda: step(True)), "step": seconds_of(lambda: step(False))}
for what, peer in peers.items():
    print(json.dumps({"what": what, "attune": ours[what], "peer": round(peer, 2), "factor": round(peer / ours[what], 2)}))
