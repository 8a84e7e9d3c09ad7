"""Goldens of wav2vec 2.0 and HuBERT from transformers (5.24.0, torch 2.15.0): weights, a ragged batch
with fixed masks, features, logits, CTC loss, every gradient and the losses of ten AdamW steps, for
small random models; numbers of masked spans; names and shapes of published checkpoints.
Dropout and LayerDrop are off.

    .deps/peers/bin/python tests/parity/wav2vec2/make_golden.py

writes NAME.safetensors (tensors) and NAME.json (config.json and settings), spans.json, checkpoints.json
and two of these models as fairseq would have saved them beside itself. Frames of the clips are stored
end to end.
"""
import argparse
import json
import pathlib
import re
from unittest import mock

import numpy as np
import torch
from omegaconf import OmegaConf
from safetensors.torch import save_file
from transformers import HubertConfig, HubertForCTC, Wav2Vec2Config, Wav2Vec2ForCTC, Wav2Vec2ForPreTraining
from transformers.models.hubert import modeling_hubert
from transformers.models.wav2vec2 import modeling_wav2vec2

HERE = pathlib.Path(__file__).parent
BASE = dict(vocab_size=11, hidden_size=24, num_hidden_layers=2, num_attention_heads=4,
            intermediate_size=40, conv_dim=(12, 16, 20), conv_kernel=(10, 3, 2), conv_stride=(5, 2, 2),
            num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=3, initializer_range=0.2,
            hidden_dropout=0.0, activation_dropout=0.0, attention_dropout=0.0, feat_proj_dropout=0.0,
            final_dropout=0.0, layerdrop=0.0, mask_time_prob=0.3, mask_time_length=3,
            mask_feature_prob=0.2, mask_feature_length=4, attn_implementation="eager")
LAYER = dict(feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True)
CASES = {
    # Clips one by one: padding has no part in the statistics of group norm.
    "group_post": dict(ctc_loss_reduction="sum"),
    # An odd kernel; a clip that is too short for its labels.
    "layer_stable": dict(**LAYER, num_conv_pos_embeddings=7, ctc_loss_reduction="mean",
                         ctc_zero_infinity=True, hidden_act="gelu_new"),
    "adapters": dict(**LAYER, adapter_attn_dim=5, ctc_loss_reduction="mean", pad_token_id=10),
    "hubert": dict(ctc_loss_reduction="mean", feat_proj_layer_norm=False),
    # The original behaviour: padding is counted by group norm, attention leaves it out.
    "padded_statistics": dict(ctc_loss_reduction="sum"),
}
SAMPLES = [611, 230, 1003, 340]
LABELS = [[3, 3, 7], [1], [2, 5, 5, 9, 4, 8], [6, 2]]
ADAMW = dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)


def old_name(name):
    return (name.replace("parametrizations.weight.original0", "weight_g")
                .replace("parametrizations.weight.original1", "weight_v"))


def make_model(name, settings):
    hubert = name == "hubert"
    torch.manual_seed(7)
    config = (HubertConfig if hubert else Wav2Vec2Config)(**{**BASE, **settings})
    model = (HubertForCTC if hubert else Wav2Vec2ForCTC)(config)
    generator = torch.Generator().manual_seed(13)
    with torch.no_grad():  # so that no bias or norm weight is trivially 0 or 1
        for key, value in model.named_parameters():
            if value.dim() == 1 or key.endswith("original0"):
                value.add_(torch.randn(value.shape, generator=generator) * 0.1)
    return config, model


class Case:
    def __init__(self, name, config, model):
        self.name, self.config, self.model = name, config, model
        generator = torch.Generator().manual_seed(11)
        self.audio = [torch.randn(n, generator=generator) for n in SAMPLES]
        self.labels = [list(line) for line in LABELS]
        if name == "layer_stable":
            self.labels[1] = [4] * 9  # needs 17 frames
        self.frames = [int(model._get_feat_extract_output_lengths(torch.tensor(n))) for n in SAMPLES]
        self.time = [torch.rand(t, generator=generator) < 0.3 for t in self.frames]
        self.features = torch.rand(len(SAMPLES), config.hidden_size, generator=generator) < 0.15
        self.alone = name in ("group_post", "hubert")

    def batches(self):
        every = range(len(SAMPLES))
        return [[n] for n in every] if self.alone else [list(every)]

    def run(self, clips):
        longest = max(SAMPLES[n] for n in clips)
        audio = torch.stack([torch.nn.functional.pad(self.audio[n], (0, longest - SAMPLES[n])) for n in clips])
        mask = torch.stack([(torch.arange(longest) < SAMPLES[n]).long() for n in clips])
        width = max(len(self.labels[n]) for n in clips)
        labels = torch.tensor([self.labels[n] + [-100] * (width - len(self.labels[n])) for n in clips])
        most = max(self.frames[n] for n in clips)
        time = torch.stack([torch.nn.functional.pad(self.time[n], (0, most - self.frames[n])) for n in clips])

        def fixed(shape, **_):
            chosen = self.features[clips] if shape[1] == self.config.hidden_size else time
            assert chosen.shape == torch.Size(shape), (chosen.shape, shape)
            return chosen.numpy()

        assert most != self.config.hidden_size
        module = modeling_hubert if self.name == "hubert" else modeling_wav2vec2
        with mock.patch.object(module, "_compute_mask_indices", fixed):
            result = self.model(audio, attention_mask=mask, labels=labels)
        with torch.no_grad():
            body = self.model.hubert if self.name == "hubert" else self.model.wav2vec2
            features = body.feature_extractor(audio).transpose(1, 2)
        return result, features

    def loss(self):
        """Of the whole batch, and the frames of all clips end to end."""
        losses, logits, features = [], [], []
        for clips in self.batches():
            result, conv = self.run(clips)
            losses.append(result.loss)
            for i, n in enumerate(clips):
                logits.append(result.logits[i, : self.frames[n]].detach())
                features.append(conv[i, : self.frames[n]])
        loss = torch.stack(losses).sum()
        if self.config.ctc_loss_reduction == "mean":
            loss = loss / len(losses)
        return loss, torch.cat(logits), torch.cat(features)


def make_case(name, settings):
    config, model = make_model(name, settings)
    case = Case(name, config, model)
    # Both layouts of the positional convolution's weight are read.
    stored = old_name if name in ("group_post", "adapters") else lambda key: key
    out = {f"model.{stored(k)}": v.detach().clone() for k, v in model.state_dict().items()}
    out["batch.samples"] = torch.cat(case.audio)
    out["batch.clips"] = torch.tensor(SAMPLES)
    out["batch.labels"] = torch.tensor(sum(case.labels, []))
    out["batch.label_lengths"] = torch.tensor([len(line) for line in case.labels])
    out["batch.time_mask"] = torch.cat(case.time)
    out["batch.feature_mask"] = case.features
    model.eval()
    with torch.no_grad():
        loss, logits, features = case.loss()
    out |= {"features": features, "logits": logits, "loss": loss}
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), **ADAMW)
    losses = []
    for step in range(11):
        optimizer.zero_grad()
        loss, logits, _ = case.loss()
        loss.backward()
        if step == 0:
            out |= {"masked_logits": logits, "masked_loss": loss.detach().clone()}
            out |= {f"grad.{old_name(k)}": v.grad.clone() for k, v in model.named_parameters()}
        losses.append(loss.item())
        optimizer.step()
    out["losses"] = torch.tensor(losses, dtype=torch.float64)
    save_file({k: v.contiguous() for k, v in out.items()}, HERE / f"{name}.safetensors")
    settings = {"config": config.to_dict() | {"attune_padded_statistics": name == "padded_statistics"}, "adamw": ADAMW}
    (HERE / f"{name}.json").write_text(json.dumps(settings, indent=1) + "\n")
    if name == "layer_stable":
        make_finetuned_fairseq(config, out)
    if name == "group_post":
        make_pretrained_fairseq(config, out)
    print(name, "losses", losses[0], losses[-1], "frames", case.frames)


def fairseq_name(name, norm):
    """By fairseq/models/wav2vec/wav2vec2.py, ConvFeatureExtractionModel and TransformerEncoder."""
    for pattern, replacement in (
            (r"^wav2vec2\.", ""), (r"conv_layers\.(\d+)\.conv", r"conv_layers.\1.0"),
            (r"conv_layers\.(\d+)\.layer_norm", r"conv_layers.\1." + norm),
            (r"feature_projection\.projection", "post_extract_proj"), (r"feature_projection\.layer_norm", "layer_norm"),
            (r"masked_spec_embed", "mask_emb"), (r"encoder\.pos_conv_embed\.conv", "encoder.pos_conv.0"),
            (r"(layers\.\d+)\.attention", r"\1.self_attn"), (r"(layers\.\d+)\.layer_norm", r"\1.self_attn_layer_norm"),
            (r"feed_forward\.intermediate_dense", "fc1"), (r"feed_forward\.output_dense", "fc2")):
        name = re.sub(pattern, replacement, name)
    return name


def fairseq_settings(config, **others):
    convs = " + ".join(f"[({d}, {k}, {s})]" for d, k, s in zip(config.conv_dim, config.conv_kernel, config.conv_stride))
    return dict(encoder_layers=config.num_hidden_layers, encoder_embed_dim=config.hidden_size,
                encoder_ffn_embed_dim=config.intermediate_size, encoder_attention_heads=config.num_attention_heads,
                conv_feature_layers=convs, conv_pos=config.num_conv_pos_embeddings,
                conv_pos_groups=config.num_conv_pos_embedding_groups, conv_bias=config.conv_bias, **others)


def model_tensors(out):
    return {old_name(k.removeprefix("model.")): v for k, v in out.items() if k.startswith("model.")}


def make_finetuned_fairseq(config, out):
    """As of 2020: settings in namespaces, those of the pre-trained model in those of the fine-tuned one."""
    tensors = {}
    for name, value in model_tensors(out).items():
        head = name.startswith("lm_head.")
        tensors["w2v_encoder." + (name.replace("lm_head", "proj") if head else
                                  "w2v_model." + fairseq_name(name, "2.1"))] = value
    inner = argparse.Namespace(arch="wav2vec2", extractor_mode="layer_norm", layer_norm_first=True,
                               **fairseq_settings(config, activation_fn="gelu_accurate"))
    args = argparse.Namespace(arch="wav2vec_ctc", mask_prob=0.5, w2v_args=inner)
    torch.save({"args": args, "model": tensors, "optimizer_history": [], "extra_state": {"epoch": 3}},
               HERE / "fairseq_finetuned.pt")


def make_pretrained_fairseq(config, out):
    """As of 2021: settings in OmegaConf's objects; heads of pre-training beside the encoder."""
    tensors = {fairseq_name(name, "2"): value for name, value in model_tensors(out).items() if not name.startswith("lm_head")}
    tensors |= {"quantizer.vars": torch.zeros(1, 4, 3), "project_q.weight": torch.zeros(3, 4), "final_proj.weight": torch.zeros(3, 4)}
    model = dict(_name="wav2vec2", extractor_mode="default", layer_norm_first=False, **fairseq_settings(config, activation_fn="gelu"))
    cfg = OmegaConf.create({"_name": None, "task": {"normalize": False}, "model": model})
    torch.save({"args": None, "cfg": cfg, "model": tensors}, HERE / "fairseq_pretrained.pt")


def make_spans():
    """Spans of one clip without padding, by the draw that rounds them."""
    cases = []
    for length in (10, 11, 19, 20, 37, 49, 150, 499):
        for probability, span, least in ((0.05, 10, 2), (0.65, 10, 0), (0.5, 3, 2), (0.9, 10, 8), (0.01, 4, 0)):
            for draw in (0.0, 0.3, 0.97):
                counted = []

                def choice(starts, count, replace):
                    counted.append(int(count))
                    return starts[:count]

                with mock.patch.object(np.random, "rand", lambda _: np.array([draw])), \
                        mock.patch.object(np.random, "choice", choice):
                    modeling_wav2vec2._compute_mask_indices((1, length), probability, span, min_masks=least)
                cases.append([length, probability, span, least, draw, counted[0] if counted else 0])
    (HERE / "spans.json").write_text(json.dumps(cases).replace("], ", "],\n ") + "\n")


def make_checkpoints():
    """Names and shapes of what is published, in the layout of its time."""
    large = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096)
    found = {}
    for name, cls, config in (
            ("facebook/wav2vec2-base-960h", Wav2Vec2ForCTC, Wav2Vec2Config()),
            ("facebook/wav2vec2-base", Wav2Vec2ForPreTraining, Wav2Vec2Config()),
            ("facebook/wav2vec2-large-960h-lv60-self", Wav2Vec2ForCTC, Wav2Vec2Config(**large, **LAYER)),
            ("facebook/hubert-large-ls960-ft", HubertForCTC, HubertConfig(**large, **LAYER))):
        with torch.device("meta"):
            model = cls(config)
        found[name] = {"config": config.to_diff_dict() | {"model_type": config.model_type},
                       "tensors": {old_name(k): list(v.shape) for k, v in model.state_dict().items()}}
    text = json.dumps(found, separators=(",", ":")).replace("],", "],\n").replace("{", "{\n")
    (HERE / "checkpoints.json").write_text(text + "\n")


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    for case_name, case_settings in CASES.items():
        make_case(case_name, case_settings)
    make_spans()
    make_checkpoints()
