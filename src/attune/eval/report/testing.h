#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "attune/base/files.h"

namespace attune {

/// Where ATTUNE_REPORT_OUT is a folder, the sample reports stay there, to be looked at.
inline fs::path report_path(const std::string& name) {
  const char* folder = std::getenv("ATTUNE_REPORT_OUT");
  return fs::path(folder != nullptr ? folder : ::testing::TempDir()) / name;
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

}  // namespace attune
