#!/usr/bin/env python3
"""The peer of attune's training benchmarks: Hugging Face Trainer on the demo's task.

Same model, data, batch size, schedule and number of threads; dynamic padding. Prints one JSON line.
"""

import argparse
import csv
import json
import resource
import tempfile
import time

STARTED = time.time()

import torch
from transformers import (AutoModelForSequenceClassification, AutoTokenizer,
                          DataCollatorWithPadding, Trainer, TrainerCallback, TrainingArguments)

LABELS = ["negative", "positive"]


def read(path, tokenizer, limit=None):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:limit]
    encoded = tokenizer([r["text"] for r in rows], truncation=True, max_length=128)
    return [{"input_ids": encoded["input_ids"][i], "attention_mask": encoded["attention_mask"][i],
             "labels": LABELS.index(r["label"])} for i, r in enumerate(rows)]


class FirstStep(TrainerCallback):
    """Seconds from the start of the process to the end of the first update."""

    seconds = None

    def on_step_end(self, args, state, control, **kwargs):
        if self.seconds is None:
            self.seconds = time.time() - STARTED


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", required=True, help="folder with model/, train.csv, test.csv")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--max-steps", type=int, default=-1)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--frozen", action="store_true")
    parser.add_argument("--learning-rate", type=float, default=None)
    parser.add_argument("--no-evaluation", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(2)

    tokenizer = AutoTokenizer.from_pretrained(f"{args.inputs}/model")
    model = AutoModelForSequenceClassification.from_pretrained(f"{args.inputs}/model", num_labels=2)
    if args.frozen:
        for parameter in model.base_model.parameters():
            parameter.requires_grad = False
    train, test = (read(f"{args.inputs}/{name}.csv", tokenizer) for name in ("train", "test"))
    first_step = FirstStep()
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=model,
            args=TrainingArguments(
                output_dir=folder, num_train_epochs=args.epochs, max_steps=args.max_steps,
                per_device_train_batch_size=32, per_device_eval_batch_size=64, seed=args.seed,
                learning_rate=args.learning_rate or (1e-3 if args.frozen else 5e-5),
                lr_scheduler_type="linear", save_strategy="no", logging_strategy="no",
                eval_strategy="no" if args.no_evaluation else "epoch", report_to=[],
                disable_tqdm=True, use_cpu=True),
            train_dataset=train, eval_dataset=None if args.no_evaluation else test,
            data_collator=DataCollatorWithPadding(tokenizer), callbacks=[first_step],
            compute_metrics=lambda p: {"accuracy": float((p.predictions.argmax(1) == p.label_ids).mean())})
        result = trainer.train()
    history = [entry["eval_accuracy"] for entry in trainer.state.log_history if "eval_accuracy" in entry]
    print(json.dumps({
        "samples_per_second": result.metrics["train_samples_per_second"],
        "train_runtime": result.metrics["train_runtime"], "accuracy_by_epoch": history,
        "seconds_to_first_step": first_step.seconds, "process_seconds": time.time() - STARTED,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
