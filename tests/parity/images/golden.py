"""What the goldens of the image families have in common: a small network runs in evaluation and in
training mode, gives every gradient and takes ten SGD steps, the running statistics of batch
normalisation included. Weights and pixels are not stored: both sides compute them from the names
(`values`, `fill`); of large results `digest` is stored. All is computed in double precision, so that what differs is
structure and not rounding."""
import json
import pathlib

import numpy as np
import torch

SGD = dict(momentum=0.9, weight_decay=1e-3)
STEPS = 10


def values(name, shape):
    """Uniform in [0, 1), a function of the name and the index: FNV-1a, then a splitmix64 round."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        x = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ np.uint64(key)) * np.uint64(0xBF58476D1CE4E5B9)
        x ^= x >> np.uint64(27)
        x *= np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    u = (x >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return torch.from_numpy(u.reshape(shape))


def fill(name, tensor):
    """So that no scale is 1, no shift 0 and no statistic that of a fresh network."""
    if name.endswith("num_batches_tracked"):
        return
    u = values(name, tuple(tensor.shape))
    if tensor.dim() == 4:
        u = (2 * u - 1) * (4.5 / tensor[0].numel()) ** 0.5
    elif tensor.dim() == 2:
        u = (2 * u - 1) * min(0.5, 4 / tensor.shape[1] ** 0.5)
    elif name.endswith("running_var"):
        u = 0.5 + u
    elif name.endswith("weight"):
        u = 0.6 + 0.8 * u
    else:
        u = 0.6 * u - 0.3
    tensor.copy_(u.float())  # values that single precision holds


def digest(tensor):
    """Sum, sum of magnitudes, greatest magnitude, two products with fixed vectors, 16 samples."""
    flat = tensor.detach().double().flatten()
    i = torch.arange(flat.numel(), dtype=torch.float64)
    samples = flat[torch.arange(16) * flat.numel() // 16]
    head = torch.stack([flat.sum(), flat.abs().sum(), flat.abs().max(), (flat * torch.cos(i)).sum(),
                        (flat * torch.sin(0.7 * i)).sum()])
    return numbers(torch.cat([head, samples]))


def numbers(tensor):
    return [float(f"{x:.12g}") for x in tensor.detach().flatten().tolist()]


def make_golden(folder, name, model, logits_of, config, channels=3, side=32, batch=4, lr=0.02):
    """Writes NAME.json. `logits_of(model, pixels)`; dropout must be off."""
    model.double()
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            fill(key, tensor)
    shape = (batch, channels, side, side)
    pixels = (3 * values("pixels", shape) - 1.5).float().double()
    loss_of = torch.nn.functional.cross_entropy
    model.eval()
    logits = logits_of(model, pixels)
    labels = torch.arange(batch) % logits.shape[1]
    out = {"config": config, "sgd": {"lr": lr, **SGD}, "pixels": shape,
           "tensors": {k: list(v.shape) for k, v in model.state_dict().items()},
           "logits_eval": numbers(logits)}
    loss_of(logits, labels).backward()  # what frozen statistics give
    out["gradients_eval"] = {k: digest(v.grad) for k, v in model.named_parameters()}
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, **SGD)
    out["losses"] = []
    for step in range(STEPS):
        optimizer.zero_grad()
        logits = logits_of(model, pixels)
        loss = loss_of(logits, labels)
        loss.backward()
        if step == 0:
            out["logits_train"] = numbers(logits)
            out["gradients_train"] = {k: digest(v.grad) for k, v in model.named_parameters()}
        out["losses"].append(loss.item())
        optimizer.step()
    out["after"] = {k: digest(v) for k, v in model.state_dict().items()}
    out["logits_after"] = numbers(logits_of(model.eval(), pixels))
    path = pathlib.Path(folder) / f"{name}.json"
    text = json.dumps(out, separators=(",", ":"))
    for key in out:  # a line each
        text = text.replace(f'"{key}":', f'\n"{key}":', 1)
    path.write_text(text + "\n")
    print(name, path.stat().st_size // 1024, "KiB", "losses", out["losses"][0], out["losses"][-1])
