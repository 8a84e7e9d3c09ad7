"""Compares `attune tokenize` with live Hugging Face `tokenizers`, line by line.

    compare_live.py TOOL SHARED [--tool-args "tokenize --model {model} --input-file {input} --output-file {output}"]

TOOL is the binary, SHARED the folder with data/. Every line of the corpora below is compared: ids,
tokens and offsets in characters, with the cased and the uncased BERT vocabulary. Exits 1 where a
line differs and prints the first ones.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from corpora import corpus_files, read_lines
from peer import make_model_folder
from tokenizers import Tokenizer


def compare(tool, tool_args, model, name, lines, work):
    source, result = work / "in.txt", work / "out.jsonl"
    source.write_bytes("".join(line + "\n" for line in lines).encode())
    filled = [a.format(model=model, input=source, output=result) for a in tool_args.split()]
    subprocess.run([tool, *filled], check=True)
    peer = Tokenizer.from_file(str(model / "tokenizer.json"))
    peer.no_truncation()
    peer.no_padding()
    got = [json.loads(line) for line in result.read_text(encoding="utf-8").splitlines()]
    assert len(got) == len(lines), f"{name}: {len(got)} lines for {len(lines)}"
    wrong = 0
    for number, (line, ours) in enumerate(zip(lines, got), 1):
        e = peer.encode(line)
        expected = {"ids": e.ids, "tokens": e.tokens, "offsets": [list(o) for o in e.offsets]}
        if ours != expected:
            wrong += 1
            if wrong <= 3:
                print(f"{name}:{number}: {line!r}\n  expected {expected}\n  got      {ours}")
    print(f"{'ok' if wrong == 0 else 'DIFFERS':8}{name}: {len(lines)} lines, {wrong} differ")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool")
    parser.add_argument("shared", type=Path)
    parser.add_argument(
        "--tool-args",
        default="tokenize --model {model} --input-file {input} --output-file {output}")
    args = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for kind in ("uncased", "cased"):
            model = make_model_folder(args.shared, kind, work / kind)
            for path in corpus_files(args.shared):
                lines = read_lines(path)
                wrong += compare(args.tool, args.tool_args, model, f"{kind} {path.name}", lines, work)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
