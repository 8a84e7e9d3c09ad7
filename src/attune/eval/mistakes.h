#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace attune {

/// A sample that was classified wrongly.
struct Mistake {
  std::int64_t sample;  ///< the caller's index
  std::int64_t label, prediction;
  float probability;        ///< of the prediction
  float label_probability;  ///< of the true label
};

/// Keeps the `capacity` worst mistakes seen: those that give their true label the least probability
/// (ties: the smaller sample first, so that the order of evaluation does not matter).
class WorstMistakes {
 public:
  explicit WorstMistakes(std::size_t capacity) : capacity_(capacity) {}

  /// Looks at one sample; does nothing where the largest probability is the label's. Requires
  /// `label` to be an index of `probabilities`.
  void add(std::int64_t sample, std::span<const float> probabilities, std::int64_t label);

  /// Worst first.
  std::vector<Mistake> sorted() const;

 private:
  std::size_t capacity_;
  std::vector<Mistake> heap_;  // the least bad on top
};

}  // namespace attune
