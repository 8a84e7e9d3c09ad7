"""Compares `attune tokenize` with transformers' AutoTokenizer on folders whose files disagree.

    check_config.py TOOL

tokenizer.json and tokenizer_config.json say different things, a vocabulary holds a line twice or leaves ids
without a token: ids, tokens and offsets must be those of transformers. Exits 1 where a folder differs.
"""
import copy
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from transformers import AutoTokenizer

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world", "Hello", "WORLD", "cafe", "café",
         "##s", "Café", "naive", "中", "文", "中文", ",", "!", "<ent>", "ÉCOLE", "ecole", "école", "x", "##y"]
LINES = ["Hello WORLD, Café cafés!", "École ÉCOLE naïve", "中文 hello中", "xy x y <ent> [MASK] [mask]", "",
         "Cafe\u0301 \u00a0 hello\u200b", "[CLS] hello [SEP] world"]
BERT = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
        "lowercase": True}


def tokenizer_json(normalizer=None, **changes):
    template = {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                         {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
                         {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in (("[CLS]", 2), ("[SEP]", 3))}}
    added = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": True} for i, t in enumerate(WORDS[:5])]
    out = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
           "normalizer": BERT if normalizer is None else normalizer, "pre_tokenizer": {"type": "BertPreTokenizer"},
           "post_processor": template, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
           "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                     "max_input_chars_per_word": 100, "vocab": {t: i for i, t in enumerate(WORDS)}}}
    out.update(copy.deepcopy(changes))
    return out


def bert(**changes):
    return tokenizer_json({**BERT, **changes})


def with_model(**changes):
    out = tokenizer_json()
    out["model"].update(changes)
    return out


NEW = {"id": 25, "content": "<new>", "single_word": False, "lstrip": True, "rstrip": False, "normalized": False,
       "special": False}
CLASS = {"tokenizer_class": "BertTokenizer"}
NFC = {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}
ANY = {"tokenizer_class": "PreTrainedTokenizerFast"}
MAP = {"cls_token": "<ent>", "sep_token": {"content": "x", "lstrip": True, "rstrip": False, "normalized": False,
                                           "single_word": False}}
NAMES = {"cls_token": "[CLS]", "sep_token": "[SEP]"}
SPECIAL, ADDED = "special_tokens_map.json", "added_tokens.json"
TABLE = {"added_tokens_decoder": {"25": {k: v for k, v in NEW.items() if k != "id"}}}
FOLDERS = {  # name: (tokenizer.json, tokenizer_config.json, vocab.txt, files beside them by name); None: no such file
    "the same": (bert(), CLASS, None),
    "cased file, default config": (bert(lowercase=False), CLASS, None),
    "cased file and config": (bert(lowercase=False), {**CLASS, "do_lower_case": False}, None),
    "cased config": (bert(), {**CLASS, "do_lower_case": False}, None),
    "accents kept by config": (bert(), {**CLASS, "strip_accents": False}, None),
    "accents stripped by config": (bert(lowercase=False), {**CLASS, "do_lower_case": False, "strip_accents": True}, None),
    "accents kept by file": (bert(strip_accents=False), CLASS, None),
    "ideographs whole by config": (bert(), {**CLASS, "tokenize_chinese_chars": False}, None),
    "ideographs whole by file": (bert(handle_chinese_chars=False), CLASS, None),
    "not cleaned by file": (bert(clean_text=False), CLASS, None),
    "other normalizer": (tokenizer_json(NFC), CLASS, None),
    "no class, BERT by config.json": (bert(lowercase=False), {}, None),
    "fast class": (bert(lowercase=False), {"tokenizer_class": "BertTokenizerFast"}, None),
    "class of any file": (bert(lowercase=False), {"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": True}, None),
    "other pre-tokenizer": (tokenizer_json(pre_tokenizer={"type": "Whitespace"}), CLASS, None),
    "shorter words": (with_model(max_input_chars_per_word=4), CLASS, None),
    "special tokens by config": (bert(), {**CLASS, "cls_token": "<ent>", "sep_token": "x"}, None),
    "an added token": (tokenizer_json(added_tokens=tokenizer_json()["added_tokens"] + [NEW]), CLASS, None),
    "ids without a token": (with_model(vocab={t: i + (i > 10) * 7 for i, t in enumerate(WORDS)}), CLASS, None),
    "a line twice": (None, CLASS, WORDS[:8] + ["world"] + WORDS[8:]),
    "vocab.txt, cased": (None, {**CLASS, "do_lower_case": False}, WORDS),
    "blanks behind a line": (None, CLASS, WORDS[:5] + ["hello\u00a0", "world \t", "x\u3000"] + WORDS[7:]),
    "map over config": (None, {**CLASS, **NAMES}, WORDS, {SPECIAL: MAP}),
    "map over config and file": (bert(), {**CLASS, **NAMES}, None, {SPECIAL: MAP}),
    "map without names in config": (bert(), CLASS, None, {SPECIAL: MAP}),
    "map beside the newer table": (bert(), {**CLASS, **NAMES, **TABLE}, None, {SPECIAL: MAP}),
    "vocab.txt, map beside the newer table": (None, {**CLASS, **NAMES, **TABLE}, WORDS, {SPECIAL: MAP}),
    "map's unknown token": (None, {**CLASS, "unk_token": "x"}, WORDS, {SPECIAL: {"unk_token": "[UNK]"}}),
    "map with more tokens": (bert(), {**CLASS, "extra_special_tokens": ["hello"]}, None,
                             {SPECIAL: {"additional_special_tokens": ["world"]}}),
    "map with more tokens, older name in both": (bert(), {**CLASS, "additional_special_tokens": ["hello"]}, None,
                                                 {SPECIAL: {"additional_special_tokens": ["world"]}}),
    "map alone with more tokens": (bert(), CLASS, None, {SPECIAL: {"additional_special_tokens": ["world"]}}),
    "map with more tokens, newer name": (bert(), {**CLASS, "extra_special_tokens": ["hello"]}, None,
                                         {SPECIAL: {"extra_special_tokens": ["world"]}}),
    "added tokens beside the file": (bert(), CLASS, None, {ADDED: {"<new>": 25, "newer": 26}}),
    "added tokens beside a file of any class": (bert(), ANY, None, {ADDED: {"<new>": 25, "newer": 26}}),
    "added tokens beside vocab.txt": (None, CLASS, WORDS, {ADDED: {"<new>": 25, "newer": 26}}),
    "added special tokens": (None, CLASS, WORDS,
                             {ADDED: {"<new>": 25, "HELLO": 26}, SPECIAL: {"additional_special_tokens": ["HELLO"]}}),
    "added tokens beside the newer table": (bert(), {**CLASS, **TABLE}, None, {ADDED: {"world!": 25}}),
    "table beside a file of any class": (bert(), {**ANY, **TABLE}, None),
    "names beside a file of any class": (bert(), {**ANY, "pad_token": "<pad>", "additional_special_tokens": ["hello"]},
                                         None),
    "an id twice": (with_model(vocab={**{t: i for i, t in enumerate(WORDS)}, "world": 5}), CLASS, None),
}


def make_folder(folder, tokenizer, config, vocabulary, beside=()):
    folder.mkdir()
    for name, content in dict(beside).items():
        (folder / name).write_text(json.dumps(content))
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    if tokenizer is not None:
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    if config is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    if vocabulary is not None:
        (folder / "vocab.txt").write_text("".join(w + "\n" for w in vocabulary), encoding="utf-8")


def main():
    tool, wrong = sys.argv[1], 0
    lines = LINES + ["a <new> b", "hello<new>", "newer hello world!", "HELLO renewer"]
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        (work / "in.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        for number, (name, files) in enumerate(FOLDERS.items()):
            folder = work / str(number)
            make_folder(folder, *files)
            subprocess.run([tool, "tokenize", "--model", folder, "--input-file", work / "in.txt", "--output-file",
                            work / "out.jsonl"], check=True, stderr=subprocess.DEVNULL)
            got = [json.loads(line) for line in (work / "out.jsonl").read_text(encoding="utf-8").splitlines()]
            peer = AutoTokenizer.from_pretrained(str(folder))
            different = 0
            for line, ours in zip(lines, got, strict=True):
                e = peer.backend_tokenizer.encode(line)
                expected = {"ids": e.ids, "tokens": e.tokens, "offsets": [list(o) for o in e.offsets]}
                if name == "an id twice":  # which of the two names it gets is chance there
                    del expected["tokens"], ours["tokens"]
                if ours != expected:
                    different += 1
                    print(f"{name}: {line!r}\n  expected {expected}\n  got      {ours}")
            print(f"{'ok' if different == 0 else 'DIFFERS':8}{name}")
            wrong += different
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
