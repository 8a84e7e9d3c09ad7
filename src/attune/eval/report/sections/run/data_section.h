#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/eval/report/page/section.h"

namespace attune {

struct DataSplit {
  std::string name;    ///< "train"
  std::string source;  ///< "reviews.csv, 10 % held out"
  std::int64_t samples = 0;
};

/// How many samples each class has in each split.
struct ClassBalance {
  std::vector<std::string> class_names;
  std::vector<std::string> split_names;
  std::vector<std::vector<std::int64_t>> counts;  ///< [split][class]
};

/// What was read. Parts that are left empty are not shown.
struct DataSummary {
  std::vector<DataSplit> splits;
  std::optional<ClassBalance> class_balance;
  /// Lengths of the samples, in `length_unit`; `max_length` (0: none) is marked.
  std::vector<double> lengths;
  std::string length_unit = "tokens";
  std::int64_t max_length = 0;
  std::vector<KeyValue> facts;        ///< duplicates, bad rows, truncated samples ...
  std::vector<std::string> warnings;  ///< sentences
};

/// "Data"; none where the summary is empty. Throws `internal` for class counts of other splits than
/// are named.
std::optional<Section> data_section(const DataSummary& data);

}  // namespace attune
