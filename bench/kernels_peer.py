"""transformers' BERT on the batch of kernels_bench.cc (dynamic padding), and both in turns:

    .deps/peers/bin/python bench/kernels_peer.py --attune build/release/kernels_bench

prints JSON lines and the ratio of the medians of a training step (forward and backward, fp32).
"""
import argparse
import json
import statistics
import subprocess
import time

import torch
from transformers import BertConfig, BertForSequenceClassification

LENGTHS = [8, 11, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 23, 24, 25, 25, 26, 27, 27, 28, 29, 30,
           31, 31, 32, 34, 35, 37, 39, 42, 47, 60]

parser = argparse.ArgumentParser()
parser.add_argument("--attune", required=True)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repeat", type=int, default=9)
parser.add_argument("--rounds", type=int, default=3)
args = parser.parse_args()
torch.set_num_threads(args.threads)

model = BertForSequenceClassification(BertConfig(hidden_size=384, num_hidden_layers=6,
                                                 num_attention_heads=12, intermediate_size=1536))
model.train()
length = torch.tensor(LENGTHS)
mask = (torch.arange(max(LENGTHS))[None] < length[:, None]).long()
ids = torch.randint(100, 30000, mask.shape) * mask
labels = torch.arange(len(LENGTHS)) % 2


def step():
    start = time.perf_counter()
    model.zero_grad(set_to_none=True)
    model(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
    return (time.perf_counter() - start) * 1e3


peer, ours = [], {}
for _ in range(args.rounds):
    step(), step()
    peer += [step() for _ in range(args.repeat)]
    command = [args.attune, "--threads", str(args.threads), "--repeat", str(args.repeat), "--step-only"]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        record = json.loads(line)
        ours.setdefault(record["name"], []).append(record["median_ms"])
peer_median = statistics.median(peer)
print(json.dumps({"name": "training step, transformers", "median_ms": peer_median, "min_ms": min(peer)}))
for name, medians in ours.items():
    median = statistics.median(medians)
    extra = {"times_faster_than_transformers": peer_median / median} if "step" in name else {}
    print(json.dumps({"name": name, "median_ms": median, **extra}))
