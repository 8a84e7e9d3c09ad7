#include "attune/eval/report/sections/results/mistakes_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/eval/report/sections/results/picture_sections.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MistakesSection, shows_text_place_and_both_labels) {
  const std::vector<ReportMistake> mistakes{
      {"A film so bad it is good.", "test.csv:3", "good", "bad", 0.25, 0.75},
      {std::string(1000, 'x'), "test.csv:9", "0.80", "3.91", {}, {}}};
  const std::string html = page_of(mistakes_section(mistakes));
  expect_balanced(html);
  for (const char* part : {"A film so bad", "test.csv:3", "0.250", "0.750", "3.91", "..."}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, Not(HasSubstr(std::string(500, 'x'))));  // shortened
  EXPECT_FALSE(mistakes_section({}));
}

TEST(MistakesSection, takes_hostile_texts_as_text) {
  std::vector<ReportMistake> mistakes;
  for (const std::string& name : kHostileNames)
    mistakes.push_back({name, name, name, name, {}, {}});
  expect_harmless(page_of(mistakes_section(mistakes)));
}

TEST(PictureSections, explain_where_there_is_an_explanation) {
  std::vector<ImageTile> tiles{{white_pixel(), {"is cat", "called dog"}, {}}};
  const std::string plain = page_of(picture_mistakes_section(tiles));
  expect_balanced(plain);
  EXPECT_THAT(plain, HasSubstr(image_grid_style()));
  EXPECT_THAT(plain, Not(HasSubstr("Grad-CAM")));
  tiles[0].overlay_uri = white_pixel();
  EXPECT_THAT(page_of(picture_mistakes_section(tiles)), HasSubstr("Grad-CAM"));
  EXPECT_THAT(page_of(augmented_section(tiles)), HasSubstr("as training sees them"));
  EXPECT_FALSE(picture_mistakes_section({}));
  EXPECT_FALSE(augmented_section({}));
}

TEST(PictureSections, take_hostile_captions_as_text) {
  for (const auto section : {picture_mistakes_section, augmented_section}) {
    std::string html = page_of(section(std::vector<ImageTile>{{white_pixel(), kHostileNames, {}}}));
    const std::string picture = "src=\"" + white_pixel() + "\"";
    const std::size_t at = html.find("<img alt=\"&lt;img src=x&gt;\" " + picture);
    ASSERT_NE(at, std::string::npos);
    html.erase(at, html.find('>', at) + 1 - at);  // the one picture that belongs there
    expect_harmless(html);
  }
}

}  // namespace
}  // namespace attune
