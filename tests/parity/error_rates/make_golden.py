"""Writes golden.json: word and character errors of texts as jiwer counts them.

Run: python tests/parity/error_rates/make_golden.py  (jiwer 4.0.0)
"""

import json
import pathlib
import random

import jiwer

random.seed(5)
WORDS = "der die das haus hause häuser und wir ihr sehen geht gehen 漢字 ok o k".split()


def counts(output):
    return [output.hits, output.substitutions, output.deletions, output.insertions]


def disturb(words):
    result = []
    for word in words:
        chance = random.random()
        if chance < 0.15:
            continue
        result.append(random.choice(WORDS) if chance < 0.35 else word)
        if chance > 0.85:
            result.append(random.choice(WORDS))
    return result


def corpus(pairs):
    texts = []
    for reference, hypothesis in pairs:
        words = jiwer.process_words(reference, hypothesis)
        characters = jiwer.process_characters(reference, hypothesis)
        texts.append({"reference": reference, "hypothesis": hypothesis, "words": counts(words), "characters": counts(characters)})
    references, hypotheses = [p[0] for p in pairs], [p[1] for p in pairs]
    return {"texts": texts, "wer": jiwer.wer(references, hypotheses), "cer": jiwer.cer(references, hypotheses)}


random_pairs = []
for length in [1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 12, 15, 20, 30, 70, 140] * 3:
    reference = [random.choice(WORDS) for _ in range(length)]
    hypothesis = disturb(reference) if random.random() < 0.8 else [random.choice(WORDS) for _ in range(length)]
    random_pairs.append((" ".join(reference), " ".join(hypothesis)))
by_hand = [("a b", "b a"), ("a b c", "b c d"), ("a", ""), ("  a  b ", "a b"), ("a b", "a  b"), ("ab cd", "abcd"), ("Haus", "haus"),
           ("a b a b", "b a b a"), ("x", "y y y"), ("ä", "a\u0308")]
golden = [corpus(by_hand), corpus(random_pairs)]
path = pathlib.Path(__file__).parent / "golden.json"
path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
