#!/usr/bin/env python3
"""Checks the README's snippets: the C++ one is the marked part of examples/hello_world.cc, which
compiles and runs in the tests, and every `attune` command in it is understood by the program.

usage: tools/check_readme.py BUILD_FOLDER
"""

import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.S)


def check_cpp(readme: str) -> list[str]:
    source = (ROOT / "examples" / "hello_world.cc").read_text(encoding="utf-8")
    marked = re.search(r"// \[hello\]\n(.*?)  // \[hello\]", source, flags=re.S).group(1)
    expected = [line.strip() for line in marked.strip().splitlines()]
    for block in blocks(readme, "cpp"):
        if [line.strip() for line in block.strip().splitlines()] == expected:
            return []
    return ["README.md: the C++ snippet differs from the marked part of examples/hello_world.cc"]


def check_commands(readme: str, attune: pathlib.Path) -> list[str]:
    problems = []
    for block in blocks(readme, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if not words or words[0] != "attune":
                continue
            # Files are placeholders: with --help options are not read, so name them one by one.
            at = words.index("--task") if "--task" in words else None
            task = words[at:at + 2] if at else []
            help_text = subprocess.run([attune, words[1], *task, "--help"],
                                       stdout=subprocess.PIPE, text=True, check=False).stdout
            for word in words[2:]:
                if word.startswith("--") and not re.search(rf"{word}\b", help_text):
                    problems.append(f"README.md: `attune {words[1]}` knows no option {word}")
    return problems


def check_links(readme: str) -> list[str]:
    return [f"README.md: {target} does not exist"
            for target in re.findall(r"\]\(([^)#:]+)\)", readme) if not (ROOT / target).exists()]


def main() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    attune = pathlib.Path(sys.argv[1]) / "attune"
    problems = check_cpp(readme) + check_commands(readme, attune) + check_links(readme)
    print("\n".join(problems) or "README.md: snippets, options and links hold")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
