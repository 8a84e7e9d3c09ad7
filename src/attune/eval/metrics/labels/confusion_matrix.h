#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace attune {

/// How often each true class was predicted as which. Holds three counts a class and one a pair that
/// was really confused, so that thousands of classes cost no square matrix.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::int64_t num_classes);

  /// Requires both in [0, num_classes).
  void add(std::int64_t label, std::int64_t prediction);

  std::int64_t num_classes() const { return static_cast<std::int64_t>(support_.size()); }
  std::int64_t total() const { return total_; }
  std::int64_t correct() const;
  std::int64_t count(std::int64_t label, std::int64_t prediction) const;
  /// Samples of each true class.
  const std::vector<std::int64_t>& support() const { return support_; }
  /// Samples predicted as each class.
  const std::vector<std::int64_t>& predicted() const { return predicted_; }

  struct Confusion {
    std::int64_t label, prediction, count;
  };
  /// The wrong pairs, most frequent first (ties by label, then prediction), at most `limit`.
  std::vector<Confusion> most_confused(std::size_t limit) const;

  /// Matthews correlation coefficient for any number of classes (Gorodkin's R_K). 0 where labels or
  /// predictions are all of one class, as in scikit-learn.
  double matthews_correlation() const;

 private:
  std::int64_t total_ = 0;
  std::vector<std::int64_t> support_, predicted_, correct_;
  std::unordered_map<std::int64_t, std::int64_t> errors_;  // label * num_classes + prediction
};

}  // namespace attune
