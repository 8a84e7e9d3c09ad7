"""What the goldens of the detector families have in common: a small network with values computed from
names (tests/parity/images/golden.py) gives raw outputs, the boxes they mean and every gradient of a
fixed sum over both, in evaluation and in training mode. All in double precision; of large results
digests are stored."""
import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "images"))
from golden import digest, fill, numbers, values  # noqa: E402, F401


def weights_like(name, tensor):
    return 2 * values(name, tuple(tensor.shape)) - 1


def loss_of(outputs, boxes):
    """A sum that is different for each value. Boxes count little: their sides are exponentials."""
    total = sum((out * weights_like(f"output {i}", out)).sum() for i, out in enumerate(outputs))
    return total + 1e-3 * (boxes * weights_like("boxes", boxes)).sum()


def make_golden(folder, name, model, boxes_of, settings, channels=3, side=64, batch=2):
    """`boxes_of(outputs)`: [N, P, 4] corners. `settings`: what config.json says."""
    model.double()
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            fill(key, tensor)
            if tensor.dim() == 4:
                tensor.copy_((tensor * 0.6).float())  # so that exponentials stay small
    pixels = values("pixels", (batch, channels, side, side)).float().double()
    golden = {"config": settings, "pixels": [batch, channels, side, side],
              "tensors": {k: list(v.shape) for k, v in model.state_dict().items()}}
    for mode in ("eval", "train"):
        model.train(mode == "train")
        model.zero_grad()
        outputs = model(pixels)
        boxes = boxes_of(outputs)
        loss_of(outputs, boxes).backward()
        golden[f"outputs_{mode}"] = [digest(out) for out in outputs]
        golden[f"boxes_{mode}"] = digest(boxes)
        golden[f"gradients_{mode}"] = {k: digest(v.grad) for k, v in model.named_parameters()
                                       if v.requires_grad}
    golden["shapes"] = [list(out.shape) for out in outputs]
    golden["after"] = {k: digest(v) for k, v in model.state_dict().items() if "running" in k}
    path = pathlib.Path(folder) / f"{name}.json"
    golden = json.loads(json.dumps(golden), parse_float=lambda x: float(f"{float(x):.9g}"))
    text = json.dumps(golden, separators=(",", ":"))
    for key in golden:  # a line each
        text = text.replace(f'"{key}":', f'\n"{key}":', 1)
    path.write_text(text + "\n")
    print(name, path.stat().st_size // 1024, "KiB", "largest box", float(boxes.detach().abs().max()))
