#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "attune/config/field.h"
#include "attune/data/image/image_options.h"
#include "attune/media/image/augment/options.h"
#include "attune/media/image/processor.h"
#include "attune/models/head_options.h"
#include "attune/tasks/classification/options.h"

namespace attune {

/// What a checkpoint does not say of itself.
struct ImageModelOptions {
  std::string architecture;
  std::optional<ProblemType> problem_type;

  template <typename V>
  void visit(V& v) {
    v("architecture", architecture,
      "What a bare state dict is of, or what to train from scratch; `attune config architectures` "
      "lists the names");
    v("problem_type", problem_type,
      "What the labels are (default: the model's, else single label)");
  }
};

/// How the network is changed for the task (section `adapt`).
struct ImageAdaptOptions {
  std::optional<std::int64_t> input_channels;
  std::optional<double> classifier_dropout;
  std::int64_t augment_cache = 0;

  template <typename V>
  void visit(V& v) {
    v("input_channels", input_channels,
      "Channels of the input, 1 or 3: the first convolution is adapted", config::in_range(1, 3));
    v("classifier_dropout", classifier_dropout, "Dropout before the classifier",
      config::below(0, 1));
    v("augment_cache", augment_cache,
      "With random augmentation and a frozen part: keep the features of this many views of each "
      "picture and go round them; 0 computes them anew each epoch",
      config::in_range(0, 1000));
  }
};

/// Settings of `attune train --task image-classification`.
struct ImageTrainSettings : ClassificationSettings {
  ImageDataOptions data;
  ManifestColumns columns;
  ImageModelOptions model;
  ImageAdaptOptions network;
  ImageProcessorOptions input;
  AugmentOptions augment;
};

}  // namespace attune
