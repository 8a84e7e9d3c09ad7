#pragma once

#include <string>
#include <vector>

#include "attune/train/loop.h"

namespace attune {

/// A run's epochs as the rows of a table, one as each ends.
class EpochTable {
 public:
  /// The row, behind the header where it is the first.
  std::string add(const EpochSummary& summary);

 private:
  std::string header(const EpochSummary& summary);

  bool begun_ = false;
  std::vector<std::string> metrics_;  ///< the columns between loss and learning rate
};

}  // namespace attune
