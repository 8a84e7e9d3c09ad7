#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attune {

/// What becomes of the classes of a checkpoint's head where a user names others.
struct ClassRows {
  /// For each class of the model the checkpoint's that it was, -1: none, it begins anew. Empty: all
  /// are the checkpoint's, as they stand.
  std::vector<std::int64_t> rows = {};
  std::string told = {};  ///< what was done, for people; empty where nothing was
};

/// Classes follow their names. Nameless ones (LABEL_0, ... or numbers) are taken in the order asked
/// for where there are as many. Of a name that the checkpoint has twice nothing is kept.
ClassRows class_rows(const std::vector<std::string>& known, const std::vector<std::string>& asked);

/// The same for the rows of a tensor [places * (fixed + classes), ...]: those in front of the
/// classes stay. `known`: classes of the checkpoint. Empty where `classes` is.
std::vector<std::int64_t> output_rows(const ClassRows& classes, std::int64_t places,
                                      std::int64_t fixed, std::int64_t known);

}  // namespace attune
