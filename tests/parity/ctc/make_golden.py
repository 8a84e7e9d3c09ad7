"""Writes golden.json: what transformers and pyctcdecode (with KenLM) understand of random outputs of a CTC model,
hot_words.json: pyctcdecode once more, with hot words, long.json: what it scores its best text of long outputs
where it drops what differs only long ago (`decode`), and alignments.json: where torchaudio finds known texts in such outputs.

Times of words are not compared: where ways to a text meet, pyctcdecode keeps those of the last, whichever it is.
transformers leaves two spaces where separators are parted by blanks; attune has no empty words.

Run: python tests/parity/ctc/make_golden.py  (pyctcdecode 0.5.0, kenlm 0.3.0, transformers 5.24, torchaudio 2.11)
"""

import json
import pathlib
import random
import tempfile

import kenlm
import numpy as np
import torch
import torchaudio
from pyctcdecode import BeamSearchDecoderCTC
from pyctcdecode.alphabet import Alphabet
from pyctcdecode.language_model import LanguageModel
from transformers import Wav2Vec2CTCTokenizer

here = pathlib.Path(__file__).parent
LETTERS = ["<pad>", "|", "a", "b", "c", "ä", "th"]
WORDS = ["ab", "a", "cab", "äb", "tha", "ba", "bab", "caththa"]
rng = np.random.default_rng(3)
random.seed(3)

ARPA = here / "words.arpa"


def write_arpa():
    unigrams = ["<unk>", "<s>", "</s>"] + WORDS
    bigrams = sorted({(random.choice(["<s>"] + WORDS), random.choice(["</s>"] + WORDS)) for _ in range(25)})
    trigrams = sorted((a, b, c) for a, b in bigrams for x, c in bigrams if b == x and random.random() < 0.6)
    lines = ["\\data\\", f"ngram 1={len(unigrams)}", f"ngram 2={len(bigrams)}", f"ngram 3={len(trigrams)}", "", "\\1-grams:"]
    lines += [f"{-random.uniform(0.5, 2.5):.4f}\t{w}\t{-random.uniform(0, 1):.4f}" for w in unigrams]
    lines += ["", "\\2-grams:"] + [f"{-random.uniform(0.1, 1.5):.4f}\t{' '.join(g)}\t{-random.uniform(0, 1):.4f}" for g in bigrams]
    lines += ["", "\\3-grams:"] + [f"{-random.uniform(0.1, 1):.4f}\t{' '.join(g)}" for g in trigrams]
    ARPA.write_text("\n".join(lines + ["", "\\end\\"]) + "\n")


class NoEmptyWord(LanguageModel):
    """pyctcdecode scores a separator at the end as an unknown, empty word; attune does not."""

    def score(self, prev_state, word, is_last_word=False):
        if word == "":
            end = self._get_raw_end_score(prev_state) if is_last_word else 0.0
            return self.alpha * end / np.log10(np.e), prev_state
        return super().score(prev_state, word, is_last_word)


def outputs(frames, sharpness):
    logits = rng.standard_normal((frames, len(LETTERS))) * sharpness
    logits[:, 0] += 0.5 * sharpness
    logits -= np.log(np.exp(logits).sum(1, keepdims=True))
    return logits.astype(np.float32)


write_arpa()
alphabet = Alphabet(["", " "] + LETTERS[2:], False)
model = kenlm.Model(str(ARPA))
plain = BeamSearchDecoderCTC(alphabet, None)

with tempfile.TemporaryDirectory() as folder:
    vocabulary = pathlib.Path(folder) / "vocab.json"
    vocabulary.write_text(json.dumps({letter: i for i, letter in enumerate(LETTERS)} | {"<unk>": 7, "<s>": 8, "</s>": 9}))
    tokenizer = Wav2Vec2CTCTokenizer(str(vocabulary))

def understood(decoder, x, options):
    """The five best texts with their scores."""
    # In double, so that equal scores are equal.
    return [{"text": text, "acoustic": float(acoustic), "score": float(score)}
            for text, _, _, acoustic, score in decoder.decode_beams(x.astype(np.float64), **options)[:5]]


cases, hot_cases = [], []
hot_rng = np.random.default_rng(4)
for index in range(40):
    x = outputs(int(rng.integers(1, 40)), float(rng.choice([1, 2, 4])))
    options = {"beam_width": int(rng.choice([1, 3, 10, 100])), "beam_prune_logp": float(rng.choice([-5, -10, -100])), "token_min_logp": float(rng.choice([-2, -5, -20]))}
    lm_options = {"alpha": float(rng.choice([0.3, 0.5, 1])), "beta": float(rng.choice([0, 1.5])), "unk_score_offset": float(rng.choice([-10, -2]))}
    lm = BeamSearchDecoderCTC(alphabet, NoEmptyWord(model, WORDS, **lm_options))
    case = {"scores": [float(f"{v:.9g}") for v in x.ravel()], "options": options | lm_options}
    case["greedy"] = " ".join(tokenizer.decode(x.argmax(-1).tolist()).split())
    for name, decoder in (("plain", plain), ("lm", lm)):
        case[name] = understood(decoder, x, options)
    cases.append(case)
    words = WORDS + ["cab ba", " b  äb ", "thca", "abba"]
    hot = {"words": [words[i] for i in hot_rng.choice(len(words), hot_rng.integers(1, 5))], "weight": float(hot_rng.choice([1, 5, 10]))}
    for name, decoder in (("plain", plain), ("lm", lm)):
        hot[name] = understood(decoder, x, options | {"hotwords": hot["words"], "hotword_weight": hot["weight"]})
    hot_cases.append(hot)
(here / "hot_words.json").write_text(json.dumps(hot_cases, ensure_ascii=False, separators=(",", ":")) + "\n")
(here / "golden.json").write_text(json.dumps({"letters": LETTERS, "cases": cases}, ensure_ascii=False, separators=(",", ":")) + "\n")


def alignment(frames):
    """Frames and scores of a text's symbols by torchaudio, for a text that just fits now and then."""
    x = outputs(frames, 2.0)
    target = []
    while not target or rng.random() < 0.9:
        more = target + [int(rng.integers(1, len(LETTERS)))]
        if len(more) + sum(a == b for a, b in zip(more, more[1:])) > frames:
            break
        target = more
    labels, scores = torchaudio.functional.forced_align(torch.from_numpy(x)[None], torch.tensor([target], dtype=torch.int32), blank=0)
    spans = torchaudio.functional.merge_tokens(labels[0], scores[0].exp(), blank=0)
    return {"scores": [float(f"{v:.9g}") for v in x.ravel()], "target": target, "score": float(scores.sum()),
            "symbols": [[s.token, s.start, s.end, s.score] for s in spans]}


alignments = [alignment(int(rng.integers(2, 40))) for _ in range(40)]
(here / "alignments.json").write_text(json.dumps(alignments, separators=(",", ":")) + "\n")

# A generator of its own.
rng = np.random.default_rng(11)
long_cases = []
for index in range(8):
    x = np.round(outputs(60, 2.0), 3)
    case = {"scores": [float(f"{v:.4g}") for v in x.ravel()], "best": []}
    for alpha, beta in ((0.5, 1.5), (0.5, 0.0), (1.0, 1.5), (1.0, 0.0)):
        lm = BeamSearchDecoderCTC(alphabet, NoEmptyWord(model, WORDS, alpha=alpha, beta=beta))
        best = lm.decode_beams(x.astype(np.float64), prune_history=True)[0]
        case["best"].append({"alpha": alpha, "beta": beta, "score": round(float(best[-1]), 4)})
    long_cases.append(case)
(here / "long.json").write_text(json.dumps(long_cases, separators=(",", ":")) + "\n")
