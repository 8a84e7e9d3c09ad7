"""What the end-to-end tests share: running the program, tiny models, small learnable data.

Needs Python's standard library only. ATTUNE_BUILD names the build folder, ATTUNE_DEPS the folder of
downloads (default: build/release and .deps of this checkout).
"""

import csv
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ATTUNE_BUILD", ROOT / "build" / "release"))
DEPS = Path(os.environ.get("ATTUNE_DEPS", ROOT / ".deps"))
ATTUNE = str(BUILD / "attune")
TIMEOUT = 120

GOOD = "superb lovely brilliant charming warm witty moving delightful fresh honest".split()
BAD = "dreadful boring clumsy shallow stale ugly tedious hollow noisy absurd".split()
PLAIN = "the a film plot actor scene music story was is and very with some this ending".split()
PIECES = "##s ##ing ##ed ##ly un re".split()
SPECIAL = "[PAD] [UNK] [CLS] [SEP] [MASK]".split()
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
VOCABULARY = list(dict.fromkeys(SPECIAL + list(ALPHABET) + ["##" + c for c in ALPHABET]
                                + list(".,!<>&\"/") + PLAIN + GOOD + BAD + PIECES))
EXTRA_ENV = {"HF_HUB_OFFLINE": "1"}


# --- running the program -----------------------------------------------------------------------

def run(*arguments, timeout=TIMEOUT, env=None, cwd=None, preexec=None, stdin=None):
    """Runs attune; the result has .returncode, .stdout and .stderr (text)."""
    return subprocess.run([ATTUNE, *map(str, arguments)], capture_output=True, timeout=timeout,
                          text=True, errors="replace", cwd=cwd, preexec_fn=preexec, input=stdin,
                          env={**os.environ, **EXTRA_ENV, **(env or {})})


def start(*arguments):
    """Starts attune without waiting for it; only its errors are seen, on our own stderr."""
    return subprocess.Popen([ATTUNE, *map(str, arguments)], stdout=subprocess.DEVNULL,
                            env={**os.environ, **EXTRA_ENV})


def flags(**settings):
    """--flag value for each setting; True is a bare flag, None leaves it out."""
    result = []
    for name, value in settings.items():
        if value is None:
            continue
        result.append("--" + name.replace("_", "-"))
        if value is not True:
            result.append(str(value))
    return result


class TestCase(unittest.TestCase):
    """A temporary folder a test (`self.folder`), a tiny model and data a class."""

    @classmethod
    def setUpClass(cls):
        if not os.access(ATTUNE, os.X_OK):
            raise RuntimeError(f"{ATTUNE} is not there: build it, or set ATTUNE_BUILD")
        cls.shared = Path(tempfile.mkdtemp(prefix="attune-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.model = write_model(cls.shared / "model")
        cls.rows = sentences(160, seed=1)
        cls.train_file = write_csv(cls.shared / "train.csv", cls.rows)
        cls.test_file = write_csv(cls.shared / "test.csv", sentences(40, seed=2))

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="attune-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def train_flags(self, output, **settings):
        """Flags of a run that learns the toy data in a second."""
        defaults = dict(task="text-classification", model=self.model, train_file=self.train_file,
                        output_dir=output, learning_rate="2e-3", num_train_epochs=4,
                        per_device_train_batch_size=16, threads=1, seed=7)
        return flags(**{**defaults, **settings})

    def train(self, output, **settings):
        result = run("train", *self.train_flags(output, **settings))
        self.assert_ok(result)
        return result

    def assert_ok(self, result):
        self.assertEqual(result.returncode, 0, f"{result.args}\n{result.stderr}")

    def assert_refused(self, result, *parts):
        """Exit status 2 and a single clear `error:` that names every one of `parts`."""
        text = f"{result.args}\n{result.stderr}"
        self.assertEqual(result.returncode, 2, text)
        errors = [line for line in result.stderr.splitlines() if line.startswith("error:")]
        self.assertEqual(len(errors), 1, text)
        for sign in ("terminate called", "what():", "Exception raised from", "Traceback",
                     "json.exception", "c10::"):
            self.assertNotIn(sign, result.stderr)
        for part in parts:
            self.assertIn(str(part), result.stderr, text)


# --- files -------------------------------------------------------------------------------------

def read_json(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def read_jsonl(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def tree(folder):
    """Every path below `folder` with its size and hash."""
    folder = Path(folder)
    return {str(path.relative_to(folder)): sha256(path) if path.is_file() else "folder"
            for path in sorted(folder.rglob("*"))}


def safetensors_bytes(tensors):
    """A file of float32 tensors given as name: (shape, values)."""
    header, data = {}, bytearray()
    for name, (shape, values) in tensors.items():
        block = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": list(shape),
                        "data_offsets": [len(data), len(data) + len(block)]}
        data += block
    return raw_safetensors(header, bytes(data))


def raw_safetensors(header, data=b"", length=None):
    """A file with this header (an object or bytes), well-formed or not."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def read_safetensors(path):
    """name: (dtype, shape, bytes)"""
    data = Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    body = data[8 + size:]
    return {name: (entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])])
            for name, entry in header.items()}


# --- a tiny model ------------------------------------------------------------------------------

CONFIG = {
    "architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(VOCABULARY),
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
    "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
    "max_position_embeddings": 64, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
    "initializer_range": 0.02, "pad_token_id": 0,
}


def model_shapes(config):
    """Names and shapes of a BertModel's parameters, as Hugging Face writes them."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    shapes = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], hidden),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], hidden),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], hidden),
        "embeddings.LayerNorm.weight": (hidden,), "embeddings.LayerNorm.bias": (hidden,),
    }
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}."
        for name, rows, columns in (("attention.self.query", hidden, hidden),
                                    ("attention.self.key", hidden, hidden),
                                    ("attention.self.value", hidden, hidden),
                                    ("attention.output.dense", hidden, hidden),
                                    ("intermediate.dense", inner, hidden),
                                    ("output.dense", hidden, inner)):
            shapes[f"{at}{name}.weight"] = (rows, columns)
            shapes[f"{at}{name}.bias"] = (rows,)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{at}{name}.weight"] = shapes[f"{at}{name}.bias"] = (hidden,)
    shapes["pooler.dense.weight"], shapes["pooler.dense.bias"] = (hidden, hidden), (hidden,)
    return shapes


def random_tensors(config, seed=0):
    generator = random.Random(seed)
    tensors = {}
    for name, shape in model_shapes(config).items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        if name.endswith("LayerNorm.weight"):
            values = [1.0] * count
        elif name.endswith(".bias"):
            values = [0.0] * count
        else:
            values = [generator.gauss(0, 0.02) for _ in range(count)]
        tensors[name] = (shape, values)
    return tensors


def write_model(folder, config=None, vocabulary=None, seed=0, **changes):
    """A random BERT of two layers in Hugging Face's layout; `changes` go into config.json."""
    folder.mkdir(parents=True)
    config = {**CONFIG, **(config or {}), **changes}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "vocab.txt").write_text("\n".join(vocabulary or VOCABULARY) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(
        {"do_lower_case": True, "model_max_length": 64, "tokenizer_class": "BertTokenizer"}))
    (folder / "model.safetensors").write_bytes(safetensors_bytes(random_tensors(config, seed)))
    return folder


# --- small learnable data ----------------------------------------------------------------------

def sentences(count, seed):
    """(text, label) rows: the words of one family say the label, plain words surround them."""
    generator = random.Random(seed)
    rows = []
    for i in range(count):
        positive = i % 2 == 0
        words = [generator.choice(PLAIN) for _ in range(generator.randint(2, 9))]
        for _ in range(2):
            word = generator.choice(GOOD if positive else BAD)
            words.insert(generator.randint(0, len(words)), word)
        text = " ".join(words)
        if i % 7 == 0:
            text = text.capitalize() + ", \"<b>really</b>\" & truly!"
        rows.append((text, "positive" if positive else "negative"))
    return rows


def write_csv(path, rows, header=("text", "label"), delimiter=","):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        if header:
            writer.writerow(header)
        writer.writerows(rows)
    return path


def write_jsonl(path, rows, names=("text", "label")):
    lines = [json.dumps(dict(zip(names, row)), ensure_ascii=False) + "\n" for row in rows]
    Path(path).write_text("".join(lines), encoding="utf-8")
    return path


def write_class_folders(path, rows):
    """A folder a label with a .txt file a text, numbered in the rows' order."""
    for number, (text, label) in enumerate(rows):
        folder = path / label
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")
    return path
