"""Goldens of MobileNetV2 from torchvision (0.28.0) and transformers (5.23.0), torch 2.13.0, and of
Keras' form: real weights (--shared), run here with torch functions and Keras' explicit padding.

    .deps/peers/bin/python tests/parity/mobilenet_v2/make_golden.py [--shared FOLDER]
"""
import argparse
import json
import pathlib
import sys

import numpy as np
import torch
from torch.nn import functional as F
from torchvision.models import MobileNetV2
from transformers import MobileNetV2Config, MobileNetV2ForImageClassification

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "images"))
from golden import digest, make_golden, numbers, values  # noqa: E402

torch.use_deterministic_algorithms(True)
arguments = argparse.ArgumentParser()
arguments.add_argument("--shared", type=pathlib.Path, default=HERE.parents[3] / "shared")
shared = arguments.parse_args().shared

tv = dict(model_type="mobilenet_v2", depth_multiplier=0.4, tf_padding=False, layer_norm_eps=1e-5,
          classifier_dropout_prob=0.0, num_labels=3)
# torchvision keeps 1280 channels at the end and rounds as transformers does. Seventeen blocks on few
# values are chaotic: with greater steps rounding alone decides where ten of them lead.
make_golden(HERE, "torchvision", MobileNetV2(num_classes=3, width_mult=0.4, dropout=0.0),
            lambda net, pixels: net(pixels), tv, side=96, lr=0.0005)

for name, settings in {
    "huggingface": dict(depth_multiplier=0.25, finegrained_output=False),
    "huggingface_odd": dict(depth_multiplier=0.3, finegrained_output=False, min_depth=4, depth_divisible_by=4,
                            expand_ratio=3.0, num_channels=1, tf_padding=True),
}.items():
    config = MobileNetV2Config(num_labels=3, classifier_dropout_prob=0.0, **settings)
    model = MobileNetV2ForImageClassification(config)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.1  # transformers has 0.997, TensorFlow's number for the other part
    make_golden(HERE, name, model, lambda net, pixels: net(pixel_values=pixels).logits, config.to_dict(),
                channels=config.num_channels, side=97 if name.endswith("odd") else 96, lr=0.0005)


def keras_features(folder, pixels):
    """Keras' MobileNetV2 to the end of its last convolution, written from its topology."""
    manifest = json.loads((folder / "model.json").read_text())["weightsManifest"][0]
    raw = np.fromfile(folder / manifest["paths"][0], "<f4")
    weights, at = {}, 0
    for entry in manifest["weights"]:
        count = int(np.prod(entry["shape"]))
        weights[entry["name"]] = torch.from_numpy(raw[at:at + count].reshape(entry["shape"]).copy())
        at += count
    assert at == raw.size

    def norm(x, name):
        w = [weights[f"{name}/{k}"] for k in ("moving_mean", "moving_variance", "gamma", "beta")]
        return F.batch_norm(x, *w, eps=1e-3)

    def conv(x, name, stride=1):
        kernel = weights[f"{name}/kernel"].permute(3, 2, 0, 1)
        return F.conv2d(F.pad(x, (0, 1, 0, 1)) if stride == 2 else x, kernel, stride=stride)

    def depthwise(x, name, stride):
        kernel = weights[f"{name}/depthwise_kernel"].permute(2, 3, 0, 1)
        x = F.pad(x, (0, 1, 0, 1)) if stride == 2 else F.pad(x, (1, 1, 1, 1))
        return F.conv2d(x, kernel, stride=stride, groups=kernel.shape[0])

    x = F.relu6(norm(conv(pixels, "Conv1", 2), "bn_Conv1"))
    for block in range(17):
        begin = "expanded_conv" if block == 0 else f"block_{block}"
        y = x
        if block:
            y = F.relu6(norm(conv(y, f"{begin}_expand"), f"{begin}_expand_BN"))
        stride = 2 if block in (1, 3, 6, 13) else 1
        y = F.relu6(norm(depthwise(y, f"{begin}_depthwise", stride), f"{begin}_depthwise_BN"))
        y = norm(conv(y, f"{begin}_project"), f"{begin}_project_BN")
        x = x + y if x.shape == y.shape else y
    return F.relu6(norm(conv(x, "Conv_1"), "Conv_1_bn"))


folder = shared / "data" / "weights-mobilenetv2-035"
if folder.exists():
    shape = (2, 3, 96, 96)
    features = keras_features(folder, (2 * values("pixels", shape) - 1).float()).mean((2, 3))
    golden = {"pixels": shape, "features": digest(features), "first": numbers(features[0, :64])}
    (HERE / "keras_035.json").write_text(json.dumps(golden) + "\n")
else:
    print(f"{folder} is not there: keras_035.json stays as it is")
