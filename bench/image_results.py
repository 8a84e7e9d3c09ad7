"""What attune reaches on real pictures, beside a plain PyTorch loop where there is one.

usage: image_results.py --attune BINARY --shared FOLDER --python PYTHON --output FILE.json
                        [--only features|layer-wise|cifar|pneumonia|resnet50]...

features     ants and bees, MobileNetV2-0.35 frozen: mean accuracy of 3 seeds, own 80/20 splits
layer-wise   the same, unfrozen stage by stage
cifar        ResNet-20 of CIFAR-10 fine-tuned on the JPEG CIFAR-10, beside PyTorch: accuracy, time
pneumonia    PneumoniaMNIST, ResNet-18 from scratch: AUROC and accuracy of 3 seeds on the test set
resnet50     samples a second of full fine-tuning and of feature extraction, beside torchvision
"""

import argparse
import json
import statistics
import subprocess
import tarfile
import tempfile
from pathlib import Path

SEEDS = (42, 1, 2)


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.data = Path(arguments.shared) / "data"
        self.folder = Path(tempfile.mkdtemp(prefix="attune-bench-"))
        self.peer = Path(__file__).resolve().parent / "image_trainer_peer.py"

    def train(self, name, *flags):
        """The run's metrics.json."""
        output = self.folder / name
        subprocess.run([self.arguments.attune, "train", *map(str, flags), "--output-dir", output,
                        "--threads", "2"], check=True)
        return json.loads((output / "metrics.json").read_text())

    def torch_loop(self, *flags):
        done = subprocess.run([self.arguments.python, self.peer, *map(str, flags)], check=True,
                              capture_output=True, text=True)
        return json.loads(done.stdout)

    def hymenoptera(self, preset):
        accuracies = [self.train(
            f"{preset}-{seed}", "--preset", preset, "--model", self.data / "weights-mobilenetv2-035",
            "--train-dir", self.data / "image-hymenoptera" / "train", "--validation-split", 0.2,
            "--precision", "fp32", "--seed", seed)["eval_accuracy"] for seed in SEEDS]
        return {"accuracies": accuracies, "mean": statistics.mean(accuracies)}

    def features(self):
        return self.hymenoptera("image-features")

    def layer_wise(self):
        return self.hymenoptera("image-layer-wise")

    def cifar(self):
        for name in ("cifar10_train40k", "cifar10_test"):
            with tarfile.open(self.data / "image-cifar10" / f"{name}.tar.gz") as archive:
                archive.extractall(self.folder, filter="data")
        pictures = self.folder / "cifar10"
        weights = self.data / "weights-resnet-cifar" / "resnet20-12fca82f.th"
        evaluated = self.folder / "before.json"
        subprocess.run([self.arguments.attune, "evaluate", "--task", "image-classification",
                        "--model", weights, "--architecture", "resnet20_cifar", "--data-dir",
                        pictures / "test", "--output-file", evaluated], check=True)
        peer = self.torch_loop("cifar", "--train", pictures / "train", "--test",
                               pictures / "test", "--weights", weights)
        metrics = self.train("cifar", "--preset", "cifar", "--model", weights, "--architecture",
                             "resnet20_cifar", "--train-dir", pictures / "train", "--test-dir",
                             pictures / "test", "--precision", "fp32")
        return {"accuracy_before": json.loads(evaluated.read_text())["eval_accuracy"],
                "accuracy": metrics["test_accuracy"], "seconds": metrics["train_runtime"],
                "peer": peer, "speedup": peer["seconds"] / metrics["train_runtime"]}

    def pneumonia(self):
        runs = [self.train(
            f"pneumonia-{seed}", "--preset", "small-xray", "--data-file",
            self.data / "med-pneumoniamnist" / "pneumoniamnist.npz", "--labels", "normal,pneumonia",
            "--seed", seed) for seed in SEEDS]
        names = ("test_auroc", "test_auroc_low", "test_auroc_high", "test_accuracy",
                 "test_sensitivity", "test_specificity")
        return {name: [run[name] for run in runs] for name in names} | {
            "auroc_mean": statistics.mean(run["test_auroc"] for run in runs),
            "accuracy_mean": statistics.mean(run["test_accuracy"] for run in runs)}

    def resnet50(self):
        pictures = self.data / "image-hymenoptera" / "train"
        common = ("--task", "image-classification", "--architecture", "resnet50", "--train-dir",
                  pictures, "--per-device-train-batch-size", 16, "--precision", "fp32",
                  "--dataloader-drop-last", "--save-strategy", "no", "--optim", "sgd",
                  "--learning-rate", 0.01, "--max-grad-norm", 0)
        def compare(name, repeats, own_flags, peer_flags):
            """The fastest of runs in turns: what else the machine does only slows them down."""
            own, peer = [], []
            for i in range(repeats):
                own.append(self.train(f"{name}-{i}", *common, *own_flags)
                           ["train_samples_per_second"])
                peer.append(self.torch_loop("resnet50", "--train", pictures, *peer_flags)
                            ["samples_per_second"])
            return {"attune": max(own), "torchvision": max(peer), "ratio": max(own) / max(peer),
                    "attune_runs": own, "torchvision_runs": peer}
        return {
            "full": compare("resnet50", 3, ("--num-train-epochs", 1, "--random-resized-crop",
                                            "--horizontal-flip", 0.5), ("--epochs", 1)),
            "frozen": compare("resnet50-frozen", 1, ("--num-train-epochs", 5, "--strategy",
                                                     "feature-extraction"),
                              ("--epochs", 5, "--frozen"))}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ["features", "layer-wise", "cifar", "pneumonia", "resnet50"]
    parser.add_argument("--attune", required=True)
    parser.add_argument("--shared", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--only", action="append", choices=parts)
    arguments = parser.parse_args()
    bench, results = Bench(arguments), {}
    for part in arguments.only or parts:
        results[part] = getattr(bench, part.replace("-", "_"))()
        print(json.dumps({part: results[part]}))
        Path(arguments.output).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
