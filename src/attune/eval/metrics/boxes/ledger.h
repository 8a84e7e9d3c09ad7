#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "attune/eval/metrics/boxes/coco_match.h"
#include "attune/eval/metrics/boxes/judged_picture.h"

namespace attune {

/// All that was judged of one class, as curves are made of it.
struct Ledger {
  std::vector<JudgedBox> found;  ///< the highest score first, equal ones in the order of pictures
  std::array<std::int64_t, kBoxSizes> objects{};  ///< that count, by size
};

/// Judges `pictures` by class, at most `most_found` boxes of a class in each.
std::vector<Ledger> judge(std::span<const JudgedPicture> pictures, std::int64_t num_classes,
                          std::size_t most_found);

/// Precision and recall after each box of a ledger that counts in one range of sizes at one
/// threshold. A box that is ignored repeats the point before it, as in pycocotools.
struct PrecisionRecall {
  std::vector<double> precision, recall;
};
/// Requires objects of that size. Of each picture the `most_found` boxes of the highest scores.
PrecisionRecall precision_recall(const Ledger& ledger, std::size_t threshold, BoxSize size,
                                 std::uint32_t most_found);

inline constexpr std::size_t kRecallPoints = 101;
/// The recalls 0, .01, ... 1 at which COCO reads curves, with the rounding of NumPy's `linspace`.
const std::array<double, kRecallPoints>& coco_recalls();
/// Makes each precision the best at its recall or beyond.
void make_envelope(std::vector<double>& precision);
/// The mean of the envelope at `recalls`, which rise; beyond the last recall it is 0.
double mean_precision(PrecisionRecall curve, std::span<const double> recalls);

}  // namespace attune
