#include "attune/models/detection/detection_head.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include "attune/base/error.h"

namespace attune {

namespace {

// [N, places * values, h, w] -> [N, h * w * places, values]: no copy of what lies channels last.
at::Tensor as_places(const DetectionHead& head, const DetectionLevel& level, const at::Tensor& x) {
  check(x.dim() == 4 && x.size(1) == level.places() * head.values(), ErrorKind::internal,
        "a level's outputs have {} channels, its head gives {} places of {} values",
        x.dim() == 4 ? x.size(1) : -1, level.places(), head.values());
  return x.permute({0, 2, 3, 1}).reshape({x.size(0), -1, head.values()});
}

at::Tensor cycle(const std::vector<double>& values, std::int64_t cells,
                 const at::TensorOptions& options) {
  return at::tensor(values, options).repeat({cells});
}

Places level_places(const DetectionLevel& level, std::int64_t index, const at::Tensor& output) {
  const at::TensorOptions real = output.options().dtype(at::kFloat);
  const std::int64_t h = output.size(2), w = output.size(3), each = level.places();
  std::vector<double> widths(static_cast<std::size_t>(each)), heights(widths.size());
  for (std::size_t a = 0; a < level.anchors.size(); ++a) {
    widths[a] = level.anchors[a].width;
    heights[a] = level.anchors[a].height;
  }
  const at::Tensor cell = at::arange(h * w, real.dtype(at::kLong)).repeat_interleave(each);
  const std::int64_t count = h * w * each;
  return {.column = cell.remainder(w).to(at::kFloat),
          .row = cell.floor_divide(w).to(at::kFloat),
          .stride = at::full({count}, static_cast<double>(level.stride), real),
          .anchor_width = cycle(widths, h * w, real),
          .anchor_height = cycle(heights, h * w, real),
          .scale_xy = at::full({count}, level.scale_xy, real),
          .level = at::full({count}, index, real.dtype(at::kLong))};
}

Places joined(const std::vector<Places>& levels) {
  const auto join = [&](at::Tensor Places::*member) {
    std::vector<at::Tensor> parts;
    for (const Places& level : levels) parts.push_back(level.*member);
    return at::cat(parts);
  };
  return {.column = join(&Places::column),
          .row = join(&Places::row),
          .stride = join(&Places::stride),
          .anchor_width = join(&Places::anchor_width),
          .anchor_height = join(&Places::anchor_height),
          .scale_xy = join(&Places::scale_xy),
          .level = join(&Places::level)};
}

at::Tensor corners(const at::Tensor& x, const at::Tensor& y, const at::Tensor& width,
                   const at::Tensor& height) {
  const at::Tensor across = width / 2, down = height / 2;
  return at::stack({x - across, y - down, x + across, y + down}, -1);
}

// A predicted distribution's mean for each side.
at::Tensor from_distances(const DetectionHead& head, const at::Tensor& numbers, const Places& p) {
  std::vector<std::int64_t> shape = numbers.sizes().vec();
  shape.back() = 4;
  shape.push_back(head.bins);
  const at::Tensor bins = at::arange(head.bins, numbers.options());
  const at::Tensor sides = (at::softmax(numbers.reshape(shape), -1) * bins).sum(-1);
  const at::Tensor x = p.column + 0.5, y = p.row + 0.5;
  return at::stack({(x - sides.select(-1, 0)) * p.stride, (y - sides.select(-1, 1)) * p.stride,
                    (x + sides.select(-1, 2)) * p.stride, (y + sides.select(-1, 3)) * p.stride},
                   -1);
}

}  // namespace

std::int64_t DetectionLevel::places() const {
  return std::max<std::int64_t>(std::ssize(anchors), 1);
}

at::Tensor decode_boxes(const DetectionHead& head, const at::Tensor& numbers, const Places& p) {
  if (head.formula == BoxFormula::distances) return from_distances(head, numbers, p);
  const at::Tensor x = numbers.select(-1, 0), y = numbers.select(-1, 1);
  const at::Tensor across = numbers.select(-1, 2), down = numbers.select(-1, 3);
  if (head.formula == BoxFormula::point_exp) {
    return corners((p.column + x) * p.stride, (p.row + y) * p.stride, across.exp() * p.stride,
                   down.exp() * p.stride);
  }
  const at::Tensor excess = (p.scale_xy - 1) / 2;
  const at::Tensor center_x = (p.column + at::sigmoid(x) * p.scale_xy - excess) * p.stride;
  const at::Tensor center_y = (p.row + at::sigmoid(y) * p.scale_xy - excess) * p.stride;
  if (head.formula == BoxFormula::anchor_exp) {
    return corners(center_x, center_y, across.exp() * p.anchor_width, down.exp() * p.anchor_height);
  }
  return corners(center_x, center_y, (at::sigmoid(across) * 2).square() * p.anchor_width,
                 (at::sigmoid(down) * 2).square() * p.anchor_height);
}

Predictions decode(const DetectionHead& head, std::span<const at::Tensor> outputs) {
  check(outputs.size() == head.levels.size() && !outputs.empty(), ErrorKind::internal,
        "{} outputs were given to a head of {} levels", outputs.size(), head.levels.size());
  std::vector<at::Tensor> values;
  std::vector<Places> levels;
  for (std::size_t l = 0; l < outputs.size(); ++l) {
    values.push_back(as_places(head, head.levels[l], outputs[l]));
    levels.push_back(level_places(head.levels[l], static_cast<std::int64_t>(l), outputs[l]));
  }
  const at::Tensor all = at::cat(values, 1);
  Predictions result;
  result.places = joined(levels);
  const std::int64_t of_box = 4 * head.bins, of_class = head.values() - head.classes;
  result.numbers = all.slice(2, 0, of_box);
  if (head.has_objectness) result.objectness = all.select(2, of_box);
  result.classes = all.slice(2, of_class);
  result.boxes = decode_boxes(head, result.numbers, result.places);
  return result;
}

namespace {

void keep_best(std::vector<ScoredBox>& boxes, std::int64_t limit) {
  if (std::ssize(boxes) <= limit) return;
  std::vector<double> scores;
  for (const ScoredBox& box : boxes) scores.push_back(box.score);
  const auto last = scores.begin() + limit - 1;
  std::nth_element(scores.begin(), last, scores.end(), std::greater<>());
  // Of those that score as the last one does the first places.
  std::int64_t above = std::count_if(boxes.begin(), boxes.end(),
                                     [&](const ScoredBox& box) { return box.score > *last; });
  std::erase_if(boxes, [&](const ScoredBox& box) {
    if (box.score > *last) return false;
    return box.score < *last || ++above > limit;
  });
}

}  // namespace

std::vector<std::vector<ScoredBox>> candidates(const Predictions& predictions,
                                               const CandidateOptions& options) {
  const at::NoGradGuard no_grad;
  const auto on_cpu = [](const at::Tensor& x) { return x.to(at::kCPU, at::kFloat).contiguous(); };
  at::Tensor scores = at::sigmoid(predictions.classes);
  if (predictions.objectness.defined()) {
    scores = scores * at::sigmoid(predictions.objectness).unsqueeze(-1);
  }
  scores = on_cpu(scores);
  const at::Tensor boxes = on_cpu(predictions.boxes);
  const std::int64_t pictures = scores.size(0), places = scores.size(1), classes = scores.size(2);
  const float* score = scores.const_data_ptr<float>();
  const float* side = boxes.const_data_ptr<float>();
  std::vector<std::vector<ScoredBox>> found(static_cast<std::size_t>(pictures));
  for (std::vector<ScoredBox>& picture : found) {
    for (std::int64_t p = 0; p < places; ++p, score += classes, side += 4) {
      const bool is_finite =
          std::all_of(side, side + 4, [](float value) { return std::isfinite(value); });
      if (!is_finite) continue;
      const std::int64_t best = std::max_element(score, score + classes) - score;
      for (std::int64_t c = 0; c < classes; ++c) {
        if (!(score[c] >= options.min_score) || (options.one_class_a_place && c != best)) continue;
        picture.push_back({{side[0], side[1], side[2], side[3]}, c, score[c]});
      }
    }
    keep_best(picture, options.limit);
  }
  return found;
}

}  // namespace attune
