"""attune train-lm: text in, ARPA out, judged by what must hold of any language model."""

import gzip
import json
import math
import random
import unittest

import support
from support import flags, run


def model_of(arpa):
    """N-grams by length: {words: (probability, back-off)}."""
    orders, entries = [], None
    for line in arpa.splitlines():
        if line.endswith("-grams:"):
            entries = {}
            orders.append(entries)
        elif line.startswith("\\"):
            entries = None
        elif line and entries is not None:
            probability, words, *backoff = line.split("\t")
            entries[tuple(words.split(" "))] = (float(probability), float(backoff[0]) if backoff else 0.0)
    return orders


def log_probability(orders, words):
    """Of the last word behind the others, by back-off."""
    words = words[-len(orders):]
    found = orders[len(words) - 1].get(words)
    if found or len(words) == 1:
        return found[0] if found else orders[0][("<unk>",)][0]
    return orders[len(words) - 2].get(words[:-1], (0, 0))[1] + log_probability(orders, words[1:])


def sentences(count, seed=1):
    generator = random.Random(seed)
    words = [f"w{i}" for i in range(3000)]  # so many that some occur once
    weights = [1 / (i + 1) for i in range(3000)]
    return [" ".join(generator.choices(words, weights, k=generator.randint(2, 9))) for _ in range(count)]


class TrainLm(support.TestCase):
    def text(self, content, name="text.txt"):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def trained(self, *inputs, **settings):
        output = self.folder / "lm.arpa"
        output.unlink(missing_ok=True)
        arguments = [argument for each in inputs for argument in ("--input", each)]
        result = run("train-lm", *arguments, *flags(output=output, **settings))
        self.assert_ok(result)
        return output.read_text(), result.stdout

    def test_probabilities_behind_any_words_add_up_to_one(self):
        arpa, told = self.trained(self.text("\n".join(sentences(2000)) + "\n"), order=3)
        self.assertIn("read 2,000 sentences of ", told)
        orders = model_of(arpa)
        self.assertIn(": " + ", ".join(f"{len(entries):,}" for entries in orders), told)
        for context in (("<s>",), ("w0",), ("w1", "w0"), ("w299", "w298"), ("never", "heard")):
            total = sum(10 ** log_probability(orders, context + word)
                        for word in orders[0] if word != ("<s>",))
            self.assertAlmostEqual(total, 1, places=4)

    def test_same_model_from_every_source(self):
        lines = sentences(500)
        expected, _ = self.trained(self.text("\n".join(lines)), order=2)
        loud = [f"  {line.upper()}!  " for line in lines]
        csv = "id,sentence\n" + "".join(f'{i},"{line}"\n' for i, line in enumerate(loud))
        rules = dict(order=2, remove_punctuation=True)
        sources = {
            "blank lines": (self.text("\n\n".join(loud) + "\n \n", "a.txt"), {}),
            "no ending": (self.text("\r\n".join(loud), "corpus.en"), {}),
            "packed": (self.text(gzip.compress("\n".join(loud).encode()), "b.txt.gz"), {}),
            "packed, no ending": (self.text(gzip.compress("\n".join(loud).encode()), "corpus.gz"), {}),
            "csv": (self.text(csv, "a.csv"), dict(text_column="sentence")),
            "jsonl": (self.text("".join(json.dumps({"text": line}) + "\n" for line in loud), "a.jsonl"), {})}
        for name, (path, settings) in sources.items():
            with self.subTest(name):
                self.assertEqual(self.trained(path, **rules, **settings)[0], expected)
        halves = [self.text("\n".join(loud[:200]), "1.txt"), self.text("\n".join(loud[200:]), "2.txt")]
        self.assertEqual(self.trained(*halves, **rules)[0], expected)
        piped = run("train-lm", "--input", "-", *flags(output="-", **rules), stdin="\n".join(loud))
        self.assert_ok(piped)
        self.assertEqual(piped.stdout, expected)
        self.assertEqual(piped.stderr, "")

    def test_letters_of_the_speech_model(self):
        model = self.folder / "speech"
        model.mkdir()
        (model / "config.json").write_text("{}")
        (model / "vocab.json").write_text(json.dumps(
            {symbol: i for i, symbol in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *"ABC"])}))
        arpa, _ = self.trained(self.text("a b\nc a\n"), order=1, model=model, discount_fallback=True)
        self.assertEqual(set(model_of(arpa)[0]),
                         {(word,) for word in ("<unk>", "<s>", "</s>", "A", "B", "C")})
        # As the run that saved it did to transcripts, but for what is said.
        (model / "run.yaml").write_text("model:\n  model: elsewhere\ndata:\n  text_column: said\n"
                                        "  remove_punctuation: true\n  chars_to_remove: c\n")
        loud = self.text("a, b!\nc; a.\n")
        arpa, told = self.trained(loud, order=1, model=model, discount_fallback=True)
        self.assertIn("run.yaml says", told)
        self.assertEqual(set(model_of(arpa)[0]), {(word,) for word in ("<unk>", "<s>", "</s>", "A", "B")})
        arpa, _ = self.trained(loud, order=1, model=model, discount_fallback=True, chars_to_remove="",
                               letter_case="lower")
        self.assertEqual(set(model_of(arpa)[0]), {(word,) for word in ("<unk>", "<s>", "</s>", "a", "b", "c")})
        arpa, _ = self.trained(self.text("a B\nc a\n"), order=1, letter_case="keep", discount_fallback=True)
        self.assertIn(("B",), model_of(arpa)[0])

    def test_pruned(self):
        text = self.text("\n".join(sentences(2000)))
        whole, pruned = (model_of(self.trained(text, order=3, prune=prune)[0]) for prune in (None, "0,0,1"))
        self.assertEqual(set(pruned[1]), set(whole[1]))
        self.assertLess(len(pruned[2]), len(whole[2]) / 2)
        self.assertTrue(math.isclose(sum(10 ** log_probability(pruned, ("w1", "w0") + word)
                                         for word in pruned[0] if word != ("<s>",)), 1, abs_tol=1e-4))

    def test_bad_input(self):
        def refused(*parts, source=None, **settings):
            output = self.folder / "out.arpa"
            result = run("train-lm", *flags(**{**dict(input=source, output=output), **settings}))
            self.assertEqual(result.returncode, 2, result.stderr)
            for part in parts:
                self.assertIn(part, result.stderr)
            self.assertFalse(output.exists())
        good = self.text("\n".join(sentences(50)), "good.txt")
        refused("--input is missing", "--output is missing", "--order", "--prune", output=None, order=7, prune="0,x")
        refused("the first 0", source=good, prune="1")
        refused("out.csv", source=good, output=self.folder / "out.csv")
        refused("good.txt", "would be lost", source=good, output=good)
        refused("absent.txt", source=self.folder / "absent.txt")
        refused("it is a folder", source=self.folder)
        refused("--discount-fallback", source=self.text("a b\n", "small.txt"), order=2)
        refused("holds no word", source=self.text("\n \n!\n", "blank.txt"), remove_punctuation=True)
        refused("bad.txt:2", "the word <s>", "--on-bad-row", source=self.text("a\n<s> b </s>\nc\n", "bad.txt"))
        refused("latin.txt:1", "--encoding", source=self.text("caf\xe9\n".encode("latin-1"), "latin.txt"))
        refused("no column", "sentence", source=self.text("sentence\na b\n", "a.csv"))
        refused("--text-column is for", source=good, text_column="sentence")
        refused("--language", source=good, language="deu")
        refused("--model", "no vocab.json", source=good, model=self.model)
        _, told = self.trained(self.text("a b a\n<s>\n", "bad.txt"), order=1, discount_fallback=True,
                               on_bad_row="skip")
        self.assertIn("read 1 sentences of 3 words", told)


if __name__ == "__main__":
    unittest.main()
