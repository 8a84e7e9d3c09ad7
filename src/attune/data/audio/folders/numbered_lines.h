#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/readers/table_options.h"

namespace attune {

/// A line of a list that comes with a corpus.
struct NumberedLine {
  std::int64_t number = 0;  ///< from 1
  std::string text;         ///< UTF-8
  std::string problem;      ///< why it cannot be used, or ""

  /// What is before the first blank or tab, and what is behind it.
  std::pair<std::string_view, std::string_view> key_and_rest() const;
};

/// The lines of a text file that are not blank. Throws `data` for an empty file.
std::vector<NumberedLine> read_numbered_lines(const fs::path& path, const EncodingOption& encoding);

}  // namespace attune
