"""Opens a model folder that attune saved with live transformers and compares its logits with a
golden's: check_saved.py FOLDER GOLDEN.safetensors [LANGUAGE]. Exit 1 where they differ. Clips go in one
by one: transformers' group norm counts padding. With a language its adapter is loaded."""
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCTC

model, info = AutoModelForCTC.from_pretrained(sys.argv[1], output_loading_info=True)
if len(sys.argv) > 3:
    model.load_adapter(sys.argv[3])
golden = load_file(sys.argv[2])
clips = golden["batch.samples"].split(golden["batch.clips"].tolist())
with torch.no_grad():
    logits = torch.cat([model.eval()(clip[None]).logits[0] for clip in clips])
worst = (logits - golden["logits"]).abs().max() / golden["logits"].abs().max()
print(f"{type(model).__name__}: logits differ by {worst:.1e}")
problems = [k for k, v in info.items() if v]
sys.exit(bool(problems or worst > 1e-5))
