"""Makes golden.json (own lines through every variant) and corpora.json (a hash per shared corpus).

    make_golden.py SHARED [--seed N --texts N --options N --output FILE --no-corpora]

Run with the peers' Python; the peer is Hugging Face `tokenizers`. The larger runs that --texts and
--options allow are for looking for differences, see tokenizer_parity_test.cc.
"""
import argparse
import hashlib
import json
import random
import tempfile
from pathlib import Path

import tokenizers
from corpora import corpus_files, read_lines
from peer import make_model_folder
from tokenizers import Tokenizer
from transformers import BertTokenizerFast
from variants import combinations, random_text, tokenizer_json, vocabulary

HERE = Path(__file__).parent
LINES = [
    "", " ", "Hello, World! It's 10 o'clock.", "The quick brown fox — “quoted” … and (more).",
    "naïve café Ångström Straße ŒUVRE ĲSSEL", "Cafe\u0301 A\u030angstro\u0308m e\u0301\u0323x",
    "İstanbul ISPARTA ıştır I\u0307", "Οδυσσεύς ΟΔΥΣΣΕΎΣ ᾳ ᾼ", "Привет, ёжик! Йод й",
    "日本語のテスト、漢字とひらがな。", "中文abc字123。𠀀𪜀﨑㍿", "한국어 문장입니다 각각 가나다",
    "مرحبا بالعالم، كيف الحال؟ مُحَمَّد", "שָׁלוֹם עולם", "สวัสดีชาวโลก กำลังทำ", "नमस्ते दुनिया कि क्षत्रिय ड़",
    "བཀྲ་ཤིས་ ཱི ཱུ", "👩‍👩‍👧‍👦 🇩🇪🏽 ❤️ 1️⃣", "tab\tnew\u000bline\u0085sep\u2028par\u2029end",
    "nul\u0000bel\u0007del\u007fsoft\u00adhyphen\ufeffbom\ufffdrepl", "zero\u200bwidth\u200cnon\u200djoin\u2060er",
    "private\ue000use unassigned\u0378 non\uffffchar \U000e0001tag", "ﬁne ﬂow oﬃce ǅ ㎏ ² ½ Ⅷ ①",
    "a" * 12, "a" * 13, "é" * 13, "e\u0301" * 7, "x" * 300, "日" * 20,
    "[CLS] inside [SEP] text [MASK]! [mask] [UNK][PAD]", "  [MASK]  ", "[MASK[MASK]]", "a[SEP]b",
    "<ent> a <ent>x<ent>", "New York new york newyork new yorks Straße STRASSE", "éa Éa e\u0301a ab",
    "under_score @user #tag http://x.y/z?q=1&r=2 a@b.c", "$5.00 + 3% = ~€4^2 |x| `code` <b>",
    "\u0301leading mark", "\u0323\u0301", "mixed\u302e\u0301tone \U0001d157\U0001d165 note", "\u0344\u0f73x",
    "\u1c89 \ua7cb \U00010d50 \U00010d40 new letters", "\u166d\u2e43\u111c9 marks", "don't won't can 't i 'm he 's",
]


def window(e):
    return {"ids": e.ids, "tokens": e.tokens, "offsets": [x for o in e.offsets for x in o],
            "type_ids": e.type_ids, "special": e.special_tokens_mask, "attention": e.attention_mask}


def encoded(e):
    return {**window(e), "overflowing": [window(o) for o in e.overflowing]}


def random_options(rng):
    out = {"add_special_tokens": rng.random() < 0.8}
    if rng.random() < 0.8:
        out.update(truncation=rng.choice(["longest_first", "only_first", "only_second"]),
                   max_length=rng.randrange(4, 14), stride=rng.randrange(0, 4),
                   truncation_side=rng.choice(["left", "right"]))
    if rng.random() < 0.6:
        out.update(padding=rng.choice(["longest", "fixed"]), padding_side=rng.choice(["left", "right"]),
                   pad_to_multiple_of=rng.choice([0, 0, 4, 8]))
        if out["padding"] == "fixed":
            out.setdefault("max_length", rng.randrange(4, 14))
    return out


def apply_options(peer, o):
    peer.no_truncation()
    peer.no_padding()
    if "truncation" in o:
        peer.enable_truncation(o["max_length"], stride=o["stride"], strategy=o["truncation"],
                               direction=o["truncation_side"])
    if "padding" in o:
        peer.enable_padding(direction=o["padding_side"], pad_id=0, pad_token="[PAD]",
                            length=o["max_length"] if o["padding"] == "fixed" else None,
                            pad_to_multiple_of=o["pad_to_multiple_of"] or None)


def batch_case(number, peer, rng, options, texts, pairs):
    """None where the peer refuses: attune must refuse too, which unit tests cover."""
    try:
        apply_options(peer, options)
        batch = list(zip(texts, pairs)) if pairs else texts
        out = peer.encode_batch(batch, add_special_tokens=options["add_special_tokens"])
    except BaseException as error:  # PanicException is not an Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return None
    return {"tokenizer": number, "texts": texts, "pairs": pairs, "options": options,
            "expected": [encoded(e) for e in out]}


def make_cases(args):
    rng = random.Random(args.seed)
    tokenizers_out, cases, decodes = [], [], []
    for number, names in enumerate(combinations()):
        text = tokenizer_json(*names)
        peer = Tokenizer.from_str(text)
        shell = json.loads(text)
        shell["model"]["vocab"] = {}
        tokenizers_out.append({"names": list(names), "json": shell})
        plain = {"add_special_tokens": True}
        texts = [random_text(rng) for _ in range(args.texts)]
        if names in ((("bert_uncased",) + names[1:]), (("bert_cased",) + names[1:])) and names[4] == "special":
            texts += LINES
        cases.append(batch_case(number, peer, rng, plain, texts, []))
        for _ in range(args.options):
            count = rng.randrange(1, 3)
            texts = [random_text(rng) for _ in range(count)]
            pairs = [random_text(rng) for _ in range(count)] if rng.random() < 0.7 else []
            cases.append(batch_case(number, peer, rng, random_options(rng), texts, pairs))
        for skip in (False, True):
            ids = [rng.randrange(peer.get_vocab_size()) for _ in range(12)] + [2, 3, 4]
            decodes.append({"tokenizer": number, "ids": ids, "skip_special_tokens": skip,
                            "text": peer.decode(ids, skip_special_tokens=skip)})
    small = [c for c in cases if c and len(json.dumps(c)) <= args.max_case_bytes]
    return {"made_by": f"tokenizers {tokenizers.__version__}", "vocabulary": vocabulary(),
            "tokenizers": tokenizers_out, "cases": small, "decodes": decodes,
            "folders": make_folders()}


FOLDER_VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "##ly", "é", "<ent>"]
FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
FOLDERS = [  # tokenizer_config.json, special_tokens_map.json, added_tokens.json, tokens left out
    (None, None, None, []),
    ({"do_lower_case": False, "strip_accents": False, "tokenize_chinese_chars": False}, None, None, []),
    ({"strip_accents": True, "model_max_length": 128, "padding_side": "left"}, None, None, []),
    ({"mask_token": {"__type": "AddedToken", **FLAGS, "content": "[MASK]", "lstrip": True}}, None,
     None, []),
    ({"additional_special_tokens": ["<ent>", "<new>"]}, None, None, []),
    ({}, {"additional_special_tokens": ["<new>"], "cls_token": "hello"}, None, []),
    ({}, None, {"<new>": 9, "<two>": 10}, []),
    ({"additional_special_tokens": ["<new>"]}, None, {"<new>": 9, "<two>": 10}, []),
    ({"added_tokens_decoder": {"9": {**FLAGS, "content": "<new>", "special": False, "normalized": True},
                               "4": {**FLAGS, "content": "[MASK]", "lstrip": True}}}, None, None, []),
    ({}, None, None, ["[MASK]", "[PAD]"]),
    ({}, None, None, ["[CLS]", "[SEP]"]),
    ({}, None, {"<new>": 8}, ["[MASK]"]),
    ({"cls_token": "hello", "sep_token": "é", "unk_token": "<ent>"}, None, None, []),
    ({"pad_token": None, "mask_token": None}, None, None, []),
    ({"extra_special_tokens": ["<x>"], "bos_token": "hello", "eos_token": "<e>"}, None, None, []),
    ({"extra_special_tokens": {"img_token": "<x>"}}, None, None, []),
]


def make_folders():
    """What transformers makes of folders without tokenizer.json."""
    out = []
    for config, special, added, left_out in FOLDERS:
        files = {"vocab.txt": "".join(t + "\n" for t in FOLDER_VOCABULARY if t not in left_out)}
        for name, value in (("tokenizer_config.json", config), ("special_tokens_map.json", special),
                            ("added_tokens.json", added)):
            if value is not None:
                files[name] = json.dumps(value)
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                (Path(folder) / name).write_text(text)
            peer = BertTokenizerFast.from_pretrained(folder)
            out.append({"files": files, "tokenizer_json": peer.backend_tokenizer.to_str(pretty=False)})
    return out


def corpus_hash(peer, lines):
    digest = hashlib.sha256()
    for e in peer.encode_batch(lines):
        ids = " ".join(map(str, e.ids))
        offsets = " ".join(f"{a} {b}" for a, b in e.offsets)
        digest.update(f"{ids}\t{offsets}\n".encode())
    return digest.hexdigest()


def make_corpora(shared):
    out = {"made_by": f"tokenizers {tokenizers.__version__}", "vocabularies": {}}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("uncased", "cased"):
            model = make_model_folder(shared, kind, Path(folder) / kind)
            json_text = (model / "tokenizer.json").read_bytes()
            peer = Tokenizer.from_str(json_text.decode())
            files = {}
            for path in corpus_files(shared):
                lines = read_lines(path)
                files[str(path.relative_to(shared / "data"))] = {
                    "lines": len(lines), "sha256": corpus_hash(peer, lines)}
            out["vocabularies"][kind] = {
                "tokenizer_json_sha256": hashlib.sha256(json_text).hexdigest(), "files": files}
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=int, default=2)
    parser.add_argument("--options", type=int, default=2)
    parser.add_argument("--max-case-bytes", type=int, default=20000)
    parser.add_argument("--output", type=Path, default=HERE / "golden.json")
    parser.add_argument("--no-corpora", action="store_true")
    args = parser.parse_args()
    cases = make_cases(args)
    args.output.write_text(json.dumps(cases, ensure_ascii=False, separators=(",", ":")) + "\n")
    if not args.no_corpora:
        corpora = make_corpora(args.shared)
        (HERE / "corpora.json").write_text(json.dumps(corpora, indent=1) + "\n")


if __name__ == "__main__":
    main()
