"""Spoken digits: a small wav2vec 2.0 from random weights on three speakers, then on a fourth one, by
attune and (with --peer) by transformers in turns.

    python3 bench/speech_digits.py --build build/release [--seeds 42 1 2] [--peer PYTHON]

Of ../shared/data/speech-fsdd (ATTUNE_SHARED): clips 0-4 of each digit are for testing. The first
three speakers are learnt from clips 5-49 in 25 epochs, the fourth, nicolas, from his clips 5-14 in 30
and in 100 epochs, and once more with a quarter of the batch from the first ones (--replay-manifest).
Prints a JSON line for each run: WER of test clips, seconds, and the means over the seeds.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SHARED = Path(os.environ.get("ATTUNE_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
RECORDINGS = SHARED / "data/speech-fsdd/recordings"
WORDS = "zero one two three four five six seven eight nine".split()
FIRST, FOURTH = ("george", "jackson", "yweweler"), ("nicolas",)
# 666,978 parameters, 20 ms a frame.
CONFIG = {
    "model_type": "wav2vec2", "architectures": ["Wav2Vec2ForCTC"],
    "conv_dim": [32, 64, 128, 128], "conv_kernel": [20, 8, 4, 4], "conv_stride": [10, 4, 4, 2],
    "num_feat_extract_layers": 4, "conv_bias": True, "feat_extract_norm": "layer",
    "do_stable_layer_norm": True, "hidden_size": 128, "num_hidden_layers": 3,
    "num_attention_heads": 4, "intermediate_size": 384, "num_conv_pos_embeddings": 32,
    "num_conv_pos_embedding_groups": 16, "hidden_dropout": 0.05, "activation_dropout": 0.05,
    "attention_dropout": 0.05, "feat_proj_dropout": 0.05, "final_dropout": 0.05, "layerdrop": 0.0,
    "mask_time_prob": 0.05, "mask_time_length": 3, "mask_time_min_masks": 0,
    "ctc_loss_reduction": "mean", "ctc_zero_infinity": True, "vocab_size": 32, "pad_token_id": 0,
}
RECIPE = ["--join-clips", "5", "--adam-beta2", "0.98", "--weight-decay", "0.01", "--warmup-ratio", "0.1",
          "--eval-strategy", "no", "--save-strategy", "no", "--precision", "fp32"]


def manifest(path, speakers, indices):
    with open(path, "w") as table:
        print("path", "text", "speaker", sep="\t", file=table)
        for speaker in speakers:
            for digit, word in enumerate(WORDS):
                for i in indices:
                    print(RECORDINGS / f"{digit}_{speaker}_{i}.wav", word, speaker, sep="\t", file=table)
    return path


def run(command):
    begun = time.monotonic()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.monotonic() - begun, done.stdout


class Digits:
    def __init__(self, args, folder):
        self.args, self.folder = args, Path(folder)
        self.config = self.folder / "config.json"
        self.config.write_text(json.dumps(CONFIG))
        tables = {"first-train": (FIRST, range(5, 50)), "first-test": (FIRST, range(5)),
                  "fourth-train": (FOURTH, range(5, 15)), "fourth-test": (FOURTH, range(5))}
        self.tables = {name: manifest(self.folder / f"{name}.tsv", *what) for name, what in tables.items()}
        self.results = {}

    def keep(self, name, seed, **numbers):
        self.results.setdefault(name, []).append(numbers)
        print(json.dumps({"run": name, "seed": seed} | numbers), flush=True)

    def wer(self, model, part):
        out = self.folder / "metrics.json"
        run([self.args.build / "attune", "evaluate", "--model", model, "--manifest", self.tables[part],
             "--root", RECORDINGS, "--threads", self.args.threads, "--output-file", out])
        return round(json.loads(out.read_text())["eval_wer"], 4)

    def attune(self, name, seed, start, data, epochs, rate, seconds, *more):
        out = self.folder / f"{name}-{seed}"
        wall, _ = run([self.args.build / "attune", "train", "--task", "speech-recognition", *start,
                       "--manifest", self.tables[f"{data}-train"], "--root", RECORDINGS, "--speaker-column", "speaker",
                       "--num-train-epochs", epochs, "--learning-rate", rate, "--batch-seconds", seconds,
                       "--seed", seed, "--threads", self.args.threads, "--output-dir", out, *RECIPE, *more])
        metrics = json.loads((out / "metrics.json").read_text())
        self.keep(name, seed, wer=self.wer(out, f"{data}-test"), first_wer=self.wer(out, "first-test"),
                  fourth_wer=self.wer(out, "fourth-test"), steps=metrics["global_step"], seconds=round(wall, 1),
                  audio_s_per_s=round(metrics["train_audio_seconds_per_second"], 1))
        return out

    def peer(self, name, seed, start, data, epochs, rate):
        out = self.folder / f"peer-{name}-{seed}"
        wall, text = run([self.args.peer, Path(__file__).with_name("speech_digits_peer.py"), self.tables[f"{data}-train"],
                          self.tables[f"{data}-test"], start, out, "--epochs", epochs, "--learning-rate", rate,
                          "--seed", seed, "--threads", self.args.threads])
        self.keep(f"peer-{name}", seed, **json.loads(text.splitlines()[-1]) | {"seconds": round(wall, 1)})
        return out

    def seed(self, seed):
        # Packed batches hold 8 s without padding; of 7 s an epoch has as many steps as of 8 s padded.
        first = self.attune("first", seed, ["--architecture", self.config], "first", 25, 2e-3, 7)
        if self.args.peer:
            peer = self.peer("first", seed, self.config, "first", 25, 2e-3)
        start = ["--model", first, "--freeze-feature-encoder", "false"]
        self.attune("fourth-30", seed, start, "fourth", 30, 1e-3, 7)
        self.attune("fourth-100", seed, start, "fourth", 100, 1e-3, 7)
        self.attune("replay-30", seed, start, "fourth", 30, 1e-3, 7, "--replay-manifest",
                    self.tables["first-train"], "--replay-ratio", self.args.replay_ratio)
        if self.args.peer:
            self.peer("fourth-30", seed, peer, "fourth", 30, 1e-3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="*", default=[42, 1, 2])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--replay-ratio", type=float, default=1)
    parser.add_argument("--peer", help="a python with torch, transformers, torchaudio, soundfile and jiwer")
    parser.add_argument("--folder", type=Path, help="keeps the models there")
    args = parser.parse_args()
    if args.folder:
        args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        digits = Digits(args, args.folder or temporary)
        for seed in args.seeds:
            digits.seed(seed)
        for name, runs in digits.results.items():
            means = {key: round(statistics.mean(run[key] for run in runs), 4) for key in runs[0]}
            print(json.dumps({"run": name, "seeds": len(runs), "mean": means}))


if __name__ == "__main__":
    main()
