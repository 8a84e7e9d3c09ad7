#!/usr/bin/env python3
"""Golden values of decision metrics, curves, intervals and temperature scaling from scikit-learn and SciPy."""
import json
import pathlib

import numpy as np
import scipy
import scipy.optimize
import scipy.special
import scipy.stats
import sklearn
import sklearn.metrics as skm


def number(value):
    value = float(value)
    return value if np.isfinite(value) else None  # JSON has no infinity and no NaN


def column(values):
    return [number(v) for v in values]


def decisions(y, scores, threshold):
    called = (scores.astype(np.float64) >= threshold).astype(int)

    def defined(metric, condition, **arguments):
        return number(metric(y, called, **arguments)) if condition else None

    sensitivity = defined(skm.recall_score, (y == 1).any())
    specificity = defined(skm.recall_score, (y == 0).any(), pos_label=0)
    return {
        "threshold": threshold,
        "counts": skm.confusion_matrix(y, called, labels=[0, 1]).ravel().tolist(),  # tn, fp, fn, tp
        "accuracy": number(skm.accuracy_score(y, called)),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "ppv": defined(skm.precision_score, called.any()),
        "npv": defined(skm.precision_score, not called.all(), pos_label=0),
        "balanced_accuracy": number(skm.balanced_accuracy_score(y, called)) if len(set(y)) == 2 else None,
        "youden": number(skm.balanced_accuracy_score(y, called, adjusted=True)) if len(set(y)) == 2 else None,
    }


def operating_points(y, scores):
    """The point of roc_curve that each rule chooses, as counts; exact in integers."""
    p, n = int(y.sum()), int((1 - y).sum())
    fpr, tpr, _ = skm.roc_curve(y, scores, drop_intermediate=False)
    fp, tp = np.round(fpr * n).astype(int), np.round(tpr * p).astype(int)
    chosen = {"youden": int(np.argmax(tp * n - fp * p))}
    for value in (0.8, 0.9, 1.0):
        allowed = (n - fp) / n >= value - 1e-12
        chosen[f"specificity={value:g}"] = int(np.argmax(np.where(allowed, tp, -1)))
    for value in (0.8, 0.95, 1.0):
        allowed = tp / p >= value - 1e-12
        best = np.where(allowed, n - fp, -1)
        chosen[f"sensitivity={value:g}"] = int(np.flatnonzero(best == best.max())[-1])
    return {rule: [int(tp[i]), int(fp[i])] for rule, i in chosen.items()}


def curve(name, y, scores):
    y, scores = np.asarray(y), np.asarray(scores, dtype=np.float32)
    precision, recall, _ = skm.precision_recall_curve(y, scores, drop_intermediate=False)
    return {
        "name": name, "labels": y.tolist(), "scores": column(scores),
        "roc": [column(part) for part in skm.roc_curve(y, scores, drop_intermediate=False)],
        "roc_dropped": [column(part) for part in skm.roc_curve(y, scores, drop_intermediate=True)],
        "recall": column(recall[::-1]), "precision": column(precision[::-1]),
        "auroc": number(skm.roc_auc_score(y, scores)),
        "average_precision": number(skm.average_precision_score(y, scores)),
        "decisions": [decisions(y, scores, t) for t in (0.0, 0.25, 0.5, 0.75, 0.99)],
        "operating_points": operating_points(y, scores),
    }


def informed(rng, y, strength):
    return scipy.special.expit(rng.normal(size=len(y)) + strength * (2 * np.asarray(y) - 1))


def auroc(positive, negative, axis=-1):
    """Mann-Whitney's U over the number of pairs, along `axis` of resamples."""
    u = scipy.stats.mannwhitneyu(positive, negative, axis=axis).statistic
    return u / (positive.shape[axis] * negative.shape[axis])


def bootstrap(rng, resamples=20000):
    y = (rng.random(150) < 0.35).astype(int)
    patients = np.repeat(np.arange(50), 3)
    effect = rng.normal(size=50)[patients]  # samples of one patient are alike
    scores = np.round(scipy.special.expit(0.7 * (2 * y - 1) + effect + 0.4 * rng.normal(size=150)), 2)
    scores = scores.astype(np.float32)
    positive, negative = scores[y == 1], scores[y == 0]
    stratified = scipy.stats.bootstrap((positive, negative), auroc, n_resamples=resamples, batch=2000,
                                       method="percentile", rng=rng)
    threshold = 0.5

    def statistics(index):
        truth, called = y[index], scores[index] >= threshold
        return (skm.roc_auc_score(truth, scores[index]), (truth == called).mean(), called[truth == 1].mean(),
                1 - called[truth == 0].mean())

    def interval(draw):
        drawn = np.array([statistics(draw()) for _ in range(resamples // 4)])
        low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
        return {name: [number(low[i]), number(high[i]), number(drawn[:, i].std())]
                for i, name in enumerate(["auroc", "accuracy", "sensitivity", "specificity"])}

    members = np.arange(150).reshape(50, 3)
    ci = stratified.confidence_interval
    return {
        "labels": y.tolist(), "scores": column(scores), "clusters": patients.tolist(), "threshold": threshold,
        "stratified_auroc": [number(ci.low), number(ci.high), number(stratified.standard_error)],
        "plain": interval(lambda: rng.integers(0, 150, 150)),
        "clustered": interval(lambda: members[rng.integers(0, 50, 50)].ravel()),
    }


def ece(confidence, correct, bins=15):
    edges = np.ceil(confidence * bins) - 1
    edges = np.clip(edges, 0, bins - 1)
    return sum(abs(correct[edges == b].sum() - confidence[edges == b].sum()) for b in range(bins)) / len(confidence)


def temperature(name, logits, truth):
    """`truth`: a class each (softmax) or a matrix of 0, 1 and -1 for missing (sigmoid)."""
    logits, truth = np.asarray(logits, dtype=np.float32), np.asarray(truth)
    wide = logits.astype(np.float64)

    def scores(t):
        if truth.ndim == 1:
            log_p = scipy.special.log_softmax(wide / t, axis=1)
            nll = -log_p[np.arange(len(truth)), truth].mean()
            return nll, ece(np.exp(log_p).max(axis=1), wide.argmax(axis=1) == truth)
        known = truth >= 0
        z, y = wide[known] / t, truth[known]
        nll = -(y * scipy.special.log_expit(z) + (1 - y) * scipy.special.log_expit(-z)).mean()
        p = scipy.special.expit(z)
        return nll, ece(np.maximum(p, 1 - p), (z >= 0) == (y == 1))

    found = scipy.optimize.minimize_scalar(lambda u: scores(np.exp(u))[0], bracket=(-1.0, 1.0), method="brent",
                                           options={"xtol": 1e-12})
    t = float(np.exp(found.x))
    return {"name": name, "logits": [column(row) for row in logits], "truth": truth.tolist(), "temperature": t,
            "before": column(scores(1.0)), "after": column(scores(t))}


def temperatures(rng):
    def softmax_logits(classes, samples, scale):
        z = rng.normal(size=(samples, classes)) * 1.5
        p = scipy.special.softmax(z, axis=1)
        y = np.array([rng.choice(classes, p=row) for row in p])
        return z * scale, y

    z = rng.normal(size=(120, 4)) * 1.5
    y = (rng.random(z.shape) < scipy.special.expit(z)).astype(int)
    missing = np.where(rng.random(z.shape) < 0.3, -1, y)
    return [
        temperature("binary_overconfident", *softmax_logits(2, 200, 3.0)),
        temperature("three_underconfident", *softmax_logits(3, 200, 0.4)),
        temperature("five_large_offset", *(lambda l, y: (l + 500, y))(*softmax_logits(5, 150, 2.0))),
        temperature("sigmoid", z * 2.5, y),
        temperature("sigmoid_missing", z * 2.5, missing),
        temperature("sigmoid_single", z[:, :1] * 0.5, y[:, :1]),
    ]


def multilabel_missing(rng):
    y = (rng.random((100, 4)) < [0.5, 0.3, 0.2, 0.1]).astype(int)
    p = scipy.special.expit(rng.normal(size=y.shape) + 2.0 * y - 1.0).astype(np.float32)
    known = rng.random(y.shape) < [0.9, 0.6, 0.7, 0.5]
    known[:5] = False  # samples about which nothing is known
    called = (p >= 0.5).astype(int)
    parts = [skm.precision_recall_fscore_support(y[k, c], called[k, c], average="binary", zero_division=0)[:3]
             for c, k in enumerate(known.T)]
    support = np.array([y[k, c].sum() for c, k in enumerate(known.T)])
    averages = {"_micro": skm.precision_recall_fscore_support(y[known], called[known], average="binary")[:3],
                "_macro": np.mean(parts, axis=0), "_weighted": np.average(parts, axis=0, weights=support)}
    averages[""] = averages["_micro"]
    expected = {name + suffix: number(value) for suffix, values in averages.items()
                for name, value in zip(["precision", "recall", "f1"], values)}
    some = known.any(axis=1)
    right = ((y == called) | ~known).all(axis=1)[some].mean()
    expected |= {"accuracy": number(right), "subset_accuracy": number(right)}
    expected["hamming_loss"] = number(skm.zero_one_loss(y[known], called[known]))
    expected["auroc"] = number(np.mean([skm.roc_auc_score(y[k, c], p[k, c]) for c, k in enumerate(known.T)]))
    expected["average_precision"] = number(
        np.mean([skm.average_precision_score(y[k, c], p[k, c]) for c, k in enumerate(known.T)]))
    return {"probabilities": [column(row) for row in p], "labels": np.where(known, y, 255).tolist(),
            "expected": expected}


def wilson():
    cases = [(0, 10), (10, 10), (1, 1), (37, 150), (999, 1000), (5, 9)]
    result = []
    for part, whole in cases:
        ci = scipy.stats.binomtest(part, whole).proportion_ci(method="wilson")
        result.append([part, whole, number(ci.low), number(ci.high)])
    return result


def main():
    rng = np.random.default_rng(4)
    y = (rng.random(150) < 0.4).astype(int)
    rare = np.arange(200) % 25 == 0
    golden = {
        "made_by": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}",
        "curves": [
            curve("continuous", y, informed(rng, y, 0.8)),
            curve("ties", y, np.round(informed(rng, y, 0.8) * 8) / 8),
            curve("rare", rare.astype(int), informed(rng, rare, 0.6)),
            curve("separable", [0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.8, 1.0]),
            curve("reversed", [1, 1, 0, 0], [0.1, 0.2, 0.7, 0.9]),
            curve("all_equal", [0, 1, 1], [0.5, 0.5, 0.5]),
            curve("highest_is_negative", [0, 1, 0, 1], [1.0, 1.0, 0.2, 0.3]),
        ],
        "bootstrap": bootstrap(rng),
        "temperature": temperatures(rng),
        "multilabel_missing": multilabel_missing(rng),
        "wilson": wilson(),
    }
    path = pathlib.Path(__file__).parent / "golden.json"
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
