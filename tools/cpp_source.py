"""C++ text as the checks see it: without comments and literals, and with the types that it defines."""

import dataclasses
import pathlib
import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|.)*$", re.MULTILINE)
NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)
TYPE_HEAD = re.compile(
    r"(?:typedef\s+)?(?P<kind>struct|class|union|enum(?:\s+(?:class|struct))?)\s+"
    r"(?:\[\[.*?\]\]\s*|alignas\([^)]*\)\s*)*(?P<name>[\w:]+(?:\s*<.*?>)?)\s*(?:final\s*)?"
    r"(?::[^:].*)?", re.DOTALL)
FORWARD = re.compile(r"(?:struct|class|union|enum(?:\s+(?:class|struct))?)\s+(?P<name>\w+)"
                     r"(?:\s*:\s*[\w:]+)?")
ALIAS = re.compile(r"using\s+(?P<name>\w+)\s*=.*", re.DOTALL)
NAMESPACE = re.compile(r"(?:inline\s+)?namespace(?:\s+(?P<name>[\w:]+))?")
TEMPLATE = re.compile(r"template\s*<")
ACCESS = re.compile(r"(?:public|private|protected)\s*:(?!:)")


@dataclasses.dataclass
class Type:
    name: str  # qualified: attune::Trainer::Step
    line: int
    is_definition: bool


def code_of(text: str) -> str:
    """`text` with comments, literals and directives blanked, line for line."""
    def blank(match: re.Match) -> str:
        token = match.group(0)
        quote = '""' if token[0] in "R\"" else ""
        return quote + re.sub(r"[^\n]", "", token)
    return DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", "", m.group(0)), NOT_CODE.sub(blank, text))


def includes_of(text: str) -> list[str]:
    return INCLUDE.findall(re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL))


def without_template(head: str) -> str:
    """`head` without the template <...> in front of it, which may hold `class` itself."""
    head = head.strip()
    while match := TEMPLATE.match(head):
        depth, end = 1, match.end()
        while depth and end < len(head):
            depth += {"<": 1, ">": -1}.get(head[end], 0)
            end += 1
        head = head[end:].strip()
    return re.sub(r"^requires\b[^{;]*?(?=\b(?:struct|class)\b)", "", head).strip()


def types_of(code: str) -> list[Type]:
    """The types that `code` defines, declares or names by `using`, but for those of functions and
    anonymous namespaces, which no other file sees."""
    types, scopes = [], []  # a scope is its name, or None: nothing in it is seen from outside
    head, head_line, line = "", 1, 1

    def add(name: str, is_definition: bool) -> None:
        if None not in scopes:
            qualified = "::".join([scope for scope in scopes if scope] + [name])
            types.append(Type(re.sub(r"\s+", "", qualified), head_line, is_definition))

    for char in code:
        if char == "\n":
            line += 1
        if char not in "{};":
            if not head.strip():
                head_line = line
            head += char
            continue
        statement = without_template(ACCESS.sub("", head))
        head = ""
        if char == "}":
            if scopes:
                scopes.pop()
        elif char == "{":
            if match := NAMESPACE.fullmatch(statement):
                scopes.append(match["name"])
            elif match := TYPE_HEAD.fullmatch(statement):
                add(match["name"], True)
                scopes.append(match["name"])
            else:
                scopes.append("" if statement.startswith("extern") else None)
        elif match := FORWARD.fullmatch(statement):
            add(match["name"], False)
        elif match := ALIAS.fullmatch(statement):
            add(match["name"], False)
    return types


def sources_in(root: pathlib.Path) -> list[pathlib.Path]:
    return sorted([*root.rglob("*.h"), *root.rglob("*.cc")])
