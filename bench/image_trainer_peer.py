"""The plain PyTorch and torchvision loop that attune's image training is measured beside.

usage: image_trainer_peer.py cifar --train DIR --test DIR --weights FILE.th [--epochs 4]
       image_trainer_peer.py resnet50 --train DIR [--epochs 1] [--frozen] [--batch 16]

Prints one JSON object. channels_last, fp32, as many worker processes as cores.
"""

import argparse
import json
import time

import torch
import torchvision
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NORMALIZE = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]


class BasicBlock(nn.Module):
    """He et al. 2015, section 4.2, shortcuts of option A."""

    def __init__(self, width_in, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(width_in, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.stride, self.pad = stride, (width - width_in) // 2

    def forward(self, x):
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if self.stride != 1 or self.pad:
            x = nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return torch.relu(out + x)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        width_in = 16
        for i, width in enumerate((16, 32, 64), 1):
            blocks = [BasicBlock(width_in if k == 0 else width, width, 2 if k == 0 and i > 1 else 1)
                      for k in range(3)]
            setattr(self, f"layer{i}", nn.Sequential(*blocks))
            width_in = width
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def accuracy(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for pixels, labels in loader:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
            right += (model(pixels).argmax(1) == labels).sum().item()
            total += len(labels)
    return right / total


def train(model, loader, epochs, optimizer, scheduler=None, body=None):
    """Samples a second; with `body` its outputs are computed anew each time, without gradient."""
    begin, samples = time.perf_counter(), 0
    for _ in range(epochs):
        model.train()
        if body is not None:
            body.eval()
        for pixels, labels in loader:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
            if body is not None:
                with torch.no_grad():
                    pixels = body(pixels).flatten(1)
            loss = nn.functional.cross_entropy(model(pixels), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            samples += len(labels)
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "samples_per_second": samples / seconds}


def cifar(arguments):
    augment = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    training = ImageFolder(arguments.train, transforms.Compose(augment + NORMALIZE))
    test = ImageFolder(arguments.test, transforms.Compose(NORMALIZE))
    loader = DataLoader(training, 128, shuffle=True, num_workers=arguments.workers)
    test_loader = DataLoader(test, 500, num_workers=arguments.workers)
    model = ResNet20()
    state = torch.load(arguments.weights, map_location="cpu", weights_only=True)["state_dict"]
    model.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
    model = model.to(memory_format=torch.channels_last)
    before = accuracy(model, test_loader)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=5e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer,
                                                           arguments.epochs * len(loader))
    result = train(model, loader, arguments.epochs, optimizer, scheduler)
    return {**result, "accuracy_before": before, "accuracy": accuracy(model, test_loader)}


def resnet50(arguments):
    crop = [transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip()]
    evaluation = [transforms.Resize(256), transforms.CenterCrop(224)]
    training = ImageFolder(arguments.train, transforms.Compose(
        (evaluation if arguments.frozen else crop) + NORMALIZE))
    loader = DataLoader(training, arguments.batch, shuffle=True, num_workers=arguments.workers,
                        drop_last=True)
    model = torchvision.models.resnet50(weights=None)
    model.fc = nn.Linear(2048, len(training.classes))
    model = model.to(memory_format=torch.channels_last)
    if not arguments.frozen:
        optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
        return train(model, loader, arguments.epochs, optimizer)
    body = nn.Sequential(*list(model.children())[:-1])
    optimizer = torch.optim.SGD(model.fc.parameters(), 0.01, momentum=0.9)
    return train(model.fc, loader, arguments.epochs, optimizer, body=body)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["cifar", "resnet50"])
    parser.add_argument("--train", required=True)
    parser.add_argument("--test")
    parser.add_argument("--weights")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--frozen", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(42)
    print(json.dumps(globals()[arguments.mode](arguments)))


if __name__ == "__main__":
    main()
