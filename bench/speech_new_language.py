"""A new language from another one and from random weights: espeak-ng speaks phrases of Multi30k.

    python3 bench/speech_new_language.py --build build/release [--seed 42]

Needs espeak-ng (Debian) and ../shared/data/mt-multi30k (ATTUNE_SHARED). English: 1,000 phrases of 2
or 3 of the 200 most frequent words of the training side; German: 300 of those of its own, and 150
other ones of the validation and test sides to judge by. A small wav2vec 2.0 (speech_digits.py)
learns English in 14 epochs; German begins with it and with random weights and is learnt in 5 and
in 15 epochs. A 3-gram model of the German training side (attune train-lm) then helps the search.
Prints a JSON line for each.
"""

import argparse
import array
import gzip
import json
import random
import re
import subprocess
import tempfile
import wave
from collections import Counter
from pathlib import Path

from speech_digits import CONFIG, SHARED, run

TEXTS = SHARED / "data/mt-multi30k"
VOICES = {"en": ["en-us", "en-gb"], "de": ["de"]}
VARIANTS = "m1 m3 m4 m7 f1 f2 f4".split()
SILENCE = 300  # of 32768


def sentences(language, *parts):
    for part in parts:
        with gzip.open(TEXTS / f"{part}.{language}.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                yield re.findall(r"[^\W\d_]+", line.lower())


def phrases(language, parts, frequent, count, draw, without=()):
    """Runs of 2 or 3 frequent words as they stand in the texts, each once."""
    found = set()
    for words in sentences(language, *parts):
        for length in (2, 3):
            for i in range(len(words) - length + 1):
                if all(word in frequent for word in words[i:i + length]):
                    found.add(" ".join(words[i:i + length]))
    found = sorted(found - set(without))
    draw.shuffle(found)
    return found[:count]


def speak(text, language, path, draw):
    voice = f"{draw.choice(VOICES[language])}+{draw.choice(VARIANTS)}"
    subprocess.run(["espeak-ng", "-v", voice, "-s", str(draw.randint(150, 200)), "-p",
                    str(draw.randint(35, 65)), "-w", path, text], check=True)
    with wave.open(str(path)) as sound:
        parameters, samples = sound.getparams(), array.array("h", sound.readframes(sound.getnframes()))
    # 50 ms of silence are left on both sides.
    loud = [i for i, x in enumerate(samples) if abs(x) > SILENCE]
    edge = parameters.framerate // 20
    samples = samples[max(0, loud[0] - edge):loud[-1] + edge]
    with wave.open(str(path), "wb") as sound:
        sound.setparams(parameters)
        sound.writeframes(samples.tobytes())


def make_table(folder, name, language, texts, draw):
    (folder / name).mkdir(parents=True, exist_ok=True)
    table = folder / f"{name}.tsv"
    with open(table, "w", encoding="utf-8") as rows:
        print("path", "sentence", sep="\t", file=rows)
        for i, text in enumerate(texts):
            speak(text, language, folder / name / f"{i:04}.wav", draw)
            print(f"{name}/{i:04}.wav", text, sep="\t", file=rows)
    return table


def make_data(folder, seed):
    draw = random.Random(seed)
    tables = {}
    for language in ("en", "de"):
        counts = Counter(word for words in sentences(language, "train") for word in words)
        frequent = {word for word, _ in counts.most_common(200)}
        train = phrases(language, ["train"], frequent, 1000 if language == "en" else 300, draw)
        test = phrases(language, ["val", "test_2016_flickr"], frequent, 150, draw, without=train)
        tables[language] = make_table(folder, language, language, train, draw)
        tables[language + "-test"] = make_table(folder, language + "-test", language, test, draw)
    (folder / "lm.txt").write_text("\n".join(" ".join(words) for words in sentences("de", "train")), encoding="utf-8")
    return tables


class NewLanguage:
    def __init__(self, args, folder):
        self.args, self.folder = args, Path(folder)
        self.attune = args.build / "attune"
        self.tables = make_data(self.folder, args.seed)
        (self.folder / "config.json").write_text(json.dumps(CONFIG))

    def train(self, name, start, language, epochs):
        out = self.folder / name
        wall, _ = run([self.attune, "train", "--task", "speech-recognition", *start, "--manifest", self.tables[language],
                       "--text-column", "sentence", "--num-train-epochs", epochs, "--learning-rate", "2e-3",
                       "--batch-seconds", "3.5", "--adam-beta2", "0.98", "--weight-decay", "0.01", "--warmup-ratio", "0.1",
                       "--eval-strategy", "no", "--save-strategy", "no", "--precision", "fp32", "--seed", self.args.seed,
                       "--threads", self.args.threads, "--output-dir", out, "--overwrite-output-dir"])
        self.judge(name, out, language, seconds=round(wall, 1))
        return out

    def judge(self, name, model, language, *decoding, **more):
        out = self.folder / "metrics.json"
        run([self.attune, "evaluate", "--model", model, "--manifest", self.tables[language + "-test"], "--output-file", out,
             "--threads", self.args.threads, *decoding])
        found = json.loads(out.read_text())
        print(json.dumps({"run": name, "wer": round(found["eval_wer"], 4), "cer": round(found["eval_cer"], 4)} | more), flush=True)

    def all(self):
        english = self.train("english", ["--architecture", self.folder / "config.json"], "en", 14)
        starts = {"from-english": ["--model", english, "--freeze-feature-encoder", "false"],
                  "from-random": ["--architecture", self.folder / "config.json"]}
        for name, start in starts.items():
            for epochs in (5, 15):
                german = self.train(f"german-{name}-{epochs}", start, "de", epochs)
            if name == "from-english":
                lm = self.folder / "lm.arpa"
                run([self.attune, "train-lm", "--input", self.folder / "lm.txt", "--order", 3, "--output", lm])
                self.judge("german-from-english-15-lm", german, "de", "--lm", lm)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keeps data and models there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        NewLanguage(args, args.folder or temporary).all()


if __name__ == "__main__":
    main()
