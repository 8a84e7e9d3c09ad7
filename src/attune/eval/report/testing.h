#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "attune/base/files.h"
#include "attune/eval/report.h"
#include "attune/eval/report/charts/image_grid.h"

namespace attune {

/// The URI of a PNG of one white pixel.
inline std::string white_pixel() {
  constexpr std::string_view kPng(
      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9c"
      "c\xf8\x0f\0\1\1\1\0\xb1"
      "8\xf6\x14\0\0\0\0IEND\xae"
      "B`\x82",
      67);
  return image_data_uri(kPng);
}

/// Where ATTUNE_REPORT_OUT is a folder, the sample reports stay there, to be looked at.
inline fs::path report_path(const std::string& name) {
  const char* folder = std::getenv("ATTUNE_REPORT_OUT");
  return fs::path(folder != nullptr ? folder : ::testing::TempDir()) / name;
}

/// A page with this section alone.
inline std::string page_of(std::optional<Section> section) {
  Report report{.title = "Sample"};
  report.add(std::move(section));
  return render_report(report);
}

/// Every element that is opened is closed, in order. Knows the void elements a report uses.
inline void expect_balanced(const std::string& html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = html.substr(at + 1, end - at - 1);
    if (tag.starts_with('!') || tag.ends_with('/') || tag.starts_with("meta")) continue;
    if (!tag.starts_with('/')) {
      open.push_back(tag.substr(0, tag.find_first_of(" \n")));
      continue;
    }
    ASSERT_FALSE(open.empty()) << tag;
    ASSERT_EQ(open.back(), tag.substr(1)) << html.substr(at > 200 ? at - 200 : 0, 300);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

/// Names that would break out of where they stand if they were not escaped.
inline const std::vector<std::string> kHostileNames = {"<img src=x>", "\" onload=\"alert(1)",
                                                       "</td></table><script>alert('x')</script>",
                                                       "\xff\xfe broken \x01 bytes"};

/// None of `kHostileNames` became more than text, and nothing would be loaded or run.
inline void expect_harmless(const std::string& html) {
  expect_balanced(html);
  for (const char* bad : {"<script", "<img", "src=\"", "http://", "https://", "url(", "@import",
                          "onload=\"a", "\xff", "\x01"}) {
    EXPECT_EQ(html.find(bad), std::string::npos) << bad;
  }
}

}  // namespace attune
