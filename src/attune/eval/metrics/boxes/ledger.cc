#include "attune/eval/metrics/boxes/ledger.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "attune/eval/metrics/boxes/by_class.h"

namespace attune {

std::vector<Ledger> judge(std::span<const JudgedPicture> pictures, std::int64_t num_classes,
                          std::size_t most_found) {
  std::vector<Ledger> ledgers(static_cast<std::size_t>(num_classes));
  for (const JudgedPicture& picture : pictures) {
    const auto classes = boxes_by_class(picture, num_classes, most_found);
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (classes[c].truth.empty() && classes[c].found.empty()) continue;
      const CocoMatches matches = coco_match(classes[c]);
      Ledger& ledger = ledgers[c];
      ledger.found.insert(ledger.found.end(), matches.found.begin(), matches.found.end());
      for (std::size_t s = 0; s < kBoxSizes; ++s) ledger.objects[s] += matches.objects[s];
    }
  }
  for (Ledger& ledger : ledgers) {
    std::ranges::stable_sort(ledger.found, std::ranges::greater{}, &JudgedBox::score);
  }
  return ledgers;
}

PrecisionRecall precision_recall(const Ledger& ledger, std::size_t threshold, BoxSize size,
                                 std::uint32_t most_found) {
  const auto s = static_cast<std::size_t>(size);
  const auto objects = static_cast<double>(ledger.objects[s]);
  PrecisionRecall curve;
  double hits = 0, misses = 0;
  for (const JudgedBox& found : ledger.found) {
    if (found.rank >= most_found) continue;
    const bool ignored = (found.ignored[s] >> threshold & 1U) != 0;
    const bool matched = (found.matched[s] >> threshold & 1U) != 0;
    if (!ignored) (matched ? hits : misses) += 1;
    curve.recall.push_back(hits / objects);
    // The smallest step above 1 keeps 0 / 0 away where the first boxes are ignored.
    curve.precision.push_back(hits / (hits + misses + std::numeric_limits<double>::epsilon()));
  }
  return curve;
}

void make_envelope(std::vector<double>& precision) {
  for (std::size_t i = precision.size(); i-- > 1;) {
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  }
}

const std::array<double, kRecallPoints>& coco_recalls() {
  static const auto recalls = [] {
    std::array<double, kRecallPoints> made{};
    for (std::size_t i = 0; i < kRecallPoints; ++i) made[i] = static_cast<double>(i) * 0.01;
    made.back() = 1;
    return made;
  }();
  return recalls;
}

double mean_precision(PrecisionRecall curve, std::span<const double> recalls) {
  make_envelope(curve.precision);
  double sum = 0;
  auto reached = curve.recall.begin();
  for (const double recall : recalls) {
    reached = std::lower_bound(reached, curve.recall.end(), recall);
    if (reached == curve.recall.end()) break;
    sum += curve.precision[static_cast<std::size_t>(reached - curve.recall.begin())];
  }
  return sum / static_cast<double>(recalls.size());
}

}  // namespace attune
