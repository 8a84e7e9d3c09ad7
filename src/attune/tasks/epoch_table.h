#pragma once

#include <string>
#include <vector>

#include "attune/train/loop.h"

namespace attune {

/// Tells a run's epochs as the rows of a table, one as each ends, through the log.
class EpochTable : public TrainObserver {
 public:
  void on_epoch_end(const EpochSummary& summary) override;

 private:
  std::vector<std::string> metrics_;  ///< the columns, from the first row on
};

}  // namespace attune
