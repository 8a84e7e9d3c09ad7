"""The shared corpora whose every line is compared, and how a file becomes lines."""
import gzip

PATTERNS = [
    "text-mr/rt-polarity.*",
    "text-sst/stsa.*",
    "text-trec6/TREC.*",
    "tokenizers/subword-nmt/corpus.en",
    "tokenizers/sentencepiece/botchan.txt",
    "mt-multi30k/*.gz",
]


def corpus_files(shared):
    return sorted(path for pattern in PATTERNS for path in (shared / "data").glob(pattern))


def read_lines(path):
    """Lines end at "\\n" alone; a "\\r" before it goes too. Not UTF-8: read as Latin-1."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]
