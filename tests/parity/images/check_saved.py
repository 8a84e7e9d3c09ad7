"""Opens an image classifier that attune saved with transformers, where its config.json names an
architecture of transformers, else as a state dict of torchvision's modules, and compares logits.

    .deps/peers/bin/python tests/parity/images/check_saved.py FOLDER

FOLDER/expected.json: {"pixels": shape, "logits": [...]}; pixels are golden.py's.
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
from golden import values  # noqa: E402

folder = pathlib.Path(sys.argv[1])
config = json.loads((folder / "config.json").read_text())
expected = json.loads((folder / "expected.json").read_text())
pixels = (3 * values("pixels", tuple(expected["pixels"])) - 1.5).float()



def torchvision_model(state):
    """torchvision's network with each layer replaced by one of the state dict's width."""
    from torchvision.models import DenseNet
    from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
    labels = len(config["id2label"])
    if config["model_type"] == "densenet":
        model = DenseNet(config["growth_rate"], tuple(config["block_config"]), config["num_init_features"],
                         config["bn_size"], num_classes=labels)
    else:
        block = Bottleneck if config["layer_type"] == "bottleneck" else BasicBlock
        model = ResNet(block, config["depths"], num_classes=labels)

    def resize(module, path=""):
        for key, child in list(module.named_children()):
            name = f"{path}{key}"
            if isinstance(child, torch.nn.Conv2d):
                shape = state[f"{name}.weight"].shape
                groups = config.get("groups", 1) if child.kernel_size == (3, 3) else 1
                setattr(module, key, torch.nn.Conv2d(shape[1] * groups, shape[0], child.kernel_size, child.stride,
                                                     child.padding, groups=groups, bias=False))
            elif isinstance(child, torch.nn.BatchNorm2d):
                setattr(module, key, torch.nn.BatchNorm2d(state[f"{name}.weight"].numel()))
            elif isinstance(child, torch.nn.Linear):
                setattr(module, key, torch.nn.Linear(state[f"{name}.weight"].shape[1], labels))
            else:
                resize(child, f"{name}.")

    resize(model)
    model.load_state_dict(state, strict=True)
    return model.eval()


with torch.no_grad():
    if "architectures" in config:
        from transformers import AutoModelForImageClassification
        model, info = AutoModelForImageClassification.from_pretrained(folder, output_loading_info=True)
        assert type(model).__name__ == config["architectures"][0], type(model)
        assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), info
        logits = model.eval()(pixel_values=pixels).logits
    elif config.get("shortcut") == "zero_pad":
        print("no peer has this network; its names are those of akamaster/pytorch_resnet_cifar10")
        names = set(load_file(folder / "model.safetensors"))
        assert {"conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight", "linear.weight"} <= names
        sys.exit(0)
    else:
        logits = torchvision_model(load_file(folder / "model.safetensors"))(pixels)
deviation = (logits.flatten() - torch.tensor(expected["logits"])).abs().max().item()
print(f"largest deviation of a logit: {deviation:.2e}")
sys.exit(deviation > 1e-4)
