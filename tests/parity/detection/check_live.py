"""Networks that ultralytics (8.4.190) builds and pickles answer here as there: raw outputs of random
YOLOv8 and YOLO11 in several sizes, and names of classes.

    .deps/peers/bin/python tests/parity/detection/check_live.py build/release/attune_models_parity_test
"""
import json
import os
import subprocess
import sys
import tempfile

import torch
from detection_golden import digest, fill, values
from ultralytics.nn.tasks import DetectionModel

SHAPE = (1, 3, 96, 64)
torch.manual_seed(0)


def job(folder, name):
    model = DetectionModel(f"{name}.yaml", verbose=False)
    with torch.no_grad():
        for key, tensor in model.state_dict().items():
            if ".dfl." not in key:
                fill(key, tensor)
    model.names = {i: f"thing {i}" for i in range(80)}
    model = model.half()
    path = os.path.join(folder, f"{name}.pt")
    torch.save({"epoch": -1, "model": model, "ema": None, "license": "AGPL-3.0"}, path)
    model = model.float().double().eval()
    seen = []
    detect = model.model[-1]
    detect.register_forward_pre_hook(lambda _, inputs: seen.extend(inputs[0]))
    with torch.no_grad():
        model(values("pixels", SHAPE).float().double())
        outputs = [torch.cat([box(x), score(x)], 1) for box, score, x in zip(detect.cv2, detect.cv3, seen)]
    return {"model": path, "pixels": SHAPE, "outputs": [digest(out) for out in outputs], "label": "thing 79"}


with tempfile.TemporaryDirectory() as folder:
    jobs = [job(folder, name) for name in ("yolov8n", "yolov8m", "yolo11n", "yolo11m", "yolo11l")]
    path = os.path.join(folder, "jobs.json")
    with open(path, "w") as file:
        json.dump(jobs, file)
    result = subprocess.run([sys.argv[1], "--gtest_filter=DetectionLive.*"],
                            env={**os.environ, "ATTUNE_DETECTOR_JOBS": path})
sys.exit(result.returncode)
