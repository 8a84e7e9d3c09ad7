#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/data/image/pictures/picture_reader.h"
#include "attune/media/image/processor.h"
#include "attune/models/registry.h"
#include "attune/pretrained/options.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/image_classification/options.h"
#include "attune/train/options.h"

namespace attune {

/// A fine-tuned classifier, ready to be applied: in evaluation mode, every tensor loaded, on its
/// device.
struct SavedImageClassifier {
  fs::path path;  ///< its folder, a hub model's in the cache, or the file of a bare state dict
  std::shared_ptr<ImageClassifier> model;
  ImageProcessor processor;
  PictureOptions pictures;
  std::vector<std::string> labels;      ///< by output
  SavedLabels label_map;                ///< how they are called in data
  std::vector<std::string> own_labels;  ///< as the files beside the model call them
  ProblemType problem;
};

/// Where the model's files are: a file, and a folder that is not Hugging Face's, are taken as they
/// are.
fs::path find_image_model(const PretrainedOptions& pretrained);

/// Opens a saved folder, a hub model or, with `architecture`, a bare state dict. Throws `user`
/// where it has no trained head. `input` changes its preprocessing; `pictures` says how files are
/// read, but for the channels.
SavedImageClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                           const ImageModelOptions& model,
                                           const OutputLabels& labels,
                                           const ImageProcessorOptions& input,
                                           const PictureOptions& pictures, DeviceName device);

/// The preprocessing of a loaded model with what `input` changes. Warns, with its numbers and the
/// options that change them, where it was assumed and the user has not said mean and deviation.
ImageProcessor processor_of(const LoadedImageClassifier& loaded, const std::string& name,
                            const ImageProcessorOptions& input);

/// The model and its preprocessing before a run adapts them. An empty `model` with an architecture
/// is one from scratch.
LoadedImageClassifier open_image_model(const PretrainedOptions& pretrained,
                                       const ImageModelOptions& model, const HeadOptions& head);

}  // namespace attune
