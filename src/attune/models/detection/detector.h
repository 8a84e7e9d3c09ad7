#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/media/boxes/detector_input.h"
#include "attune/models/activations.h"
#include "attune/models/detection/detection_head.h"
#include "attune/models/model.h"
#include "attune/nn/state_dict.h"

namespace attune {

/// What a task must know of a detector to feed it and to read its outputs.
struct DetectorInfo {
  std::vector<std::string> labels;  ///< of the classes, in order
  DetectionHead head;
  /// What its checkpoints' pictures go through where nothing else is said. Other sizes run too.
  DetectorInput input;
  std::int64_t size_multiple = 32;  ///< of the input's sides
};

/// What a user may ask of a detector; what is left out comes from its checkpoint.
struct DetectorHeadOptions {
  /// Names of the classes. Where the checkpoint has other ones, the head's rows of the box and of
  /// the objectness stay, of the classes those whose name the checkpoint has too; the others begin
  /// anew.
  std::vector<std::string> labels = {};
  std::optional<Size> input_size = {};  ///< multiples of `size_multiple` (`user`)
  std::uint64_t seed = 42;              ///< of the values that begin anew
};

/// A network that finds boxes, run as a chain of depth groups from the picture to the head.
class Detector : public Model {
 public:
  virtual DetectorInfo info() const = 0;

  /// Runs the depth groups [first, last) and returns what comes out of group `last - 1`.
  ///
  /// `state` is what came out of group `first - 1`; for group 0 pixels, float [N, channels, H, W]
  /// as info().input prepares them. Between two groups the state is all that later groups read, a
  /// pyramid of float [N, C, h, w], channels_last. Out of the last group come the raw outputs, a
  /// part for each of the head's levels (DetectionHead). Throws `user` where pixels have another
  /// number of channels, or sides that are no multiples of `size_multiple`.
  Activations run(const Activations& state, std::int64_t first, std::int64_t last);

  /// Raw outputs, one tensor a level.
  std::vector<at::Tensor> forward(const at::Tensor& pixels);

 protected:
  virtual Activations run_group(std::int64_t group, const Activations& state) = 0;

 private:
  void check_pixels(const at::Tensor& pixels) const;
};

/// A detector of whatever family, opened.
struct LoadedDetector {
  std::shared_ptr<Detector> model;  ///< in training mode, as LibTorch makes modules
  LoadReport report;
  DetectorInput input;  ///< what pictures go through
};

}  // namespace attune
