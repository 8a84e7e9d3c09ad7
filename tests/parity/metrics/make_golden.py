"""Writes golden.json: inputs and what scikit-learn and SciPy make of them.

Run: python tests/parity/metrics/make_golden.py  (scikit-learn 1.9.1, scipy 1.17.1)
null = undefined on this data (the peer returns NaN or an infinity, or cannot be called).
"""

import json
import math
import pathlib
import warnings

import numpy as np
import scipy.stats
import sklearn.metrics as skm

warnings.filterwarnings("ignore")  # zero divisions and one-class AUROC are cases here on purpose


def number(value):
    value = float(value)
    return value if math.isfinite(value) else None


def ece(confidence, correct, bins=15):
    """Guo et al. 2017, as in the authors' temperature_scaling repository: bins (low, high]."""
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return total


def averages(y, prediction, default):
    result = {}
    names = {"f1": skm.f1_score, "precision": skm.precision_score, "recall": skm.recall_score}
    for name, score in names.items():
        for average in ("macro", "micro", "weighted"):
            result[f"{name}_{average}"] = number(score(y, prediction, average=average, zero_division=0))
        result[name] = number(score(y, prediction, average=default, zero_division=0))
    return result


def per_class(y, prediction, labels):
    scores = skm.precision_recall_fscore_support(y, prediction, labels=labels, zero_division=0)
    return [[float(v) for v in row] for row in zip(*scores)]


def ranking(y, p, classes):
    """One-vs-rest by hand where scikit-learn refuses a class that is absent."""
    one_hot = np.eye(classes)[y].astype(int)
    present = one_hot.any(axis=0) & ~one_hot.all(axis=0)
    if classes == 2:
        return {
            "auroc": number(skm.roc_auc_score(y, p[:, 1])) if present.all() else None,
            "average_precision": number(skm.average_precision_score(y, p[:, 1])) if (y == 1).any() else None,
        }
    labels = list(range(classes))
    defined = len(set(y)) > 1
    return {
        "auroc": number(skm.roc_auc_score(y, p, multi_class="ovr", labels=labels)) if defined else None,
        "auroc_weighted": number(
            skm.roc_auc_score(y, p, multi_class="ovr", labels=labels, average="weighted")) if defined else None,
        # scikit-learn gives a class without positives 0 with a warning; here it is undefined.
        "average_precision": number(skm.average_precision_score(one_hot, p)) if one_hot.any(axis=0).all() else None,
    }


def classification(name, p, y):
    p = np.asarray(p, dtype=np.float32)
    y = np.asarray(y)
    classes = p.shape[1]
    labels = list(range(classes))
    prediction = p.argmax(axis=1)
    expected = {"accuracy": number(skm.accuracy_score(y, prediction))}
    if classes == 2:
        expected |= averages(y, prediction, "macro")
        binary = skm.precision_recall_fscore_support(y, prediction, labels=[1], average=None, zero_division=0)
        expected |= {"precision": number(binary[0][0]), "recall": number(binary[1][0]), "f1": number(binary[2][0])}
        if len(set(y)) == 2:  # where it can be called, average="binary" must say the same
            assert expected["f1"] == skm.f1_score(y, prediction, average="binary")
    else:
        expected |= averages(y, prediction, "macro")
    expected["mcc"] = number(skm.matthews_corrcoef(y, prediction))
    expected |= ranking(y, p, classes)
    wide = p.astype(np.float64)
    expected["log_loss"] = number(skm.log_loss(y, p, labels=labels))
    expected["ece"] = number(ece(wide.max(axis=1), prediction == y))
    expected["brier"] = number(skm.brier_score_loss(y, p if classes > 2 else p[:, 1], labels=labels))
    return {
        "name": name, "probabilities": [[float(v) for v in row] for row in p], "labels": y.tolist(),
        "expected": expected, "per_class": per_class(y, prediction, labels),
        "confusion": skm.confusion_matrix(y, prediction, labels=labels).tolist(),
    }


def multilabel(name, p, y):
    p = np.asarray(p, dtype=np.float32)
    y = np.asarray(y)
    prediction = (p >= 0.5).astype(int)
    expected = averages(y, prediction, "micro")
    expected["accuracy"] = expected["subset_accuracy"] = number(skm.accuracy_score(y, prediction))
    both = all(len(set(column)) == 2 for column in y.T)
    expected["auroc"] = number(skm.roc_auc_score(y, p, average="macro")) if both else None
    expected["average_precision"] = number(skm.average_precision_score(y, p)) if y.any(axis=0).all() else None
    expected["hamming_loss"] = number(skm.hamming_loss(y, prediction))
    return {
        "name": name, "probabilities": [[float(v) for v in row] for row in p], "labels": y.tolist(),
        "expected": expected, "per_class": per_class(y, prediction, None),
    }


def regression(name, prediction, target):
    a, b = np.asarray(prediction, dtype=np.float32), np.asarray(target, dtype=np.float32)
    prediction, target = a.astype(np.float64), b.astype(np.float64)
    enough = len(target) > 1
    constant = len(set(target)) == 1
    expected = {
        "mse": number(skm.mean_squared_error(target, prediction)),
        "rmse": number(skm.root_mean_squared_error(target, prediction)),
        "mae": number(skm.mean_absolute_error(target, prediction)),
        "r2": None if constant else number(skm.r2_score(target, prediction, force_finite=False)),
        "pearson": number(scipy.stats.pearsonr(prediction, target)[0]) if enough else None,
        "spearman": number(scipy.stats.spearmanr(prediction, target)[0]) if enough else None,
    }
    return {"name": name, "predictions": prediction.tolist(), "targets": target.tolist(), "expected": expected}


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def informed(rng, y, classes, strength):
    logits = rng.normal(size=(len(y), classes))
    logits[np.arange(len(y)), y] += strength
    return softmax(logits)


def main():
    rng = np.random.default_rng(20)
    y2 = rng.integers(0, 2, 200)
    y3 = rng.integers(0, 3, 150)
    y6 = rng.choice(6, 200, p=[0.5, 0.2, 0.12, 0.1, 0.05, 0.03])
    coarse = np.round(informed(rng, y2, 2, 1.0)[:, 1] * 8) / 8  # many ties, exact 0, 1 and 0.5
    absent = rng.choice([0, 1, 3], 80)
    never = informed(rng, y3, 3, 1.0)
    never[:, 2] *= 1e-3
    never /= never.sum(axis=1, keepdims=True)
    one_true = np.full(40, 1)
    confident = np.eye(3)[rng.integers(0, 3, 60)]  # exact zeros: log loss meets its epsilon
    cases = {
        "classification": [
            classification("binary", informed(rng, y2, 2, 1.5), y2),
            classification("binary_ties", np.stack([1 - coarse, coarse], axis=1), y2),
            classification("binary_one_class_in_data", informed(rng, one_true, 2, 0.5), one_true),
            classification("binary_no_positive", informed(rng, one_true * 0, 2, 0.5), one_true * 0),
            classification("binary_always_negative", [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]], [0, 1, 0, 1]),
            classification("binary_single_sample", [[0.25, 0.75]], [1]),
            classification("three", informed(rng, y3, 3, 1.0), y3),
            classification("six_imbalanced", informed(rng, y6, 6, 2.0), y6),
            classification("absent_class", informed(rng, absent, 5, 1.0), absent),
            classification("never_predicted", never, y3),
            classification("three_one_class_in_data", informed(rng, one_true, 3, 0.5), one_true),
            classification("exact_zeros", confident, rng.integers(0, 3, 60)),
            classification("uniform", np.full((12, 4), 0.25), np.arange(12) % 4),
        ],
        "multilabel": [],
        "regression": [],
    }
    y = (rng.random((120, 5)) < [0.5, 0.3, 0.2, 0.1, 0.05]).astype(int)
    p = 1 / (1 + np.exp(-(rng.normal(size=y.shape) + 2.0 * y - 1.0)))
    all_on, none_on = y.copy(), y.copy()
    all_on[:, 1] = 1
    none_on[:, 4] = 0
    cases["multilabel"] = [
        multilabel("five", p, y),
        multilabel("ties_at_threshold", np.round(p * 4) / 4, y),
        multilabel("label_always_on", p, all_on),
        multilabel("label_never_on", p, none_on),
        multilabel("never_predicted", p * [1, 1, 0.4, 1, 0.4], y),
        multilabel("nothing_predicted", p * 0.4, y),
    ]
    target = rng.normal(size=150) * 2 + 100
    noisy = target + rng.normal(size=150)
    cases["regression"] = [
        regression("noisy", noisy, target),
        regression("ties", np.round(noisy), np.round(target)),
        regression("negative", -noisy, target),
        regression("perfect", target, target),
        regression("large_offset", target * 1e-3 + 1e4, target),
        regression("constant_target", noisy[:20], np.full(20, 3.0)),
        regression("constant_prediction", np.full(20, 3.0), target[:20]),
        regression("one_pair", [1.0], [2.0]),
        regression("two_pairs", [1.0, 3.0], [2.0, 4.0]),
    ]
    import scipy
    import sklearn
    cases = {"made_by": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}"} | cases
    path = pathlib.Path(__file__).parent / "golden.json"
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
