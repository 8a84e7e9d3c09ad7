"""tools/check_types.py and tools/check_headers.py on small trees of sources."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import check_headers
import check_types


class TestCase(unittest.TestCase):
    def tree(self, **files):
        """A folder with attune/NAME.h for each `NAME_h`, attune/NAME.cc for each `NAME_cc`."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        (root / "attune").mkdir()
        for name, text in files.items():
            base, _, ending = name.rpartition("_")
            (root / "attune" / f"{base}.{ending}").write_text(text)
        return root


class Types(TestCase):
    def found(self, **files):
        return check_types.problems_in(self.tree(**files))

    def test_refuses_a_name_of_two_types(self):
        found = self.found(a_h="namespace attune {\nstruct Source { int a; };\n}",
                           b_cc="namespace attune {\n\nclass Source final : public Other<int> {};\n}")
        self.assertEqual(len(found), 1)
        self.assertIn("attune::Source is defined in 2 places: attune/a.h:2, attune/b.cc:3", found[0])

    def test_refuses_enums_templates_and_nested_types(self):
        for text in ("enum class Kind : int { a, b };", "template <class T, int N = 3>\nstruct Kind {};",
                     "struct Kind { struct Inner {}; };", "class Kind::Inner : public Base {};"):
            self.assertTrue(self.found(a_h=f"namespace attune {{ {text} }}",
                                       b_h=f"namespace attune {{ {text} }}"), text)

    def test_takes_what_no_other_file_sees(self):
        hidden = "namespace attune { namespace { struct Source {}; } }"
        local = "namespace attune { void f() { struct Source {}; } }"
        self.assertEqual(self.found(a_cc=hidden, b_cc=hidden, c_cc=local, d_cc=local), [])

    def test_takes_declarations_other_namespaces_and_specialisations(self):
        self.assertEqual(
            self.found(a_h="namespace attune { struct Source {}; struct Holder { struct Source {}; }; }",
                       b_h="namespace attune { struct Source; enum class Kind; }",
                       c_h="namespace attune::config { struct Source {}; }",
                       d_h="namespace attune { template <> struct Of<int> {}; }",
                       e_h="namespace attune { template <> struct Of<float> {}; }"), [])

    def test_reads_neither_comments_nor_literals(self):
        text = ('namespace attune {{ // struct Source {{}}\n/* struct Source {{}}; */\n'
                'inline const char* k{0} = "struct Source {{ \\"";\n'
                'inline const char* r{0} = R"x(struct Source {{}}; )" {{ )x"; struct Own{0} {{}}; }}')
        self.assertEqual(self.found(a_h=text.format(1), b_h=text.format(2)), [])
        self.assertTrue(self.found(a_h=text.format(1), b_h=text.format(1)))


class Headers(TestCase):
    def found(self, **files):
        return check_headers.Tree(self.tree(**files)).problems()

    def test_refuses_a_standard_symbol_without_its_header(self):
        for use, header in (("std::string a;", "string"), ("std::int64_t a;", "cstdint"),
                            ("std::unique_ptr<int> a;", "memory"), ("std::function<void()> a;", "functional")):
            self.assertEqual(self.found(a_h=f"#include <{header}>\n{use}"), [])
            found = self.found(a_h=use)
            self.assertEqual(len(found), 1, use)
            self.assertIn(f"without <{header}>", found[0])

    def test_refuses_other_names_without_their_header(self):
        for use, header in (("fs::path a;", "attune/base/files.h"), ("fs::path a;", "filesystem"),
                            ("fmt::format_string<int> a;", "fmt/format.h"),
                            ("Json a;", "attune/base/json.h"), ("at::Tensor a;", "ATen/core/Tensor.h")):
            self.assertEqual(self.found(a_h=f"#include <{header}>\n{use}"), [])
            self.assertEqual(len(self.found(a_h=use)), 1, use)
        self.assertEqual(self.found(a_h="namespace at { class Tensor; }\nvoid f(const at::Tensor& a);"), [])

    def test_finds_what_is_included_through_attunes_headers(self):
        self.assertEqual(self.found(a_h="#include <string>", b_h='#include "attune/a.h"',
                                    c_h='#include "attune/b.h"\nstd::string a;'), [])

    def test_wants_types_declared_or_included(self):
        home = "namespace attune { struct Source {}; }"
        use = "namespace attune { void f(const Source& a); }"
        found = self.found(a_h=home, b_h=use)
        self.assertEqual(found, ["attune/b.h: names Source without a declaration or attune/a.h"])
        self.assertEqual(self.found(a_h=home, b_h='#include "attune/a.h"\n' + use), [])
        self.assertEqual(self.found(a_h=home, b_h="namespace attune { struct Source; }\n" + use), [])
        self.assertEqual(self.found(a_h=home, b_h="// Source"), [])

    def test_wants_a_sources_own_header_first(self):
        found = self.found(a_h="", b_h="", a_cc='#include "attune/b.h"\n#include "attune/a.h"')
        self.assertEqual(found, ["attune/a.cc: its first include must be its own header, attune/a.h"])
        self.assertEqual(self.found(a_h="", a_cc='// Why.\n#include "attune/a.h"\n#include <string>'), [])
        self.assertEqual(self.found(a_cc="#include <string>"), [])


if __name__ == "__main__":
    unittest.main()
