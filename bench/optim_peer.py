"""torch's fused AdamW and clip_grad_norm_ on the shapes of optim_bench.cc. With --attune PROGRAM both
run in turns and the ratio of the medians is printed.

    .deps/peers/bin/python bench/optim_peer.py [--attune build/release/optim_bench]
"""
import argparse
import json
import statistics
import subprocess
import time

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--attune")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--repeat", type=int, default=15)
parser.add_argument("--rounds", type=int, default=3)
args = parser.parse_args()
torch.set_num_threads(args.threads)

shapes = [[30522, 384], [512, 384]]
for _ in range(6):
    shapes += [[384, 384], [384]] * 4 + [[1536, 384], [1536], [384, 1536], [384]] + [[384]] * 4
parameters = [torch.nn.Parameter(torch.randn(s)) for s in shapes]
for parameter in parameters:
    parameter.grad = torch.randn_like(parameter)
optimizer = torch.optim.AdamW(parameters, lr=1e-5, weight_decay=0.0, fused=True)


def median_ms(work):
    times = []
    for i in range(args.repeat + 2):
        start = time.perf_counter()
        work()
        if i >= 2:
            times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def measure():
    return {"adamw": median_ms(optimizer.step),
            "grad_norm": median_ms(lambda: torch.nn.utils.get_total_norm(
                [p.grad for p in parameters]))}


peer, ours = [], []
for _ in range(args.rounds):
    peer.append(measure())
    if args.attune:
        lines = subprocess.run([args.attune, "--threads", str(args.threads)], check=True,
                               capture_output=True, text=True).stdout.splitlines()
        ours.append({line["name"]: line["median_ms"] for line in map(json.loads, lines)})
for name in peer[0]:
    value = statistics.median(p[name] for p in peer)
    print(json.dumps({"name": f"torch_{name}", "median_ms": round(value, 3)}))
if ours:
    medians = {n: statistics.median(o[n] for o in ours) for n in ours[0]}
    print(json.dumps({"attune_median_ms": medians}))
    torch_ms = {n: statistics.median(p[n] for p in peer) for n in peer[0]}
    print(json.dumps({"torch_over_attune": {
        "adamw": round(torch_ms["adamw"] / medians["adamw"], 2),
        "adamw_700_rows": round(torch_ms["adamw"] / medians["adamw_700_rows"], 2),
        "grad_norm": round(torch_ms["grad_norm"] / medians["grad_norm"], 2)},
        "memcpy_over_adamw": round(medians["memcpy"] / medians["adamw"], 2)}))
