#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attune/models/detection/class_rows.h"
#include "attune/models/detection/detector.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// A tensor [places * (fixed + classes), ...] of a head.
struct ClassTensor {
  std::string name;
  std::int64_t places = 1, fixed = 0;
};

/// How a family's tensors depend on its classes, and how they are drawn.
struct DetectorWeights {
  std::vector<ClassTensor> class_tensors;
  std::int64_t known_classes = 0;  ///< of the checkpoint
  /// Kernels are drawn uniformly in +-gain / sqrt(inputs of a value): 1 is torch's own draw, sqrt 2
  /// keeps the size of what comes out.
  double gain = 1;
  /// Sets the bias of a convolution, which is 0; may be empty.
  std::function<void(const std::string& name, const at::Tensor& bias)> set_bias;
};

/// Fills `model` from a checkpoint under its own names, strictly: only counters of batches may be
/// missing, and of the classes what `rows` says begins anew. Without a checkpoint everything is
/// drawn, keyed by `seed` and names. `source` is for the report.
LoadReport fill_detector(Detector& model, const std::optional<CheckpointFile>& weights,
                         const std::string& source, const DetectorWeights& how,
                         const ClassRows& rows, std::uint64_t seed);

/// Throws `data` where a model of so many parameters cannot be the checkpoint's, or is larger than
/// any that is known: called before memory is taken for what a hostile file describes.
void check_detector_size(double parameters, const std::optional<CheckpointFile>& weights,
                         const std::string& source);

/// Greatest side of an input that is believed: a hostile file must not have memory taken for it.
constexpr std::int64_t kMaxInputSide = 1 << 14;

/// The first size of the tensor of that name; 0 where there is none.
std::int64_t first_size(const CheckpointFile& weights, const std::string& name);

/// The classes that a detector asked for `head` has, where its checkpoint's are `known`. Throws
/// `user` where two have one name.
std::vector<std::string> asked_classes(const std::vector<std::string>& known,
                                       const DetectorHeadOptions& head);

}  // namespace attune
