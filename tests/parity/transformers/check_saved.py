#!/usr/bin/env python3
"""transformers opens what attune saves and gives the same logits.

check_saved.py ATTUNE_BINARY DEMO_INPUTS: fine-tunes a few steps, loads the saved folder with
AutoModelForSequenceClassification and AutoTokenizer, and compares scores on real reviews.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TOLERANCE = 1e-5


def main():
    attune, inputs = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        saved, output = f"{folder}/run", f"{folder}/predictions.jsonl"
        with open(inputs / "test.csv", newline="", encoding="utf-8") as file:
            texts = [row["text"] for row in csv.DictReader(file)][:64]
        part = pathlib.Path(folder) / "part.jsonl"
        part.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))
        subprocess.run([attune, "train", "--task", "text-classification", "--model",
                        str(inputs / "model"), "--train-file", str(inputs / "train.csv"),
                        "--max-steps", "5", "--output-dir", saved], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([attune, "predict", "--model", saved, "--input-file", str(part),
                        "--output-file", output], check=True)
        ours = [json.loads(line)["scores"] for line in pathlib.Path(output).read_text().splitlines()]
        model = AutoModelForSequenceClassification.from_pretrained(saved).eval()
        tokenizer = AutoTokenizer.from_pretrained(saved)
        labels = [model.config.id2label[i] for i in range(model.config.num_labels)]
        worst = 0.0
        for text, scores in zip(texts, ours):
            with torch.no_grad():
                logits = model(**tokenizer(text, return_tensors="pt")).logits[0]
            expected = logits.double().softmax(0)
            for i, label in enumerate(labels):
                worst = max(worst, abs(scores[label] - expected[i].item()))
    print(f"largest difference of a probability on {len(texts)} texts: {worst:.2e}")
    sys.exit(0 if worst < TOLERANCE else f"error: expected at most {TOLERANCE}")


if __name__ == "__main__":
    main()
