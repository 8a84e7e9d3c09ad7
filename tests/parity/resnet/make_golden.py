"""Goldens of ResNet from torchvision (0.28.0) and transformers (5.23.0), torch 2.13.0, and of the
CIFAR form, written out here after He et al. 2016 section 4.2. Narrow networks, random weights.

    .deps/peers/bin/python tests/parity/resnet/make_golden.py
"""
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from transformers import ResNetConfig, ResNetForImageClassification

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "images"))
from golden import make_golden  # noqa: E402

torch.use_deterministic_algorithms(True)
torch.manual_seed(0)


class CifarBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.stride, self.pad = stride, (cout - cin) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        x = x[:, :, ::self.stride, ::self.stride]
        return F.relu(y + F.pad(x, (0, 0, 0, 0, self.pad, self.pad)))


class CifarResNet(nn.Module):
    def __init__(self, n, widths, classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0])
        cin = widths[0]
        for s, width in enumerate(widths):
            blocks = []
            for i in range(n):
                blocks.append(CifarBlock(cin, width, 2 if s and i == 0 else 1))
                cin = width
            setattr(self, f"layer{s + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(cin, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def torchvision_resnet(block, layers, classes=3, **settings):
    """torchvision's network has fixed widths: all convolutions are made 8 times narrower."""
    narrow = ResNet(block, layers, num_classes=classes, **settings)

    def shrink(module):
        for key, child in list(module.named_children()):
            if isinstance(child, nn.Conv2d):
                cin = child.in_channels if child.in_channels == 3 else child.in_channels // 8
                cout = child.out_channels // 8
                setattr(module, key, nn.Conv2d(cin, cout, child.kernel_size, child.stride, child.padding,
                                               groups=min(child.groups, cout), bias=False))
            elif isinstance(child, nn.BatchNorm2d):
                setattr(module, key, nn.BatchNorm2d(child.num_features // 8))
            elif isinstance(child, nn.Linear):
                setattr(module, key, nn.Linear(child.in_features // 8, classes))
            else:
                shrink(child)

    shrink(narrow)
    return narrow


def plain(model, pixels):
    return model(pixels)


def hugging_face(model, pixels):
    return model(pixel_values=pixels).logits


basic = dict(model_type="resnet", embedding_size=8, hidden_sizes=[8, 16, 32, 64], depths=[1, 1, 1, 1],
             layer_type="basic", num_labels=3)
make_golden(HERE, "torchvision_basic", torchvision_resnet(BasicBlock, [1, 1, 1, 1]), plain, basic, side=64)
grouped = dict(model_type="resnet", embedding_size=8, hidden_sizes=[32, 64, 128, 256], depths=[1, 1, 1, 1],
               layer_type="bottleneck", groups=4, width_per_group=32, num_labels=3)
# groups 4 of width 32: the inner width is hidden / 4 * 32 / 64 * 4 = hidden / 2, as 8 times narrowed.
make_golden(HERE, "torchvision_grouped",
            torchvision_resnet(Bottleneck, [1, 1, 1, 1], groups=4, width_per_group=32), plain, grouped, side=64)
cifar = dict(model_type="resnet", embedding_size=8, hidden_sizes=[8, 16, 32], depths=[2, 2, 2],
             layer_type="basic", stem="cifar", shortcut="zero_pad", num_labels=4)
make_golden(HERE, "cifar", CifarResNet(2, [8, 16, 32], 4), plain, cifar)

for name, settings in {
    "huggingface_basic": dict(layer_type="basic", hidden_sizes=[8, 16, 24], depths=[2, 1, 1],
                              downsample_in_first_stage=True, num_channels=1),
    "huggingface_bottleneck": dict(layer_type="bottleneck", hidden_sizes=[16, 32, 64], depths=[2, 1, 2]),
    "huggingface_v1": dict(layer_type="bottleneck", hidden_sizes=[16, 32], depths=[2, 2],
                           downsample_in_bottleneck=True),
}.items():
    config = ResNetConfig(embedding_size=8, num_labels=3, **settings)
    make_golden(HERE, name, ResNetForImageClassification(config), hugging_face, config.to_dict(),
                channels=config.num_channels, side=64)
