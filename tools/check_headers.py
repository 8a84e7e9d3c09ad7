#!/usr/bin/env python3
"""Checks that headers stand alone, by their text: compiling 300 of them one by one takes minutes.

A header under src includes what it names, directly or through attune's headers that it includes:
the standard library's symbols, and attune's types, for which a declaration is enough. A source
includes its own header first, so that the compiler sees it alone.
"""

import collections
import pathlib
import re
import sys

from cpp_source import code_of, includes_of, sources_in, types_of

ROOT = pathlib.Path(__file__).resolve().parent.parent / "src"

INTEGERS = {f"{sign}{kind}{bits}_t" for sign in ("", "u") for kind in ("int", "int_fast", "int_least")
            for bits in (8, 16, 32, 64)}
# A symbol of std:: -> the headers of which one must be there.
STANDARD = {
    **{name: ("cstdint",) for name in INTEGERS | {"intptr_t", "uintptr_t", "intmax_t", "uintmax_t"}},
    **{name: (name,) for name in (
        "string", "string_view", "optional", "variant", "vector", "array", "span", "map", "set", "list",
        "deque", "tuple", "bitset", "mutex", "condition_variable", "thread", "atomic",
        "unordered_map", "unordered_set", "initializer_list", "any", "filesystem", "chrono", "complex",
        "queue", "stack")},
    **{name: ("memory",) for name in ("unique_ptr", "shared_ptr", "weak_ptr", "make_unique", "make_shared",
                                      "enable_shared_from_this", "make_unique_for_overwrite")},
    **{name: ("algorithm",) for name in ("sort", "stable_sort", "min", "max", "clamp", "copy", "copy_n",
                                         "find", "find_if", "fill", "transform", "any_of", "all_of",
                                         "none_of", "count_if", "max_element", "min_element", "equal")},
    **{name: ("stdexcept",) for name in ("runtime_error", "logic_error", "invalid_argument",
                                         "out_of_range")},
    **{name: ("exception",) for name in ("exception", "exception_ptr", "current_exception",
                                         "rethrow_exception")},
    **{name: ("utility",) for name in ("pair", "move", "forward", "exchange", "swap", "make_pair")},
    "numeric_limits": ("limits",), "function": ("functional",),
    "hash": ("functional", "string", "string_view"),
    "equal_to": ("functional",), "less": ("functional",),
    "byte": ("cstddef",), "ptrdiff_t": ("cstddef",), "nullptr_t": ("cstddef",),
    "size_t": ("cstddef", "cstdint", "cstring", "string", "vector", "span", "string_view", "array"),
    "wstring": ("string",), "u16string": ("string",), "u32string": ("string",), "to_string": ("string",),
    "multimap": ("map",), "multiset": ("set",), "unordered_multimap": ("unordered_map",),
    "priority_queue": ("queue",), "monostate": ("variant",), "visit": ("variant",),
    "holds_alternative": ("variant",), "get_if": ("variant",), "nullopt": ("optional",),
    "make_optional": ("optional",), "nullopt_t": ("optional",), "to_array": ("array",),
    "lock_guard": ("mutex",), "unique_lock": ("mutex",), "scoped_lock": ("mutex",),
    "once_flag": ("mutex",), "call_once": ("mutex",), "shared_mutex": ("shared_mutex",),
    "jthread": ("thread",), "this_thread": ("thread",), "stop_token": ("stop_token", "thread"),
    "future": ("future",), "promise": ("future",), "ostream": ("ostream", "iosfwd", "iostream"),
    "istream": ("istream", "iosfwd", "iostream"), "ofstream": ("fstream",), "ifstream": ("fstream",),
    "stringstream": ("sstream",), "ostringstream": ("sstream",), "istringstream": ("sstream",),
    "iota": ("numeric",), "accumulate": ("numeric",), "memcpy": ("cstring",), "strlen": ("cstring",),
    "getenv": ("cstdlib",), "from_chars": ("charconv",), "error_code": ("system_error", "filesystem"),
    "is_same_v": ("type_traits",), "enable_if_t": ("type_traits",), "decay_t": ("type_traits",),
    "is_enum_v": ("type_traits",), "is_arithmetic_v": ("type_traits",), "invoke_result_t": ("type_traits",),
    "same_as": ("concepts",), "convertible_to": ("concepts",), "invocable": ("concepts",),
    "apply": ("tuple",), "tie": ("tuple",),
}
# A standard header that must bring along what another defines.
IMPLIED = {
    "utility": ("map", "unordered_map", "tuple", "memory", "functional", "optional", "variant", "array",
                "vector", "string", "algorithm"),
    "initializer_list": ("vector", "string", "map", "set", "utility"),
    "type_traits": ("concepts", "utility", "functional", "memory"),
    "cstddef": ("span", "array"), "string_view": ("string",),
}
# Other names: what a header's text shows of them, and headers of which one must be there.
OTHERS = [
    ("fs::", re.compile(r"(?<![\w:])fs::\w"), re.compile(r"attune/base/files\.h|filesystem")),
    ("fmt::", re.compile(r"(?<![\w:])fmt::\w"), re.compile(r"fmt/.*")),
    ("Json", re.compile(r"(?<![\w:])Json\b"), re.compile(r"attune/base/json\.h")),
    ("at::", re.compile(r"(?<![\w:])at::(?!Tensor\b)\w"), re.compile(r"(ATen|torch|c10)/.*")),
    ("at::Tensor", re.compile(r"(?<![\w:])at::Tensor\b"),
     re.compile(r"ATen/core/Tensor\.h|ATen/ops/.*|torch/.*")),
]


class Tree:
    """The sources below a folder that holds attune/."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.includes, self.types, self.code = {}, {}, {}
        for path in sources_in(root):
            name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
            self.includes[name] = includes_of(text)
            self.code[name] = code_of(text)
            self.types[name] = types_of(self.code[name])
        self.homes = collections.defaultdict(set)  # type -> headers that define it or give it a name
        for name, types in self.types.items():
            for found in types:
                space, _, last = found.name.rpartition("::")
                # A nested type comes with the type that holds it; namespaces are in lower case.
                if name.endswith(".h") and space.rpartition("::")[2][:1].islower():
                    self.homes[last].add(name)

    def reached(self, name: str) -> set[str]:
        """What `name` includes, directly or through headers of attune, itself included."""
        seen, ahead = set(), [name]
        while ahead:
            if (current := ahead.pop()) not in seen:
                seen.add(current)
                ahead.extend(self.includes.get(current, []))
        return seen

    def header_problems(self, name: str) -> list[str]:
        code, reached = self.code[name], self.reached(name)
        problems = []
        for symbol in sorted(set(re.findall(r"\bstd::(\w+)", code)) & set(STANDARD)):
            wanted = STANDARD[symbol]
            if not any(header in reached for each in wanted for header in (each, *IMPLIED.get(each, ()))):
                problems.append(f"names std::{symbol} without <{wanted[0]}>")
        declared = {found.name for found in self.types[name]}
        for symbol, use, wanted in OTHERS:
            if use.search(code) and symbol not in declared and not any(map(wanted.fullmatch, reached)):
                problems.append(f"names {symbol} without a header of it")
        known = {found.name.rpartition("::")[2] for header in reached for found in self.types.get(header, [])}
        for word in sorted(set(re.findall(r"(?<![\w.>])[A-Z]\w*", code))):
            if word in self.homes and word not in known:
                homes = ", ".join(sorted(self.homes[word]))
                problems.append(f"names {word} without a declaration or {homes}")
        return [f"{name}: {problem}" for problem in problems]

    def source_problems(self, name: str) -> list[str]:
        header = name.removesuffix(".cc") + ".h"
        if header not in self.code or self.includes[name][:1] == [header]:
            return []
        return [f"{name}: its first include must be its own header, {header}"]

    def problems(self) -> list[str]:
        found = []
        for name in self.code:
            if "/simd/" in name:  # compiled once per instruction set, with macros of its own
                continue
            found += self.header_problems(name) if name.endswith(".h") else self.source_problems(name)
        return found


def main() -> None:
    tree = Tree(ROOT)
    problems = tree.problems()
    print("\n".join(problems) or f"{sum(name.endswith('.h') for name in tree.code)} headers stand alone")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
