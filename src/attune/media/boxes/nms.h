#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/media/boxes/box.h"

namespace attune {

/// What becomes of a box that overlaps a better one: it goes (`greedy`), or its score falls: to
/// score * (1 - IoU) from the threshold on (`linear`), to score * exp(-IoU^2 / sigma) always
/// (`gaussian`). The latter two are Soft-NMS (Bodla et al. 2017, arXiv 1704.04503).
enum class Suppression { greedy, linear, gaussian };

constexpr auto enum_names(Suppression) {
  return std::to_array<std::pair<Suppression, std::string_view>>(
      {{Suppression::greedy, "greedy"},
       {Suppression::linear, "linear"},
       {Suppression::gaussian, "gaussian"}});
}

struct NmsOptions {
  double iou_threshold = 0.45;  ///< boxes that overlap by more are of one object
  bool class_agnostic = false;  ///< boxes of other classes count too
  Suppression kind = Suppression::greedy;
  double sigma = 0.5;          ///< of `gaussian`
  double min_score = 0.001;    ///< of the soft kinds: boxes whose score fell below it go
  std::int64_t max_boxes = 0;  ///< the best ones of a picture; 0: all
};

/// Non-maximum suppression of one picture's boxes. Returns what stays, best first; equal scores in
/// the order given. With the defaults that is torchvision.ops.batched_nms. Throws `internal` for
/// scores that are NaN.
std::vector<ScoredBox> suppress(std::span<const ScoredBox> boxes, const NmsOptions& options = {});

}  // namespace attune
