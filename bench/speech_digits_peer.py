"""The digits of speech_digits.py by transformers and PyTorch: the recipe of one training run, from
manifests and a folder (or config.json) of a model to WER on test clips and a saved model.

    python bench/speech_digits_peer.py TRAIN.tsv TEST.tsv MODEL OUT --epochs 25 --learning-rate 2e-3

Every epoch the clips of each speaker are joined anew to strings of 1 to 5 and batched by 8 s of
padded sound. Prints JSON: steps, seconds of training, WER.
"""

import argparse
import csv
import json
import random
import time
from pathlib import Path

import jiwer
import soundfile
import torch
import torchaudio.functional
from transformers import Wav2Vec2Config, Wav2Vec2ForCTC, get_linear_schedule_with_warmup

RATE = 16000


def read(manifest):
    clips = []
    for row in csv.DictReader(open(manifest), delimiter="\t"):
        samples, rate = soundfile.read(row["path"], dtype="float32")
        wave = torchaudio.functional.resample(torch.from_numpy(samples), rate, RATE)
        clips.append((normalized(wave), row["text"], row["speaker"]))
    return clips


def normalized(wave):
    return (wave - wave.mean()) / torch.sqrt(wave.var(unbiased=False) + 1e-7)


def strings_of(clips):
    by_speaker = {}
    for clip in clips:
        by_speaker.setdefault(clip[2], []).append(clip)
    for own in by_speaker.values():
        random.shuffle(own)
        while own:
            taken = [own.pop() for _ in range(min(len(own), random.randint(1, 5)))]
            yield torch.cat([wave for wave, _, _ in taken]), " ".join(text for _, text, _ in taken)


def batches_of(strings, seconds):
    """Strings of similar length together, so that little is padded; the batches in random order."""
    batches = [[]]
    for string in sorted(strings, key=lambda string: len(string[0])):
        if len(string[0]) * (len(batches[-1]) + 1) > seconds * RATE:
            batches.append([])
        batches[-1].append(string)
    random.shuffle(batches)
    return [batch for batch in batches if batch]


def padded(waves):
    lengths = torch.tensor([len(wave) for wave in waves])
    return (torch.nn.utils.rnn.pad_sequence(waves, batch_first=True),
            (torch.arange(lengths.max())[None] < lengths[:, None]).long())


def decode(ids, symbols, blank):
    text, before = "", blank
    for i in ids:
        if i != before and i != blank:
            text += symbols[i]
        before = i
    return " ".join(text.replace("|", " ").split())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("train"), parser.add_argument("test"), parser.add_argument("model"), parser.add_argument("out")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    begun = time.monotonic()
    clips, test = read(args.train), read(args.test)
    if Path(args.model).is_dir():
        model = Wav2Vec2ForCTC.from_pretrained(args.model)
        symbols = [s for s, _ in sorted(json.load(open(Path(args.model) / "symbols.json")).items(), key=lambda x: x[1])]
    else:
        symbols = ["|"] + sorted({c for _, text, _ in clips for c in text} - {" "}) + ["[UNK]", "[PAD]"]
        config = Wav2Vec2Config.from_json_file(args.model)
        config.vocab_size, config.pad_token_id = len(symbols), len(symbols) - 1
        model = Wav2Vec2ForCTC(config)
    ids, blank = {s: i for i, s in enumerate(symbols)}, len(symbols) - 1
    decay = [p for p in model.parameters() if p.requires_grad and p.dim() > 1]
    rest = [p for p in model.parameters() if p.requires_grad and p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}],
                                  lr=args.learning_rate, betas=(0.9, 0.98))
    epochs = [list(batches_of(strings_of(clips), 8)) for _ in range(args.epochs)]
    steps = sum(map(len, epochs))
    schedule = get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    model.train()
    for epoch in epochs:
        for batch in epoch:
            audio, mask = padded([wave for wave, _ in batch])
            labels = torch.nn.utils.rnn.pad_sequence(
                [torch.tensor([ids["|" if c == " " else c] for c in text]) for _, text in batch],
                batch_first=True, padding_value=-100)
            model(audio, attention_mask=mask, labels=labels).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step(), schedule.step(), optimizer.zero_grad()
    seconds = time.monotonic() - begun
    model.eval()
    said = []
    with torch.no_grad():
        for wave, _, _ in test:
            said.append(decode(model(wave[None]).logits[0].argmax(-1).tolist(), symbols, blank))
    model.save_pretrained(args.out)
    json.dump(ids, open(Path(args.out) / "symbols.json", "w"))
    print(json.dumps({"steps": steps, "seconds": round(seconds, 1),
                      "wer": round(jiwer.wer([text for _, text, _ in test], said), 4)}))


if __name__ == "__main__":
    main()
