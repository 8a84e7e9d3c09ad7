"""Fine-tuning wav2vec 2.0 base with a frozen feature encoder: attune beside transformers' Trainer, in
seconds of sound per second of training, in turns.

    python bench/speech_trainer_peer.py --build build/release [--epochs 3] [--rounds 2]

Clips of ../shared/data/speech-ljspeech16 (ATTUNE_SHARED), twice; the network has random weights of the
published sizes; batches of 8 clips. Trainer runs in fp32 and in bf16, and the faster one counts; it pads to the
longest clip of a batch. attune takes the precision it chooses by itself and keeps what comes out of the frozen
convolutions from the second epoch on.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHARED = Path(os.environ.get("ATTUNE_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
CLIPS = SHARED / "data/speech-ljspeech16"
SYMBOLS = ["<pad>", "<s>", "</s>", "<unk>", "|"] + list("ETAONIHSRDLUMWCFGYPBVK'XJQZ")
BATCH, RATE = 8, 16000


def make_model(folder):
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC
    torch.manual_seed(0)
    config = Wav2Vec2Config(vocab_size=len(SYMBOLS), pad_token_id=0, ctc_zero_infinity=True,
                            ctc_loss_reduction="mean", layerdrop=0.0)
    Wav2Vec2ForCTC(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(return_attention_mask=False).save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps({symbol: i for i, symbol in enumerate(SYMBOLS)}))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "Wav2Vec2CTCTokenizer", "pad_token": "<pad>", "unk_token": "<unk>",
        "bos_token": "<s>", "eos_token": "</s>", "word_delimiter_token": "|"}))


def rows():
    for line in open(CLIPS / "metadata.csv", encoding="utf-8"):
        name, _, text = line.rstrip("\n").split("|")
        letters = "".join(c for c in text.upper() if c in SYMBOLS or c == " ")
        yield CLIPS / f"{name}.wav", letters


def make_table(path):
    with open(path, "w", newline="") as table:
        writer = csv.writer(table, delimiter="\t")
        writer.writerow(["path", "text"])
        for clip, text in list(rows()) * 2:
            writer.writerow([clip, text])


def run_attune(args, folder, model, table):
    out = folder / "attune"
    done = subprocess.run(
        [str(args.build / "attune"), "train", "--task", "speech-recognition", "--model", str(model), "--manifest", str(table),
         "--root", str(CLIPS), "--num-train-epochs", str(args.epochs), "--per-device-train-batch-size", str(BATCH),
         "--learning-rate", "1e-5", "--eval-strategy", "no", "--save-strategy", "no", "--threads", str(args.threads),
         "--output-dir", str(out), "--overwrite-output-dir"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((out / "metrics.json").read_text())["train_audio_seconds_per_second"]


def run_trainer(args, folder, model, precision):
    """In a process of its own, so that both begin with an empty memory."""
    done = subprocess.run([sys.executable, __file__, "--trainer", str(folder), "--model", str(model), "--epochs",
                           str(args.epochs), "--threads", str(args.threads), "--precision", precision],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])["audio_seconds_per_second"]


def trainer(args):
    import soundfile
    import torch
    import torchaudio.functional
    from transformers import Trainer, TrainingArguments, Wav2Vec2ForCTC
    torch.set_num_threads(args.threads)
    ids = {symbol: i for i, symbol in enumerate(SYMBOLS)}
    data = []
    for clip, text in list(rows()) * 2:
        samples, rate = soundfile.read(clip, dtype="float32")
        wave = torchaudio.functional.resample(torch.from_numpy(samples), rate, RATE)
        wave = (wave - wave.mean()) / torch.sqrt(wave.var(unbiased=False) + 1e-7)
        data.append({"input_values": wave, "labels": [ids["|" if c == " " else c] for c in text]})

    def collate(batch):
        pad = torch.nn.utils.rnn.pad_sequence
        return {"input_values": pad([item["input_values"] for item in batch], batch_first=True),
                "labels": pad([torch.tensor(item["labels"]) for item in batch], batch_first=True, padding_value=-100)}

    model = Wav2Vec2ForCTC.from_pretrained(args.model)
    model.freeze_feature_encoder()
    arguments = TrainingArguments(
        output_dir=str(Path(args.trainer) / "trainer"), num_train_epochs=args.epochs, per_device_train_batch_size=BATCH,
        learning_rate=1e-5, save_strategy="no", eval_strategy="no", use_cpu=True, report_to=[], disable_tqdm=True,
        remove_unused_columns=False, bf16=args.precision == "bf16")
    begun = time.monotonic()
    Trainer(model=model, args=arguments, train_dataset=data, data_collator=collate).train()
    seconds = args.epochs * sum(len(item["input_values"]) for item in data) / RATE
    print(json.dumps({"audio_seconds_per_second": seconds / (time.monotonic() - begun)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--trainer", help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    parser.add_argument("--precision", default="fp32", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.trainer:
        return trainer(args)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model").mkdir()
        make_model(folder / "model")
        make_table(folder / "clips.tsv")
        best = {"attune": 0.0, "trainer fp32": 0.0, "trainer bf16": 0.0}
        for _ in range(args.rounds):
            best["attune"] = max(best["attune"], run_attune(args, folder, folder / "model", folder / "clips.tsv"))
            for precision in ("fp32", "bf16"):
                rate = run_trainer(args, folder, folder / "model", precision)
                best[f"trainer {precision}"] = max(best[f"trainer {precision}"], rate)
    peer = max(rate for name, rate in best.items() if name != "attune")
    print(json.dumps({"audio seconds per second": {name: round(rate, 3) for name, rate in best.items()},
                      "factor": round(best["attune"] / peer, 2)}))


if __name__ == "__main__":
    main()
