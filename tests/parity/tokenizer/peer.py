"""Folders with a BERT tokenizer, made by transformers from the shared vocabularies."""
import json
import shutil

from transformers import BertTokenizerFast


def make_model_folder(shared, kind, folder):
    """`kind`: "uncased" or "cased". The folder gets vocab.txt, tokenizer_config.json, tokenizer.json."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shared / "data" / "tokenizers" / f"bert-base-{kind}" / "vocab.txt",
                    folder / "vocab.txt")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": kind == "uncased", "model_max_length": 512}))
    BertTokenizerFast.from_pretrained(str(folder)).save_pretrained(str(folder))
    return folder
