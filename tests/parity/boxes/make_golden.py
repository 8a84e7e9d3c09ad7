"""Writes golden.json: scores of boxes as pycocotools, ultralytics and TIDE give them.

Run: python tests/parity/boxes/make_golden.py  (pycocotools 2.0.11, ultralytics 8.4, tidecv 1.0.1)

Made pictures: boxes beside the drawn ones, doubled, of wrong classes and of nothing; crowds, areas that are
not the box's, equal scores, overlaps on a threshold, empty pictures, a class without objects, nothing found.
Coordinates are whole or halves, so that no rounding decides.
"""

import contextlib
import io
import json
import pathlib
import random
from collections import defaultdict

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tidecv import TIDE, Data

GOLDEN = pathlib.Path(__file__).with_name("golden.json")


def made_pictures(seed, classes, count, scores=None, crowds=0.1, halves=True):
    draw = random.Random(seed)
    step = 0.5 if halves else 1
    pictures = []
    for _ in range(count):
        truth, found = [], []
        for _ in range(draw.choice([0, 1, 2, 4, 7])):
            side = draw.choice([10, 40, 150])
            w, h = side + draw.randrange(20), side + draw.randrange(20)
            x, y, c = draw.randrange(300), draw.randrange(200), draw.randrange(classes)
            crowd = draw.random() < crowds
            area = w * h * draw.choice([1, 1, 0.5])
            truth.append([x, y, w, h, c, int(crowd), area])
            for _ in range(draw.choice([0, 1, 1, 2, 4])):
                reach = draw.choice([0, 2, side // 6, side // 2])
                place = [v + step * draw.randint(-reach, reach) for v in (x, y)]
                other = draw.randrange(classes) if draw.random() < 0.2 else c
                found.append([*place, max(w + step * draw.randint(-reach, reach), 1), h, other])
        for _ in range(draw.choice([0, 0, 1, 3])):
            found.append([draw.randrange(300), draw.randrange(200), 5 + draw.randrange(90), 30, draw.randrange(classes)])
        for box in found:
            box.append(draw.choice(scores) if scores else round(draw.random(), 6))
        draw.shuffle(found)
        pictures.append({"truth": truth, "found": found})
    return pictures


def coco(pictures, classes):
    truth = {"images": [{"id": i} for i in range(len(pictures))], "categories": [{"id": c} for c in range(classes)],
             "annotations": []}
    found = []
    for i, picture in enumerate(pictures):
        for x, y, w, h, c, crowd, area in picture["truth"]:
            truth["annotations"].append({"id": len(truth["annotations"]) + 1, "image_id": i, "category_id": c,
                                         "bbox": [x, y, w, h], "iscrowd": crowd, "area": area})
        for x, y, w, h, c, score in picture["found"]:
            found.append({"image_id": i, "category_id": c, "bbox": [x, y, w, h], "score": score})
    with contextlib.redirect_stdout(io.StringIO()):
        data = COCO()
        data.dataset = truth
        data.createIndex()
        results = data.loadRes(found) if found else COCO()
        evaluation = COCOeval(data, results, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        whole = list(evaluation.stats)
        by_class = []
        for c in range(classes):
            evaluation.params.catIds = [c]
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            by_class.append(list(evaluation.stats))
    return whole, by_class


def ultralytics(pictures):
    import torch
    from ultralytics.engine.validator import BaseValidator
    from ultralytics.utils.metrics import ConfusionMatrix, ap_per_class, box_iou
    judge = BaseValidator.__new__(BaseValidator)
    judge.iouv = torch.linspace(0.5, 0.95, 10, dtype=torch.float64)
    tp, conf, found_class, true_class = [], [], [], []

    def corners(boxes):
        boxes = np.array([box[:4] for box in boxes], dtype=np.float64).reshape(-1, 4)
        return torch.from_numpy(np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1))

    for picture in pictures:
        truth = [box for box in picture["truth"] if not box[5]]
        found = sorted(picture["found"], key=lambda box: -box[5])
        true_class += [box[4] for box in truth]
        if not found:
            continue
        # In double precision: on a threshold single precision decides by its rounding.
        iou = box_iou(corners(truth), corners(found), eps=0) if truth else torch.zeros(0, len(found))
        classes = torch.tensor([box[4] for box in found]), torch.tensor([box[4] for box in truth])
        tp.append(judge.match_predictions(*classes, iou).numpy() if truth else np.zeros((len(found), 10), bool))
        conf += [box[5] for box in found]
        found_class += [box[4] for box in found]
    if not tp:
        return None
    result = ap_per_class(np.concatenate(tp), np.array(conf), np.array(found_class), np.array(true_class))
    _, _, p, r, f1, ap, unique, p_curve, r_curve, f1_curve, _, at_recall = result
    pick = slice(0, 1000, 111)
    return {"precision": p.mean(), "recall": r.mean(), "f1": f1.mean(), "ultralytics_map_50": ap[:, 0].mean(),
            "ultralytics_map": ap.mean(), "classes": unique.tolist(), "precision_curve": p_curve[:, pick].tolist(),
            "recall_curve": r_curve[:, pick].tolist(), "f1_curve": f1_curve[:, pick].tolist(),
            "precision_at_recall": at_recall[:, pick].tolist(), "average_precision": ap.tolist()}


def tide(pictures, classes):
    truth, found = Data("truth"), Data("found")
    for c in range(classes):
        truth.add_class(c, str(c))
    for i, picture in enumerate(pictures):
        truth.add_image(i, str(i))
        for x, y, w, h, c, crowd, _ in picture["truth"]:
            add = truth.add_ignore_region if crowd else truth.add_ground_truth
            add(i, c, [x, y, w, h])
        for x, y, w, h, c, score in picture["found"]:
            found.add_detection(i, c, score, [x, y, w, h])
    judged = TIDE()
    judged.evaluate(truth, found, mode=TIDE.BOX)
    run = judged.runs["found"]
    names = {"Cls": "wrong_class", "Loc": "badly_placed", "Both": "both", "Dupe": "duplicate", "Bkg": "background",
             "Miss": "missed"}
    costs, counts = run.fix_main_errors(), run.count_errors()
    return {"map_50": run.ap / 100,
            "cost": {names[kind.short_name]: cost / 100 for kind, cost in costs.items()},
            "count": {names[kind.short_name]: count for kind, count in counts.items()}}


def main():
    on_threshold = [{"truth": [[0, 0, 10, 10, 0, 0, 100]], "found": [[0, 0, 10, height, 0, .9 - height / 100]]}
                    for height in (5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5)]
    cases = {
        "mixed": (3, made_pictures(1, 3, 30)),
        "equal scores": (3, made_pictures(2, 3, 25, scores=[0.25, 0.5, 0.75])),
        "crowded": (2, made_pictures(3, 2, 25, crowds=0.5)),
        "class without objects": (4, made_pictures(4, 3, 8)),
        "on the threshold": (1, on_threshold),
        "nothing drawn": (2, [{"truth": [], "found": [[0, 0, 5, 5, 0, 0.5]]}]),
        "more than 100": (1, [{"truth": [[i * 20, 0, 10, 10, 0, 0, 100] for i in range(110)],
                               "found": [[i * 20, 0, 10, 10 - i % 5, 0, 0.5] for i in range(110)]}]),
    }
    golden = []
    for name, (classes, pictures) in cases.items():
        whole, by_class = coco(pictures, classes)
        golden.append({"name": name, "classes": classes, "pictures": pictures, "coco": whole, "coco_by_class": by_class})
        # TIDE and ultralytics leave ties to their sort, and divide by nothing without objects.
        if name in ("mixed", "crowded", "class without objects"):
            golden[-1]["ultralytics"] = ultralytics(pictures)
            golden[-1]["tide"] = tide(pictures, classes)
    GOLDEN.write_text(json.dumps(golden) + "\n")


main()
