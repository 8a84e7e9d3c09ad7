"""Writes training_arguments.txt: every argument of Hugging Face's TrainingArguments with what HfArgumentParser
takes behind its flag and its default, for options_test.cc.

usage: training_arguments.py VERSION=training_args.py ...   (the newest first; its defaults are written)

Reads the sources, so that several versions can be taken together and none needs to be installed: unpack
transformers/training_args.py of each wheel."""

import ast
import json
import pathlib
import sys


def default_of(node):
    """As JSON; null where it is computed, which leaves an argument unset."""
    if isinstance(node, ast.Call):
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if "default_factory" in given:
            return []
        node = given.get("default")
    try:
        return ast.literal_eval(node) if node is not None else None
    except ValueError:
        return None


def kind_of(annotation):
    """flag: true where nothing follows; value: one word; values: all words up to the next flag."""
    text = ast.unparse(annotation).replace("Optional[", "").replace("Union[", "").strip("'\"")
    if "list[" in text.lower():
        return "values"
    return "flag" if "bool" in text and "dict" not in text else "value"


def arguments_of(path):
    tree = ast.parse(pathlib.Path(path).read_text(encoding="utf-8"))
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "TrainingArguments").body
    return {n.target.id: (kind_of(n.annotation), default_of(n.value))
            for n in body if isinstance(n, ast.AnnAssign) and not n.target.id.startswith("_")}


def main():
    versions = [argument.split("=", 1) for argument in sys.argv[1:]]
    known = {version: arguments_of(path) for version, path in versions}
    names = sorted({name for arguments in known.values() for name in arguments})
    lines = ["# name\tkind\tdefault\tversions of transformers: " + " ".join(known)]
    for name in names:
        of = [version for version in known if name in known[version]]
        kind, default = known[of[0]][name]
        lines.append("\t".join([name, kind, json.dumps(default), " ".join(of)]))
    path = pathlib.Path(__file__).with_name("training_arguments.txt")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(path, len(names))


if __name__ == "__main__":
    main()
