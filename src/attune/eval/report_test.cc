#include "attune/eval/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Report, shows_sections_by_place_then_in_their_order) {
  Report report{.title = "Sample"};
  report.add(Section{"Settings", {"<p>s</p>"}, Place::settings});
  report.add(Section{"Words", {"<p>w</p>"}, Place::results});
  report.add(std::nullopt);
  report.add(Section{"Speakers", {"<p>p</p>"}, Place::results});
  const std::string html = render_report(report);
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("<nav><a href=\"#s1\">Words</a><a href=\"#s2\">Speakers</a>"
                              "<a href=\"#s3\">Settings</a></nav>"));
  EXPECT_THAT(html, HasSubstr("<section id=\"s2\">\n<h2>Speakers</h2>\n<p>p</p></section>"));
}

TEST(Report, has_the_style_of_its_sections_once) {
  Report report{.title = "Sample"};
  EXPECT_THAT(render_report(report), Not(HasSubstr(".tiles {")));
  for (const char* title : {"a", "b"}) {
    report.add(Section{title, {}, Place::results, ".tiles { color: red }"});
  }
  const std::string html = render_report(report);
  const std::size_t first = html.find(".tiles {");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(html.find(".tiles {", first + 1), std::string::npos);
}

TEST(Report, takes_titles_and_numbers_as_text) {
  for (const std::string& name : kHostileNames) {
    Report report{.title = name, .subtitle = name, .headline = {{name, name, name}}};
    report.add(Section{name, {}, Place::data});
    expect_harmless(render_report(report));
  }
  const std::string html = render_report({.title = "<script>", .subtitle = "\xff broken \x01 b"});
  EXPECT_THAT(html, HasSubstr("<h1>&lt;script&gt;</h1>"));
  EXPECT_THAT(html, HasSubstr("\xef\xbf\xbd broken \xef\xbf\xbd b"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(Report, of_nothing_but_a_title) {
  const std::string html = render_report({.title = "Empty"});
  expect_balanced(html);
  EXPECT_THAT(html, Not(HasSubstr("<section")));
  EXPECT_THAT(html, Not(HasSubstr("class=\"strip\"")));
  EXPECT_THAT(html, HasSubstr("Written by attune " ATTUNE_VERSION));
}

TEST(Report, is_written_whole_or_the_path_is_named) {
  write_report(report_path("empty.html"), {.title = "Empty"});
  EXPECT_TRUE(read_file(report_path("empty.html"), 1 << 24).starts_with("<!doctype html>"));
  EXPECT_THROW(write_report("/proc/report.html", {.title = "x"}), Error);
}

}  // namespace
}  // namespace attune
