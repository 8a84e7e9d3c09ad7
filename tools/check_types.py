#!/usr/bin/env python3
"""Checks that no two files under src define a type of the same name in the same namespace.

Such types link without a word, and one of them is then used for the other (the one definition rule).
"""

import collections
import pathlib
import sys

from cpp_source import code_of, sources_in, types_of

ROOT = pathlib.Path(__file__).resolve().parent.parent / "src"


def problems_in(root: pathlib.Path) -> list[str]:
    places = collections.defaultdict(list)
    for path in sources_in(root):
        for found in types_of(code_of(path.read_text(encoding="utf-8"))):
            if found.is_definition:
                places[found.name].append(f"{path.relative_to(root)}:{found.line}")
    return [f"{name} is defined in {len(where)} places: {', '.join(where)}; give each a name of its own"
            for name, where in sorted(places.items()) if len(where) > 1]


def main() -> None:
    problems = problems_in(ROOT)
    print("\n".join(problems) or "no type is defined twice")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
