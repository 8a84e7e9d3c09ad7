#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/models/activations.h"
#include "attune/models/head_options.h"
#include "attune/models/model.h"

namespace attune {

/// What a task must know of an image classifier to feed it and to read its logits.
struct ImageClassifierInfo {
  std::vector<std::string> labels;  ///< id2label in order; one logit each
  std::optional<ProblemType> problem_type;
  std::int64_t channels = 3;      ///< of the pixels
  std::int64_t image_size = 224;  ///< side of the square the weights were made for; others run too
};

/// A convolutional network that ends in global average pooling and a linear head, run as a chain of
/// depth groups: body groups (stem, stages), then the head.
class ImageClassifier : public Model {
 public:
  virtual ImageClassifierInfo info() const = 0;

  /// Runs the depth groups [first, last) and returns what comes out of group `last - 1`.
  ///
  /// `state` is what came out of group `first - 1`; for group 0 pixels, float [N, channels, H, W].
  /// Between two body groups the state is one tensor, float [N, C, H, W], in channels_last layout,
  /// and float [N, features] behind the last one (pooling belongs to it, so that a cache of frozen
  /// features holds one row per picture there). Out of the head come logits [N, labels]. Throws
  /// `user` where pixels have another number of channels.
  Activations run(const Activations& state, std::int64_t first, std::int64_t last);

  /// Whether the state that comes out of `group` is pooled, or logits.
  bool pooled_after(std::int64_t group) const { return group >= body_groups() - 1; }

  /// Logits [N, labels].
  at::Tensor forward(const at::Tensor& pixels) { return run(pixels, 0, body_groups() + 1).only(); }

  /// The last body group's output before pooling, [N, C, h, w], differentiable: with `classify`
  /// what Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391) needs.
  at::Tensor feature_map(const at::Tensor& pixels);
  /// Logits from such a map: forward(x) == classify(feature_map(x)).
  at::Tensor classify(const at::Tensor& feature_map);

 protected:
  /// depth_groups() without the head.
  virtual std::int64_t body_groups() const = 0;
  /// [N, C, H, W] -> [N, C', H', W'].
  virtual at::Tensor run_body(std::int64_t group, const at::Tensor& x) = 0;
  /// [N, features] -> [N, labels].
  virtual at::Tensor run_head(const at::Tensor& pooled) = 0;

 private:
  at::Tensor check_pixels(const at::Tensor& pixels) const;
};

}  // namespace attune
