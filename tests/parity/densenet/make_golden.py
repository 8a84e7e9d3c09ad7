"""Goldens of DenseNet from torchvision (0.28.0), torch 2.13.0. Narrow networks.

    .deps/peers/bin/python tests/parity/densenet/make_golden.py
"""
import pathlib
import sys

import torch
from torchvision.models import DenseNet

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "images"))
from golden import make_golden  # noqa: E402

torch.use_deterministic_algorithms(True)
for name, channels, settings in [
    ("rgb", 3, dict(growth_rate=8, block_config=(2, 3, 2), num_init_features=12, bn_size=2)),
    ("grey", 1, dict(growth_rate=6, block_config=(1, 2), num_init_features=8, bn_size=4)),
]:
    model = DenseNet(num_classes=3, **settings)
    if channels != 3:
        model.features.conv0 = torch.nn.Conv2d(channels, settings["num_init_features"], 7, 2, 3, bias=False)
    config = dict(model_type="densenet", num_labels=3, num_channels=channels, **settings)
    make_golden(HERE, name, model, lambda net, pixels: net(pixels), config, channels=channels, side=64)
