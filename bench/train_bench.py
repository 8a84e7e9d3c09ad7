#!/usr/bin/env python3
"""attune beside Hugging Face Trainer on the demo's task, in one run on one machine.

bench/train_bench.py --attune build/release/attune --inputs .deps/demo --python .deps/peers/bin/python
Writes JSON. --quick trains 60 steps of each instead of three epochs (speed only).
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def run_attune(args, extra, evaluate=True, precision="fp32"):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        command = [args.attune, "train", "--task", "text-classification", "--model",
                   f"{args.inputs}/model", "--train-file", f"{args.inputs}/train.csv",
                   "--output-dir", str(out), "--max-length", "128", "--save-strategy", "no",
                   "--per-device-train-batch-size", "32", "--precision", precision, "--threads", "2",
                   *extra]
        if evaluate:
            command += ["--validation-file", f"{args.inputs}/test.csv", "--eval-strategy", "epoch"]
        started = time.time()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.time() - started
        metrics = json.loads((out / "metrics.json").read_text())
        log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return {"samples_per_second": metrics["train_samples_per_second"],
            "train_runtime": metrics["train_runtime"],
            "accuracy_by_epoch": [e["eval_accuracy"] for e in log if "eval_accuracy" in e],
            "process_seconds": seconds, "peak_rss_bytes": metrics["peak_rss_bytes"]}


def run_peer(args, extra):
    output = subprocess.run([args.python, str(HERE / "hf_trainer_peer.py"), "--inputs", args.inputs,
                             *extra], check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])


def compare(name, ours, peers):
    rows = {"attune": ours, "hugging_face_trainer": peers,
            "speed_ratio": ours["samples_per_second"] / peers["samples_per_second"],
            "process_ratio": peers["process_seconds"] / ours["process_seconds"],
            "memory_ratio": ours["peak_rss_bytes"] / peers["peak_rss_bytes"]}
    print(f"{name}: {ours['samples_per_second']:.1f} against {peers['samples_per_second']:.1f} "
          f"samples/s ({rows['speed_ratio']:.2f}x), whole process {rows['process_ratio']:.2f}x, "
          f"memory {ours['peak_rss_bytes'] / 2**30:.2f} against {peers['peak_rss_bytes'] / 2**30:.2f} GiB")
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--attune", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--output", default="train_bench.json")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()

    results = {}
    steps = ["--max-steps", "60"] if args.quick else []
    evaluate = not args.quick
    peer_flags = steps + (["--no-evaluation"] if args.quick else [])
    full = ["--learning-rate", "5e-5", *steps]
    frozen = ["--strategy", "feature-extraction", "--learning-rate", "1e-3"]
    full_peer = run_peer(args, peer_flags)
    frozen_peer = run_peer(args, ["--frozen", *peer_flags])
    for precision in ("fp32", "auto"):
        results[f"full_{precision}"] = compare(
            f"full fine-tuning, {precision}", run_attune(args, full, evaluate, precision), full_peer)
        # Three epochs even when quick: the encoder runs in the first one alone.
        results[f"frozen_{precision}"] = compare(
            f"feature extraction, 3 epochs, {precision}",
            run_attune(args, frozen, evaluate, precision), frozen_peer)
    one = ["--max-steps", "1"]
    ours = run_attune(args, ["--learning-rate", "5e-5", *one], False)
    peers = run_peer(args, [*one, "--no-evaluation"])
    results["first_step"] = {"attune_process_seconds": ours["process_seconds"],
                             "hugging_face_seconds_to_first_step": peers["seconds_to_first_step"]}
    print(f"one step, whole process: {ours['process_seconds']:.2f} s against "
          f"{peers['seconds_to_first_step']:.2f} s to the first step")
    pathlib.Path(args.output).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
