"""Lines per second of Hugging Face `tokenizers` on one thread, as JSON: the peer of tokenizer_bench.

    TOKENIZERS_PARALLELISM=false tokenizer_peer.py MODEL_FOLDER FILE [REPEATS]

`encode_batch` fills ids, tokens and offsets; `encode_batch_fast` leaves offsets out.
"""
import json
import os
import sys
import time

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
from tokenizers import Tokenizer  # noqa: E402


def median_seconds(call, repeats):
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2]


def main():
    folder, path = sys.argv[1:3]
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    lines = open(path, encoding="utf-8").read().split("\n")[:-1]
    out = {"tool": "tokenizers", "file": path, "lines": len(lines)}
    for name in ("encode_batch", "encode_batch_fast"):
        call = getattr(tokenizer, name)
        call(lines[:1000])
        out[f"{name}_lines_per_second"] = len(lines) / median_seconds(lambda: call(lines), repeats)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
