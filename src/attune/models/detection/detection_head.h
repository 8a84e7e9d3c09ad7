#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/media/boxes/box.h"

namespace attune {

/// How the numbers t of a place in column i, row j of its level become a box in pixels of the
/// input; s is the sigmoid, k the level's `scale_xy`:
/// - `anchor_exp`: centre (i + k s(t0) - (k - 1) / 2, j + k s(t1) - (k - 1) / 2) * stride, sides
///   (anchor width * exp t2, anchor height * exp t3) (Redmon and Farhadi 2018, arXiv 1804.02767;
///   k: Bochkovskiy et al. 2020, arXiv 2004.10934);
/// - `anchor_square`: the same centre, sides anchor * (2 s(t))^2 (Wang et al. 2021, arXiv
///   2011.08036);
/// - `point_exp`: centre (i + t0, j + t1) * stride, sides exp t * stride (Ge et al. 2021, arXiv
///   2107.08430);
/// - `distances`: how far left, top, right and bottom lie from (i + 1/2, j + 1/2), in strides: each
///   the mean of 0 .. bins - 1 under the softmax of its `bins` numbers (Li et al. 2020, arXiv
///   2006.04388).
enum class BoxFormula { anchor_exp, anchor_square, point_exp, distances };

/// A box that the sides found are multiples of, in pixels of the input.
struct Anchor {
  double width = 0, height = 0;
};

/// Outputs of one resolution.
struct DetectionLevel {
  std::int64_t stride = 8;      ///< pixels of the input to a cell
  std::vector<Anchor> anchors;  ///< each is a place of every cell; empty: one place, no anchor
  double scale_xy = 1;

  std::int64_t places() const;  ///< of a cell
};

/// What a detector's raw outputs mean, by value. Those of a level are a tensor
/// [N, places of a cell * values(), h, w]; each place has 4 * bins numbers of the box (side by
/// side: all bins of the first number, then of the second ...), the logit of there being an object
/// where there is one, and a logit for each class.
struct DetectionHead {
  BoxFormula formula = BoxFormula::anchor_exp;
  std::int64_t classes = 1;
  bool has_objectness = true;
  std::int64_t bins = 1;
  std::vector<DetectionLevel> levels;

  std::int64_t values() const { return 4 * bins + (has_objectness ? 1 : 0) + classes; }
};

/// Where the P places of all levels are: level by level, in a level row by row, in a row cell by
/// cell, in a cell anchor by anchor. Float [P] but for `level`.
struct Places {
  at::Tensor column, row, stride;
  at::Tensor anchor_width, anchor_height;  ///< 0 where there is no anchor
  at::Tensor scale_xy;
  at::Tensor level;  ///< int64
};

/// A batch's outputs, all levels together. Differentiable.
struct Predictions {
  at::Tensor numbers;     ///< [N, P, 4 * bins], raw
  at::Tensor boxes;       ///< [N, P, 4]: left, top, right, bottom in pixels of the input
  at::Tensor objectness;  ///< [N, P], logits; undefined where the head has none
  at::Tensor classes;     ///< [N, P, classes], logits
  Places places;
};

/// Reads raw outputs, one tensor a level. Throws `internal` where their number or channels are not
/// the head's.
Predictions decode(const DetectionHead& head, std::span<const at::Tensor> outputs);

/// The boxes of `numbers` [..., P, 4 * bins] alone.
at::Tensor decode_boxes(const DetectionHead& head, const at::Tensor& numbers, const Places& places);

struct CandidateOptions {
  double min_score = 0.25;
  /// A place is its most probable class alone, not each above the threshold.
  bool one_class_a_place = false;
  std::int64_t limit = 30'000;  ///< of a picture: the best ones
};

/// The boxes of each picture, in pixels of the input, whose score (the probability of the class,
/// times that of an object where the head has one) is at least the threshold; before non-maximum
/// suppression (media/boxes/nms.h). In the order of places, classes within. Boxes that are not
/// finite are left out.
std::vector<std::vector<ScoredBox>> candidates(const Predictions& predictions,
                                               const CandidateOptions& options = {});

}  // namespace attune
