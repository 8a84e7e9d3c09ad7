"""Opens a model folder that attune saved with live transformers and compares its logits with a
golden's: check_saved.py FOLDER GOLDEN.safetensors. Exit 1 where they differ."""
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification

model, info = AutoModelForSequenceClassification.from_pretrained(sys.argv[1], output_loading_info=True)
golden = load_file(sys.argv[2])
batch = {k.removeprefix("batch."): v for k, v in golden.items() if k.startswith("batch.")}
with torch.no_grad():
    result = model.eval()(**batch)
worst = (result.logits - golden["logits"]).abs().max() / golden["logits"].abs().max()
loss = (result.loss - golden["loss"]).abs() / golden["loss"].abs()
print(f"{type(model).__name__}: logits differ by {worst:.1e}, loss by {loss:.1e}")
problems = [k for k, v in info.items() if v]
sys.exit(bool(problems or worst > 1e-5 or loss > 1e-5))
