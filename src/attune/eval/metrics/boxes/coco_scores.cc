#include "attune/eval/metrics/boxes/coco_scores.h"

#include <array>
#include <cmath>
#include <utility>

#include "attune/eval/metrics/boxes/ledger.h"

namespace attune {

namespace {

constexpr std::array<std::uint32_t, 3> kFoundBoxes = {1, 10, 100};

/// Of one class at one threshold; NaN without objects.
struct PrecisionAndRecall {
  double precision = CocoScores::kNone, recall = CocoScores::kNone;
};

PrecisionAndRecall scores_at(const Ledger& ledger, std::size_t threshold, BoxSize size,
                             std::uint32_t most_found) {
  if (ledger.objects[static_cast<std::size_t>(size)] == 0) return {};
  PrecisionRecall curve = precision_recall(ledger, threshold, size, most_found);
  const double reached = curve.recall.empty() ? 0 : curve.recall.back();
  return {mean_precision(std::move(curve), coco_recalls()), reached};
}

/// The mean of the values that are there; NaN where none is.
class Mean {
 public:
  void add(double value) {
    if (std::isnan(value)) return;
    sum_ += value;
    ++count_;
  }
  double value() const { return count_ == 0 ? CocoScores::kNone : sum_ / count_; }

 private:
  double sum_ = 0;
  double count_ = 0;
};

CocoScores scores_of(const Ledger& ledger) {
  std::array<Mean, kBoxSizes> precision, recall;
  Mean with_one, with_ten;
  CocoScores scores;
  for (std::size_t t = 0; t < kCocoThresholds; ++t) {
    for (std::size_t s = 0; s < kBoxSizes; ++s) {
      const auto at = scores_at(ledger, t, static_cast<BoxSize>(s), kFoundBoxes[2]);
      precision[s].add(at.precision);
      recall[s].add(at.recall);
      if (s == 0 && t == 0) scores.map_50 = at.precision;
      if (s == 0 && t == 5) scores.map_75 = at.precision;
    }
    with_one.add(scores_at(ledger, t, BoxSize::all, kFoundBoxes[0]).recall);
    with_ten.add(scores_at(ledger, t, BoxSize::all, kFoundBoxes[1]).recall);
  }
  scores.map = precision[0].value();
  scores.map_small = precision[1].value();
  scores.map_medium = precision[2].value();
  scores.map_large = precision[3].value();
  scores.mar_1 = with_one.value();
  scores.mar_10 = with_ten.value();
  scores.mar_100 = recall[0].value();
  scores.mar_small = recall[1].value();
  scores.mar_medium = recall[2].value();
  scores.mar_large = recall[3].value();
  return scores;
}

/// One row for each number: its name, where it is kept, what people call it.
struct Number {
  const char* name;
  double CocoScores::*value;
  bool headline;
  const char* title;
};
constexpr std::array<Number, 12> kNumbers = {{
    {"map", &CocoScores::map, kHeadline, "mAP@[.5:.95]"},
    {"map_50", &CocoScores::map_50, kHeadline, "mAP@.5"},
    {"map_75", &CocoScores::map_75, kDetail, "mAP@.75"},
    {"map_small", &CocoScores::map_small, kDetail, "mAP, small objects"},
    {"map_medium", &CocoScores::map_medium, kDetail, "mAP, medium objects"},
    {"map_large", &CocoScores::map_large, kDetail, "mAP, large objects"},
    {"mar_1", &CocoScores::mar_1, kDetail, "Average recall, 1 box a picture"},
    {"mar_10", &CocoScores::mar_10, kDetail, "Average recall, 10 boxes"},
    {"mar_100", &CocoScores::mar_100, kDetail, "Average recall, 100 boxes"},
    {"mar_small", &CocoScores::mar_small, kDetail, "Average recall, small objects"},
    {"mar_medium", &CocoScores::mar_medium, kDetail, "Average recall, medium objects"},
    {"mar_large", &CocoScores::mar_large, kDetail, "Average recall, large objects"},
}};

}  // namespace

std::vector<MetricInfo> CocoScores::infos() {
  std::vector<MetricInfo> infos;
  for (const Number& number : kNumbers) {
    infos.push_back({number.name, kRises, number.headline, number.title});
  }
  return infos;
}

MetricValues CocoScores::values() const {
  MetricValues values;
  for (const Number& number : kNumbers) {
    values.add(number.name, this->*number.value, "no object to judge by");
  }
  return values;
}

CocoResults coco_scores(std::span<const JudgedPicture> pictures, std::int64_t num_classes) {
  CocoResults results;
  std::array<Mean, kNumbers.size()> means;
  for (const Ledger& ledger : judge(pictures, num_classes, kFoundBoxes.back())) {
    results.by_class.push_back(scores_of(ledger));
    results.objects.push_back(ledger.objects[0]);
    for (std::size_t n = 0; n < kNumbers.size(); ++n) {
      means[n].add(results.by_class.back().*kNumbers[n].value);
    }
  }
  // pycocotools averages over classes and thresholds at once: the same, as a class that has objects
  // of a size is defined at all ten.
  for (std::size_t n = 0; n < kNumbers.size(); ++n) {
    results.all.*kNumbers[n].value = means[n].value();
  }
  return results;
}

}  // namespace attune
