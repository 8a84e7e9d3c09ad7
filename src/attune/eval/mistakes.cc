#include "attune/eval/mistakes.h"

#include <algorithm>
#include <tuple>

#include "attune/base/error.h"

namespace attune {
namespace {

bool worse(const Mistake& a, const Mistake& b) {
  return std::tuple(a.label_probability, -a.probability, a.sample) <
         std::tuple(b.label_probability, -b.probability, b.sample);
}

}  // namespace

void WorstMistakes::add(std::int64_t sample, std::span<const float> probabilities,
                        std::int64_t label) {
  check(label >= 0 && label < static_cast<std::int64_t>(probabilities.size()), ErrorKind::internal,
        "label {} of sample {}, expected 0 to {}", label, sample, probabilities.size());
  const auto best = std::ranges::max_element(probabilities);
  const std::int64_t prediction = best - probabilities.begin();
  if (prediction == label || capacity_ == 0) return;
  const Mistake mistake{sample, label, prediction, *best,
                        probabilities[static_cast<std::size_t>(label)]};
  if (heap_.size() == capacity_) {
    if (!worse(mistake, heap_.front())) return;
    std::ranges::pop_heap(heap_, worse);
    heap_.pop_back();
  }
  heap_.push_back(mistake);
  std::ranges::push_heap(heap_, worse);
}

std::vector<Mistake> WorstMistakes::sorted() const {
  std::vector<Mistake> result = heap_;
  std::ranges::sort(result, worse);
  return result;
}

}  // namespace attune
