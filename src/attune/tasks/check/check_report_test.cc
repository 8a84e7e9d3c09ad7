#include "attune/tasks/check/check_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "attune/media/image/encode.h"

namespace attune {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A finding of so many pairs, and one of as many lines.
DataCheck check_of(std::int64_t count) {
  DataCheck check{.unit = "pictures"};
  Finding pairs{.severity = Severity::warning, .kind = "duplicates_between_parts", .text = "pairs"};
  Finding rows{.severity = Severity::problem, .kind = "cannot_be_used", .text = "rows"};
  for (std::int64_t i = 0; i < count; ++i) {
    pairs.examples.push_back({{{0, i}, {1, i}}, ""});
    rows.lines.push_back(fmt::format("line {}</td><script>", i));
  }
  check.add(pairs);
  check.add(rows);
  check.show = [](ExampleId id) -> ShownExample {
    return {"train", fmt::format("/photos/<b>{}-{}.png", id.part, id.index),
            id.part == 0 ? "cat" : "dog", "<script>alert(1)</script>"};
  };
  return check;
}

std::size_t count_of(const std::string& page, const std::string& text) {
  std::size_t count = 0;
  for (auto at = page.find(text); at != std::string::npos; at = page.find(text, at + 1)) ++count;
  return count;
}

TEST(CheckReport, ShowsSomeAndSaysHowManyMore) {
  const std::string page = render_check(check_of(5000), "/photos");
  EXPECT_THAT(page, HasSubstr("... and 4,960 more"));
  EXPECT_THAT(page, HasSubstr("... and 4,980 more"));
  EXPECT_LT(page.size(), 200'000U);
  EXPECT_THAT(render_check(check_of(1), "/photos"), Not(HasSubstr(" more (")));
}

TEST(CheckReport, EscapesWhatDataHold) {
  const std::string page = render_check(check_of(3), "<i>x");
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("</td><script>")));
  EXPECT_THAT(page, Not(HasSubstr("<i>x")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(CheckReport, PairsOfPicturesStandSideBySide) {
  const std::string uri = image_data_uri(encode_png(Image(2, 2, 3)));
  const std::string page = render_check(check_of(2), "/photos", [&](ExampleId) {
    return ImageTile{.data_uri = uri, .caption = {}, .overlay_uri = {}};
  });
  EXPECT_EQ(count_of(page, "<figure"), 2U);
  EXPECT_EQ(count_of(page, uri), 4U);
  EXPECT_THAT(page, HasSubstr("cat | dog"));
  EXPECT_THAT(page, HasSubstr("= &lt;b&gt;1-0.png"));  // without the folder
}

TEST(CheckReport, RowsLeftOutComeBeforeWhatTheyCaused) {
  const ErrorBesideBadRows error(
      Error(ErrorKind::data, "x.csv: all rows are cats"),
      {{.file = "x.csv", .line = 4, .reason = "there is no file d.png"}});
  const Json json = failed_check("pictures", error, OnBadRow::error).to_json();
  EXPECT_EQ(json["findings"][0]["kind"], "cannot_be_used");
  EXPECT_EQ(json["findings"][0]["lines"][0], "x.csv:4: there is no file d.png");
  EXPECT_EQ(json["findings"][1]["text"], "x.csv: all rows are cats");
  EXPECT_EQ(failed_check("pictures", Error(ErrorKind::data, "x"), OnBadRow::error).findings.size(),
            1U);
}

}  // namespace
}  // namespace attune
