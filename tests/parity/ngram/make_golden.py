"""Writes text.txt, lmplz.arpa, lmplz_pruned.arpa and golden.json: models that KenLM's lmplz estimates, and KenLM's scores of
sentences by the first.

Run: python tests/parity/ngram/make_golden.py [LMPLZ]  (kenlm 0.3.0; without lmplz, text and model stay as they are)
"""

import json
import pathlib
import random
import subprocess
import sys

import kenlm

here = pathlib.Path(__file__).parent
random.seed(11)
WORDS = [f"w{i}" for i in range(60)] + ["ß", "漢"]


def sentence():
    """Word frequencies fall as in real text, and words depend on the one before: so that counts of counts give discounts."""
    words, last = [], 0
    for _ in range(random.randint(0, 12)):
        last = (last * 3 + int(random.paretovariate(0.8))) % len(WORDS)
        words.append(f"r{int(random.paretovariate(0.4)) % 500}" if random.random() < 0.25 else WORDS[last])
    return " ".join(words)


text, model_file, pruned_file = here / "text.txt", here / "lmplz.arpa", here / "lmplz_pruned.arpa"
if len(sys.argv) > 1:
    text.write_text("".join(sentence() + "\n" for _ in range(400)))
    command = [sys.argv[1], "-o", "3", "--text", str(text), "-S", "50M", "-T", "/tmp", "--arpa"]
    subprocess.run([*command, str(model_file)], check=True, capture_output=True)
    subprocess.run([*command, str(pruned_file), "--prune", "0", "1", "2"], check=True, capture_output=True)

model = kenlm.Model(str(model_file))
random.seed(12)
scores = []
for index in range(200):
    words = sentence().split()
    if index % 3 == 0:
        words = [random.choice(WORDS + ["unheard", "of"]) for _ in range(random.randint(1, 10))]
    begin, end = index % 2 == 0, index % 5 != 0
    line = " ".join(words)
    full = [list(s) for s in model.full_scores(line, bos=begin, eos=end)]
    scores.append({"sentence": line, "begin": begin, "end": end, "score": model.score(line, bos=begin, eos=end), "words": [s[0] for s in full]})
(here / "golden.json").write_text(json.dumps(scores, ensure_ascii=False, separators=(",", ":")) + "\n")
