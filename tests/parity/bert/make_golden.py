"""Goldens of BERT from transformers (5.23.0, torch 2.13.0): weights, a ragged batch, logits, loss,
every gradient and the losses of ten AdamW steps, for small random models. Dropout is off.

    .deps/peers/bin/python tests/parity/bert/make_golden.py

writes NAME.safetensors (tensors) and NAME.json (config.json and settings) beside itself.
"""
import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification

HERE = pathlib.Path(__file__).parent
BASE = dict(vocab_size=53, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=72, max_position_embeddings=24, type_vocab_size=2,
            initializer_range=0.15, attn_implementation="eager")
CASES = {
    "gelu_single_label": dict(hidden_act="gelu", num_labels=3, problem_type="single_label_classification"),
    "gelu_new_pairs": dict(hidden_act="gelu_new", num_labels=2, problem_type="single_label_classification",
                           layer_norm_eps=1e-5),
    "relu_regression": dict(hidden_act="relu", num_labels=1, problem_type="regression"),
    "silu_multi_label": dict(hidden_act="silu", num_labels=4, problem_type="multi_label_classification"),
}
LENGTHS = [7, 1, 13, 2, 24, 5]
ADAMW = dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)


def make_batch(config, generator):
    n, length = len(LENGTHS), max(LENGTHS)
    mask = (torch.arange(length)[None] < torch.tensor(LENGTHS)[:, None]).long()
    ids = torch.randint(1, config.vocab_size, (n, length), generator=generator) * mask
    ids[2, 3] = config.pad_token_id  # a padding token that is attended to: its row has no gradient
    types = (torch.arange(length)[None] >= torch.tensor(LENGTHS)[:, None] // 2).long() * mask
    labels = {
        "single_label_classification": torch.randint(0, config.num_labels, (n,), generator=generator),
        "regression": torch.randn(n, generator=generator),
        "multi_label_classification": torch.randint(0, 2, (n, config.num_labels), generator=generator).float(),
    }[config.problem_type]
    return dict(input_ids=ids, attention_mask=mask, token_type_ids=types, labels=labels)


def make_case(name, settings):
    torch.manual_seed(7)
    config = BertConfig(**BASE, **settings)
    model = BertForSequenceClassification(config).eval()  # dropout off
    with torch.no_grad():  # so that no bias or norm weight is trivially 0 or 1
        for key, value in model.named_parameters():
            if key.endswith(("bias", "LayerNorm.weight")):
                value.add_(torch.randn_like(value) * 0.1)
    batch = make_batch(config, torch.Generator().manual_seed(11))
    out = {f"batch.{k}": v for k, v in batch.items()}
    out |= {f"model.{k}": v.detach().clone() for k, v in model.state_dict().items()}
    optimizer = torch.optim.AdamW(model.parameters(), **ADAMW)
    losses = []
    for step in range(11):
        optimizer.zero_grad()
        result = model(**batch)
        result.loss.backward()
        if step == 0:
            out["logits"] = result.logits.detach().clone()
            out["loss"] = result.loss.detach().clone()
            out |= {f"grad.{k}": v.grad.clone() for k, v in model.named_parameters()}
        losses.append(result.loss.item())
        optimizer.step()
    out["losses"] = torch.tensor(losses, dtype=torch.float64)
    save_file({k: v.contiguous() for k, v in out.items()}, HERE / f"{name}.safetensors")
    text = json.dumps({"config": config.to_dict(), "adamw": ADAMW}, indent=1)
    (HERE / f"{name}.json").write_text(text + "\n")


torch.use_deterministic_algorithms(True)
for case, case_settings in CASES.items():
    make_case(case, case_settings)
