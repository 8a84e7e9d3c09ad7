"""What surrounds a speech model, in seconds of processor time on one thread: attune beside pyctcdecode with KenLM, torchaudio and jiwer.

  python bench/speech_peer.py SPEECH_BENCH LMPLZ    (pyctcdecode 0.5.0, kenlm 0.3.0, torchaudio, jiwer 4)

The outputs to decode are about 20 s of frames (50 a second) that say random words of the model's text, blurred.
"""

import json
import logging
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import jiwer
import kenlm
import numpy as np
import torch
import torchaudio
from pyctcdecode import BeamSearchDecoderCTC
from pyctcdecode.alphabet import Alphabet
from pyctcdecode.language_model import LanguageModel

logging.disable(logging.WARNING)
torch.set_num_threads(1)
random.seed(1)
rng = np.random.default_rng(1)
LETTERS = ["<pad>", "|"] + [chr(c) for c in range(ord("a"), ord("z") + 1)]


def word():
    return "".join(random.choice("aeiou" if i % 2 else "bcdfghklmnprstvwz") for i in range(random.randint(2, 8)))


def seconds(work):
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


words = sorted({word() for _ in range(20000)})
weights = 1 / np.arange(1, len(words) + 1)
sentences = [" ".join(random.choices(words, weights, k=random.randint(3, 15))) for _ in range(20000)]
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "text.txt").write_text("\n".join(sentences) + "\n")
    lm = ["-o", "4", "--text", folder / "text.txt", "--arpa", folder / "lm.arpa", "-S", "100M", "-T", "/tmp", "--discount_fallback"]
    subprocess.run([sys.argv[2], *lm], check=True, capture_output=True)
    (folder / "labels.txt").write_text("\n".join(LETTERS) + "\n")
    said = " ".join(random.choices(sentences, k=40)).replace(" ", "|")
    said = said[: said.rindex("|", 0, 340)]  # a separator at the end pyctcdecode takes for an empty, unknown word
    frames = []
    for letter in said:
        frames += [LETTERS.index(letter)] * random.randint(1, 2) + [0] * random.randint(1, 2)
    logits = rng.standard_normal((len(frames), len(LETTERS))) * 1.5
    logits[np.arange(len(frames)), frames] += 5
    scores = torch.from_numpy(logits).log_softmax(-1).numpy().astype(np.float32)
    scores.tofile(folder / "scores.f32")
    pairs = [(s, " ".join(w if random.random() < 0.8 else random.choice(words) for w in s.split())) for s in sentences[:2000]]
    (folder / "texts.txt").write_text("".join(f"{a}\n{b}\n" for a, b in pairs))

    ours = json.loads(subprocess.run([sys.argv[1], folder], check=True, capture_output=True, text=True).stdout)
    load, model = seconds(lambda: kenlm.Model(str(folder / "lm.arpa")))
    decoder = BeamSearchDecoderCTC(Alphabet([""] + [" "] + LETTERS[2:], False), LanguageModel(model, words))
    beam, text = seconds(lambda: decoder.decode(scores))
    minute = torch.full((44100 * 60,), 0.25)
    resample, _ = seconds(lambda: torchaudio.functional.resample(minute, 44100, 16000))
    references, hypotheses = [a for a, _ in pairs], [b for _, b in pairs]
    rates, (wer, _) = seconds(lambda: (jiwer.wer(references, hypotheses), jiwer.cer(references, hypotheses)))
    peers = {"load_arpa": load, "beam_search": beam, "resample_minute": resample, "error_rates": rates}
    for what, peer in peers.items():
        print(json.dumps({"what": what, "attune": ours[what], "peer": round(peer, 4), "factor": round(peer / ours[what], 1)}))
    print(json.dumps({"same_text": ours["text"] == text, "wer": ours["wer"], "jiwer": round(wer, 6)}))
