"""Small tokenizers that together use every supported variant, and text that is hard on them."""
import json
import random
import unicodedata

BASES = "abcXYZ019 éÀñßİıſKÅſtﬁŉǅΩςΣдЙё日本語漢字﨑𠀀ひカ한글각각ไทยนำกู้שלוםעִבמرحبابًकीखिক্ষবাংடி๑४Ⅷ½²①"
MARKS = "\u0301\u0300\u0327\u0323\u0308\u0345\u0338\u05b0\u064b\u0670\u0e38\u0f71\u0f72\u302a\u302e\u3099\u20e3\ufe0f\U0001d165"
MARKS += "\u0344\u0f73\u0958\u1885\ua9bd\u1734\u08d4\U0001e944\u1cf2\U000111c9"
SIGNS = ".,!?'\"-_()[]{}<>@#$%^&*+=|\\/~`;:«»„“”…—·¿、。！？٪؟।৳€£\u166d\u2e43\u30fb"
SPACES = "   \t\u00a0\u1680\u2003\u200a\u2028\u2029\u202f\u205f\u3000\u0085\u000b\u000c"
HIDDEN = "\u0000\u0007\u007f\u00ad\u200b\u200c\u200d\u200e\u2060\ufeff\ufffd\ue000\U000e0001\u0378\ufdd0\u08e2\uffff"
OTHERS = "👩\u200d👩\u200d👧🇩🇪🏽❤\ufe0f𝒜𝟘\u1e9e\u1c89\ua7cb\U00010d50\U00016ea0\U00010d40\u0149ﷺ㍿ﬃ㎏\u2126\u212b"
TOKENS = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "<ent>", "<ent>x", "new york", "Straße", "[mask]", "ab", "éa ", "STRASSE", "New York"]


def random_text(rng):
    pools = [BASES, BASES, BASES, MARKS, SIGNS, SPACES, HIDDEN, OTHERS]
    text = ""
    for _ in range(rng.randrange(0, 14)):
        kind = rng.random()
        if kind < 0.12:
            text += rng.choice(TOKENS)
        elif kind < 0.17:
            text += chr(rng.choice([rng.randrange(0x20, 0x3000), rng.randrange(0xA000, 0xD7FF),
                                    rng.randrange(0xF900, 0x1F000)]))
        else:
            pool = rng.choice(pools)
            text += "".join(rng.choice(pool) for _ in range(rng.randrange(1, 5)))
    return text.replace("\n", " ").replace("\r", " ")


def vocabulary():
    chars = set("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789")
    for c in BASES + MARKS + SIGNS + OTHERS:
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            chars.update(unicodedata.normalize(form, c))
            chars.update(unicodedata.normalize(form, c).lower())
    chars -= set(" \n\r\t")
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for c in sorted(chars):
        if (ord(c) * 2654435761) % 7 != 0:  # some are unknown
            tokens.append(c)
        if (ord(c) * 40503) % 5 != 0:
            tokens.append("##" + c)
    return tokens + ["abc", "##bc", "ab", "##ab", "cab"]


def added(id, content, **flags):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True, **flags}


def bert(**changes):
    return {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
            "strip_accents": None, "lowercase": True, **changes}


def template(single, pair, tokens):
    def pieces(text):
        out = []
        for piece in text.split():
            name, type_id = piece.rsplit(":", 1)
            kind = "Sequence" if name in ("A", "B") else "SpecialToken"
            out.append({kind: {"id": name, "type_id": int(type_id)}})
        return out
    special = {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in tokens.items()}
    return {"type": "TemplateProcessing", "single": pieces(single), "pair": pieces(pair),
            "special_tokens": special}


BERT_TEMPLATE = template("[CLS]:0 A:0 [SEP]:0", "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1",
                         {"[CLS]": 2, "[SEP]": 3})


def replace(pattern, content):
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


NORMALIZERS = {
    "bert_uncased": bert(),
    "bert_cased": bert(lowercase=False),
    "bert_keep_accents": bert(strip_accents=False),
    "bert_strip_cased": bert(strip_accents=True, lowercase=False),
    "bert_dirty": bert(clean_text=False, handle_chinese_chars=False),
    "none": None,
    "lowercase": {"type": "Lowercase"},
    "nfc": {"type": "NFC"}, "nfd": {"type": "NFD"}, "nfkc": {"type": "NFKC"}, "nfkd": {"type": "NFKD"},
    "strip_both": {"type": "Strip", "strip_left": True, "strip_right": True},
    "strip_left": {"type": "Strip", "strip_left": True, "strip_right": False},
    "strip_right": {"type": "Strip", "strip_left": False, "strip_right": True},
    "accents": {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"},
                                                    {"type": "Lowercase"}]},
    "replace": {"type": "Sequence", "normalizers": [
        replace("a", "XYZ"), replace("é", ""), replace("  ", " "), replace("日本", "c"),
        {"type": "NFC"}, {"type": "Strip", "strip_left": True, "strip_right": True}, bert()]},
    "nfd_nfc": {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"},
                                                    {"type": "NFC"}]},
}
PRE_TOKENIZERS = {
    "bert": {"type": "BertPreTokenizer"},
    "none": None,
    "whitespace": {"type": "Whitespace"},
    "whitespace_split": {"type": "WhitespaceSplit"},
    **{"punct_" + b: {"type": "Sequence", "pretokenizers": [
        {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": b}]}
       for b in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous")},
    "digits": {"type": "Sequence", "pretokenizers": [{"type": "BertPreTokenizer"},
                                                     {"type": "Digits", "individual_digits": False}]},
    "digits_each": {"type": "Sequence", "pretokenizers": [
        {"type": "BertPreTokenizer"}, {"type": "Digits", "individual_digits": True}]},
}
POST_PROCESSORS = {
    "template": BERT_TEMPLATE,
    "bert": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
    "odd": template("A:1 [SEP]:2", "[CLS]:3 B:4 [MASK]:5 A:0", {"[CLS]": 2, "[SEP]": 3, "[MASK]": 4}),
    "none": None,
    "sequence": {"type": "Sequence", "processors": [BERT_TEMPLATE]},
}
DECODERS = {
    "cleanup": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "plain": {"type": "WordPiece", "prefix": "##", "cleanup": False},
    "none": None,
    "sequence": {"type": "Sequence", "decoders": [{"type": "WordPiece", "prefix": "##",
                                                   "cleanup": True}]},
}


def added_tokens(first):
    return {
        "special": [added(i, t) for i, t in
                    enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])],
        "flags": [added(0, "[PAD]"), added(4, "[MASK]", lstrip=True),
                  added(first, "<ent>", rstrip=True, lstrip=True),
                  added(first + 1, "<ent>x", special=False),
                  added(first + 2, "new york", normalized=True, special=False, single_word=True),
                  added(first + 3, "Straße", normalized=True, special=False),
                  added(first + 4, "éa", normalized=True, special=False, rstrip=True)],
        "none": [],
    }


def tokenizer_json(normalizer, pre, post, decoder, extra, **model):
    tokens = vocabulary()
    return json.dumps({
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": added_tokens(len(tokens))[extra],
        "normalizer": NORMALIZERS[normalizer], "pre_tokenizer": PRE_TOKENIZERS[pre],
        "post_processor": POST_PROCESSORS[post], "decoder": DECODERS[decoder],
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 12, **model,
                  "vocab": {t: i for i, t in enumerate(tokens)}}}, ensure_ascii=False)


def combinations():
    """Names of variants, each used at least once, the BERT ones most."""
    out = [(n, "bert", "template", "cleanup", "special") for n in NORMALIZERS]
    out += [("bert_uncased", p, "bert", "plain", "flags") for p in PRE_TOKENIZERS]
    out += [("nfkd", p, "odd", "none", "none") for p in PRE_TOKENIZERS]
    out += [(n, "whitespace", "sequence", "sequence", "flags") for n in NORMALIZERS]
    out += [("bert_cased", "none", "none", "cleanup", "flags")]
    return out
