#pragma once

#include <string>
#include <utility>
#include <vector>

#include "attune/eval/metrics/metric_info.h"
#include "attune/train/loop.h"

namespace attune {

/// A run's epochs as the rows of a table, one as each ends.
class EpochTable {
 public:
  /// `metrics`: what evaluation can give. The headlines that the first epoch has get a column.
  /// `unit`: what the run learns from, several of them: "texts".
  EpochTable(std::vector<MetricInfo> metrics, const std::string& unit)
      : metrics_(std::move(metrics)), rate_title_(unit + "/s") {}

  /// The row, behind the header where it is the first.
  std::string add(const EpochSummary& summary);

 private:
  std::string header(const EpochSummary& summary);

  std::vector<MetricInfo> metrics_;
  std::string rate_title_;
  bool begun_ = false;
  std::vector<std::string> columns_;  ///< the metrics between loss and learning rate
};

}  // namespace attune
