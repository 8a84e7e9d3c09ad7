#include "attune/eval/metrics/boxes/coco_match.h"

#include <algorithm>
#include <optional>

namespace attune {

namespace {

/// The objects of one class of one picture as one range of sizes sees them.
struct Objects {
  std::vector<std::size_t> order;  ///< into `ClassBoxes::truth`, those that count first
  std::size_t counting = 0;        ///< how many of `order` count
};

Objects objects_of(const ClassBoxes& boxes, BoxSize size) {
  Objects objects;
  for (std::size_t i = 0; i < boxes.truth.size(); ++i) objects.order.push_back(i);
  const auto ignored = std::ranges::stable_partition(objects.order, [&](std::size_t i) {
    const LabelledBox& truth = *boxes.truth[i];
    return !truth.crowd && has_size(truth.object_area(), size);
  });
  objects.counting = objects.order.size() - ignored.size();
  return objects;
}

/// The place in `objects.order` of what a found box takes, if anything overlaps it enough.
std::optional<std::size_t> best_object(const ClassBoxes& boxes, const Objects& objects,
                                       const double* overlap, const std::vector<bool>& taken,
                                       double threshold) {
  // pycocotools takes an overlap of all but 1 for 1.
  double best = std::min(threshold, 1 - 1e-10);
  std::optional<std::size_t> chosen;
  for (std::size_t place = 0; place < objects.order.size(); ++place) {
    const std::size_t i = objects.order[place];
    if (taken[place] && !boxes.truth[i]->crowd) continue;
    if (chosen && *chosen < objects.counting && place >= objects.counting) break;
    if (overlap[i] < best) continue;
    best = overlap[i];
    chosen = place;
  }
  return chosen;
}

}  // namespace

const std::array<double, kCocoThresholds>& coco_thresholds() {
  static const auto thresholds = [] {
    std::array<double, kCocoThresholds> made{};
    const double step = (0.95 - 0.5) / (kCocoThresholds - 1);
    for (std::size_t t = 0; t < kCocoThresholds; ++t) {
      made[t] = static_cast<double>(t) * step + 0.5;
    }
    made.back() = 0.95;
    return made;
  }();
  return thresholds;
}

bool has_size(double area, BoxSize size) {
  constexpr double kSmall = 32 * 32, kMedium = 96 * 96, kLargest = 1e10;
  switch (size) {
    case BoxSize::all:
      return area <= kLargest;
    case BoxSize::small:
      return area <= kSmall;
    case BoxSize::medium:
      return area >= kSmall && area <= kMedium;
    case BoxSize::large:
      return area >= kMedium && area <= kLargest;
  }
  return false;
}

CocoMatches coco_match(const ClassBoxes& boxes) {
  CocoMatches matches;
  matches.found.resize(boxes.found.size());
  for (std::size_t d = 0; d < boxes.found.size(); ++d) {
    matches.found[d].score = boxes.found[d]->score;
    matches.found[d].rank = static_cast<std::uint32_t>(d);
  }
  const std::vector<double> table = overlaps(boxes);
  std::vector<bool> taken(boxes.truth.size());
  for (std::size_t s = 0; s < kBoxSizes; ++s) {
    const auto size = static_cast<BoxSize>(s);
    const Objects objects = objects_of(boxes, size);
    matches.objects[s] = static_cast<std::int64_t>(objects.counting);
    for (std::size_t t = 0; t < kCocoThresholds; ++t) {
      const auto bit = static_cast<ThresholdBits>(1U << t);
      taken.assign(taken.size(), false);
      for (std::size_t d = 0; d < boxes.found.size(); ++d) {
        const auto place = best_object(boxes, objects, table.data() + d * boxes.truth.size(), taken,
                                       coco_thresholds()[t]);
        if (place) {
          taken[*place] = true;
          matches.found[d].matched[s] |= bit;
        }
        // What matches nothing and is of another size is not of this range either.
        const bool ignored =
            place ? *place >= objects.counting : !has_size(boxes.found[d]->box.area(), size);
        if (ignored) matches.found[d].ignored[s] |= bit;
      }
    }
  }
  return matches;
}

}  // namespace attune
