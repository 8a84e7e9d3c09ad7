"""Writes optim.json: ten updates by torch.optim and transformers' Adafactor, and the learning rates of
transformers' and torch's schedules, for optimizer_parity_test.cc and schedule_parity_test.cc."""

import json
import math
import pathlib

import torch
from transformers import get_scheduler
from transformers.optimization import Adafactor

SHAPES = {"matrix": [5, 7], "vector": [7], "stack": [2, 3, 4], "idle": [4, 3]}
STEPS = 10


def make_data():
    generator = torch.Generator().manual_seed(7)
    start = {n: torch.randn(s, generator=generator) for n, s in SHAPES.items()}
    gradients = [
        {n: torch.randn(s, generator=generator) * (0.1 + i % 3) for n, s in SHAPES.items()}
        for i in range(STEPS)
    ]
    for i, step in enumerate(gradients):
        if i < 4:
            step["idle"].zero_()  # an embedding row that occurs late
    return start, gradients


OPTIMIZERS = [
    ("adamw", 1e-3, 0.1, {}, lambda p, lr, wd: torch.optim.AdamW(p, lr=lr, weight_decay=wd)),
    ("adamw", 5e-5, 0.0, {}, lambda p, lr, wd: torch.optim.AdamW(p, lr=lr, weight_decay=wd)),
    ("adamw", 1e-2, 0.01, {"adam_beta1": 0.8, "adam_beta2": 0.95, "adam_epsilon": 1e-6},
     lambda p, lr, wd: torch.optim.AdamW(p, lr=lr, weight_decay=wd, betas=(0.8, 0.95), eps=1e-6)),
    ("adam", 1e-2, 0.05, {}, lambda p, lr, wd: torch.optim.Adam(p, lr=lr, weight_decay=wd)),
    ("sgd", 1e-1, 0.01, {"momentum": 0.9},
     lambda p, lr, wd: torch.optim.SGD(p, lr=lr, weight_decay=wd, momentum=0.9)),
    ("sgd", 1e-2, 0.0, {"momentum": 0.0}, lambda p, lr, wd: torch.optim.SGD(p, lr=lr)),
    ("adafactor", 1e-3, 0.0, {}, lambda p, lr, wd: Adafactor(
        p, lr=lr, weight_decay=wd, scale_parameter=False, relative_step=False)),
    ("adafactor", 1e-2, 0.01, {}, lambda p, lr, wd: Adafactor(
        p, lr=lr, weight_decay=wd, scale_parameter=False, relative_step=False)),
]


def run_optimizer(name, rate, decay, options, make, start, gradients):
    parameters = {n: torch.nn.Parameter(t.clone()) for n, t in start.items()}
    optimizer = make(list(parameters.values()), rate, decay)
    values = []
    for i, step in enumerate(gradients):
        for group in optimizer.param_groups:
            group["lr"] = rate * (STEPS - i) / STEPS
        for n, parameter in parameters.items():
            parameter.grad = step[n].clone()
        optimizer.step()
        values.append({n: p.detach().flatten().tolist() for n, p in parameters.items()})
    return {"optim": name, "learning_rate": rate, "weight_decay": decay, "options": options,
            "first": values[0], "last": values[-1]}


def rates(scheduler_of, rate, total):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler = scheduler_of(optimizer)
    result = []
    for _ in range(total):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return result


def schedules():
    result = []

    def add(name, total, warmup, options, scheduler_of, rate=3e-4):
        result.append({"lr_scheduler_type": name, "total": total, "warmup_steps": warmup,
                       "learning_rate": rate, "options": options,
                       "rates": rates(scheduler_of, rate, total)})

    for name, options, special in [
        ("linear", {}, {}), ("cosine", {}, {}), ("constant_with_warmup", {}, {}),
        ("cosine", {"lr_num_cycles": 1.5}, {"num_cycles": 1.5}), ("polynomial", {}, {}),
        ("polynomial", {"lr_power": 2.0, "lr_end": 1e-5}, {"power": 2.0, "lr_end": 1e-5}),
        ("inverse_sqrt", {}, {}), ("inverse_sqrt", {"lr_timescale": 20}, {"timescale": 20}),
    ]:
        for warmup in (0, 7):
            add(name, 40, warmup, options,
                lambda o, n=name, w=warmup, s=special: get_scheduler(n, o, w, 40, s))
    # As a settings file says it: `lr_scheduler_kwargs`.
    for name, kwargs in [
        ("cosine_with_restarts", {}), ("cosine_with_restarts", {"num_cycles": 3}),
        ("cosine_with_min_lr", {"min_lr": 1e-4}),
        ("cosine_with_min_lr", {"min_lr_rate": 0.2, "num_cycles": 1.5}),
        ("cosine_warmup_with_min_lr", {"min_lr": 3e-5}),
        ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1, "warmup_lr_rate": 0.05}),
        ("warmup_stable_decay", {"num_decay_steps": 10}),
        ("warmup_stable_decay", {"num_decay_steps": 12, "min_lr_ratio": 0.1, "warmup_type": "cosine",
                                 "decay_type": "linear"}),
        ("warmup_stable_decay", {"num_decay_steps": 8, "num_stable_steps": 15, "warmup_type": "1-sqrt",
                                 "decay_type": "1-sqrt", "min_lr_ratio": 0.05}),
        ("warmup_stable_decay", {"num_decay_steps": 60, "num_cycles": 1.5}),
        ("polynomial", {"power": 3.0, "lr_end": 2e-5}),
    ]:
        for warmup in (0, 7):
            add(name, 40, warmup, {"lr_scheduler_kwargs": kwargs},
                lambda o, n=name, w=warmup, s=kwargs: get_scheduler(n, o, w, 40, s))
    for total, options, special in [
        (40, {}, {}),
        (23, {"lr_pct_start": 0.5, "lr_div_factor": 10.0, "lr_final_div_factor": 100.0},
         {"pct_start": 0.5, "div_factor": 10.0, "final_div_factor": 100.0}),
    ]:
        add("one_cycle", total, 0, options,
            lambda o, t=total, s=special: torch.optim.lr_scheduler.OneCycleLR(
                o, max_lr=3e-4, total_steps=t, cycle_momentum=False, **s))
    return result


def slanted_triangular():
    # Howard and Ruder 2018, equation 3.
    total, cut_frac, ratio, peak = 50, 0.1, 32, 0.01
    cut = math.floor(total * cut_frac)
    values = []
    for t in range(total):
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
        values.append(peak * (1 + p * (ratio - 1)) / ratio)
    return {"lr_scheduler_type": "slanted_triangular", "total": total, "warmup_steps": 0,
            "learning_rate": peak, "options": {}, "rates": values}


def plateau():
    metrics = [1.0, 0.9, 0.95, 0.9, 0.91, 0.92, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86, 0.87]
    cases = []
    for mode in ("min", "max"):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-2)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, mode=mode, factor=0.3, patience=2, threshold=1e-3, min_lr=5e-4)
        values = []
        for metric in metrics:
            scheduler.step(metric)
            values.append(optimizer.param_groups[0]["lr"])
        cases.append({"greater_is_better": mode == "max", "metrics": metrics, "rates": values})
    return cases


def main():
    start, gradients = make_data()
    golden = {
        "shapes": SHAPES,
        "start": {n: t.flatten().tolist() for n, t in start.items()},
        "gradients": [{n: t.flatten().tolist() for n, t in s.items()} for s in gradients],
        "optimizers": [run_optimizer(*case, start, gradients) for case in OPTIMIZERS],
        "clip": {"max_norm": 1.0, "norm": float(torch.nn.utils.get_total_norm(
            list(gradients[1].values())))},
        "schedules": schedules() + [slanted_triangular()],
        "plateau": plateau(),
    }
    path = pathlib.Path(__file__).with_name("optim.json")
    path.write_text(json.dumps(golden) + "\n")
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
