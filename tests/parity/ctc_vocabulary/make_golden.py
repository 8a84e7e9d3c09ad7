"""Writes golden.json: what transformers' Wav2Vec2CTCTokenizer makes of texts and of outputs, for folders as people have them.

Left out: outputs that are unknown, begin or end, which transformers writes into texts by their names; two blanks in a row, which it writes
where delimiters are parted by pads.

Run: python tests/parity/ctc_vocabulary/make_golden.py  (transformers 5.24)
"""

import json
import pathlib
import random
import tempfile

from transformers import Wav2Vec2CTCTokenizer

here = pathlib.Path(__file__).parent
random.seed(5)

LETTERS = {"|": 0, "a": 1, "b": 2, "ch": 3, "ä": 4, "'": 5, "ß": 6, "c": 7, "h": 8, "chh": 9, "[UNK]": 10, "[PAD]": 11}
NAMES = {"unk_token": "[UNK]", "pad_token": "[PAD]"}
LARGE = {s: i for i, s in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|"] + list("ETAONIHSRDLUMWCFGYPBVK'XJQZ"))}
NESTED = {
    "tur": {s: i for i, s in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|"] + list("abçığş"))},
    "eng": {s: i for i, s in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|"] + list("abcdefghijklmnopqrstuvwxyz'"))},
}
TOKEN = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
CASES = {
    "named by the configuration": ({"vocab": LETTERS, "tokenizer_config": {**NAMES, "tokenizer_class": "Wav2Vec2CTCTokenizer"}}, {}),
    "named by the map alone": ({"vocab": LETTERS, "special_tokens_map": NAMES}, {}),
    "without begin and end": ({"vocab": LETTERS, "tokenizer_config": {**NAMES, "bos_token": None, "eos_token": None}}, {}),
    "added_tokens.json": ({"vocab": LETTERS, "tokenizer_config": NAMES, "added_tokens": {"<s>": 12, "</s>": 13, "hä": 14}}, {}),
    "added_tokens_decoder": (
        {
            "vocab": LETTERS,
            "tokenizer_config": {
                **NAMES,
                "added_tokens_decoder": {
                    "12": {**TOKEN, "content": "<s>", "lstrip": True, "rstrip": True},
                    "13": {**TOKEN, "content": "</s>"},
                    "14": {**TOKEN, "content": "hh", "lstrip": True, "special": False},
                    "15": {**TOKEN, "content": "bb", "rstrip": True, "special": False},
                },
            },
        },
        {},
    ),
    "no names: four symbols more": ({"vocab": LETTERS}, {}),
    "large letters (wav2vec2-base-960h)": ({"vocab": LARGE, "tokenizer_config": {"do_lower_case": False}}, {}),
    "large letters, small texts": ({"vocab": {**LARGE, "SS": 32}, "tokenizer_config": {"do_lower_case": True}}, {}),
    "nested": ({"vocab": NESTED, "tokenizer_config": {"target_lang": "tur"}}, {}),
    "nested, another language": ({"vocab": NESTED, "tokenizer_config": {"target_lang": "tur"}}, {"target_lang": "eng"}),
    "another delimiter": ({"vocab": {"*": 0, "a": 1, "b": 2, "|": 3, "<unk>": 4, "<pad>": 5},
                           "tokenizer_config": {"word_delimiter_token": {**TOKEN, "content": "*", "__type": "AddedToken"}}}, {}),
    "no blanks in texts": ({"vocab": {"|": 0, "你": 1, "好": 2, "<unk>": 3, "<pad>": 4}, "tokenizer_config": {"replace_word_delimiter_char": ""}}, {}),
    "no delimiter": ({"vocab": {"你": 0, "好": 1, "<unk>": 2, "<pad>": 3, "<s>": 4, "</s>": 5}}, {}),
}
PARTS = list("aabbcchhäß'  |ABzÄq你好ETç\u00a0\u0301") + ["ch", "chh", "[UNK]", "hä", "hh", "bb", "SS", "ss", "İ", "<unk>", "\t"]
TEXTS = ["", " ", "a b", "  a  b  ", "a ch b", "ch ch", "chhch", "Hello world", "straße", "İstanbul'da ışık", "a|b", "\ta\nb "]
TEXTS += ["".join(random.choice(PARTS) for _ in range(random.randint(1, 14))) for _ in range(60)]


def describe(files, options):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (pathlib.Path(folder) / f"{name}.json").write_text(json.dumps(content))
        tokenizer = Wav2Vec2CTCTokenizer.from_pretrained(folder, **options)
    # A text that names an added symbol of the end gives ids that models have no use for.
    texts = {t: tokenizer.convert_tokens_to_ids(tokenizer.tokenize(t)) for t in TEXTS}
    # An unknown symbol that is added has no id for characters, which transformers then cannot encode.
    texts = {t: ids for t, ids in texts.items() if None not in ids}
    silent = {tokenizer.unk_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id}
    known = [i for i in range(len(tokenizer)) if i not in silent]
    outputs = [[random.choice(known + [tokenizer.pad_token_id] * 3) for _ in range(random.randint(0, 20))] for _ in range(20)]
    return {
        "files": files,
        "language": options.get("target_lang", ""),
        "symbols": [tokenizer.convert_ids_to_tokens(i) for i in range(len(tokenizer))],
        "blank": tokenizer.pad_token_id,
        "unknown": tokenizer.unk_token_id,
        "texts": texts,
        "outputs": [[ids, " ".join(tokenizer.decode(ids).split())] for ids in outputs],
    }


golden = {name: describe(*case) for name, case in CASES.items()}
(here / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=0) + "\n")
