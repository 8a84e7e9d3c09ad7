#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/models/detection/detector.h"
#include "attune/models/head_options.h"
#include "attune/models/image/image_classifier.h"
#include "attune/models/sequence_classifier.h"
#include "attune/models/speech/ctc_model.h"
#include "attune/nn/state_dict.h"

namespace attune {

/// What models are used for.
enum class ModelUse { classify_text, classify_pictures, transcribe_speech, detect_objects };

/// What the family that a config.json names can be used for; nothing where it is not known.
std::vector<ModelUse> uses_of(const Json& config);

struct LoadedClassifier {
  std::shared_ptr<SequenceClassifier> model;  ///< in training mode, as LibTorch makes modules
  LoadReport report;
};

/// Opens a Hugging Face model folder (config.json and weights) as a text classifier of whatever
/// family its `model_type` names. A family without such heads, or an unknown one, is refused
/// (`user`), naming those that are known. Loading is strict: only the head may be new.
/// `weights_key` chooses among several sets of weights in a file, as `open_weights` says.
LoadedClassifier make_sequence_classifier(const fs::path& folder, const HeadOptions& head = {},
                                          const std::string& weights_key = "");

struct LoadedCtcModel {
  std::shared_ptr<CtcModel> model;  ///< in training mode, as LibTorch makes modules
  LoadReport report;
};

/// Opens a Hugging Face model folder as a speech recogniser with a CTC head, of whatever family its
/// `model_type` names, as make_sequence_classifier does for texts; or a checkpoint that brings
/// settings of its own, as fairseq writes them.
LoadedCtcModel make_ctc_model(const fs::path& folder_or_file, const CtcHeadOptions& head = {},
                              const std::string& weights_key = "");

/// Makes the speech recogniser that `config`, a config.json, describes, of whatever family its
/// `model_type` names; every value is drawn, with `head.seed`. `source` names it in messages, and
/// in the report. `head.language` must be empty (`user`).
LoadedCtcModel make_ctc_model_from_config(const Json& config, const std::string& source,
                                          const CtcHeadOptions& head = {});

/// Looks at what `make_ctc_model` would be asked for (`CtcHeadOptions::settings`) before weights
/// are read: throws `user` where one of `settings` has no effect beside `config`, a config.json,
/// `data` where a value is impossible. `source` names it.
void check_ctc_settings(const Json& config, const std::string& source, const Json& settings);

/// Names of the files beside a speech model's weights that may hold what it needs for `language`,
/// of any family: what is fetched before it is known of which family a model is. Throws `user`
/// where `language` is no part of a file's name.
std::vector<std::string> ctc_language_files(const std::string& language);

/// Opens a detector of whatever family: a folder with config.json and weights (and what pictures go
/// through in preprocessor_config.json), or a checkpoint that says itself what network it is of,
/// such as darknet's .weights with its .cfg. Classes that the checkpoint has too are kept by name
/// (DetectorHeadOptions). Throws `user` where nothing says what model it is, or sides of the input
/// are impossible.
LoadedDetector make_detector(const fs::path& folder_or_file, const DetectorHeadOptions& head = {},
                             const std::string& weights_key = "");

/// Makes the detector that `config`, a config.json, describes; every value is drawn, with
/// `head.seed`. `source` names it in messages, and in the report.
LoadedDetector make_detector_from_config(const Json& config, const std::string& source,
                                         const DetectorHeadOptions& head = {});

struct LoadedImageClassifier {
  std::shared_ptr<ImageClassifier> model;  ///< in training mode, as LibTorch makes modules
  LoadReport report;                       ///< without weights all names are `initialized`
  /// As preprocessor_config.json has it: that file, else what timm's config.json says, else that of
  /// a known origin (models/image_origin.h), of the architecture's preset or of the family's usual
  /// checkpoints (ImageNet's mean and deviation).
  Json preprocessing;
  /// "" where the files say how pictures are prepared, else whose preprocessing was assumed, and
  /// why.
  std::string assumed_preprocessing;
};

/// Opens an image classifier:
/// - a Hugging Face model folder (config.json and weights), or timm's of a network known here;
///   `architecture` must be empty;
/// - a folder with a Keras model of TensorFlow.js (model.json), of a family known here;
/// - a bare state dict (a file, or a folder without config.json), described by `architecture`, a
///   name of models/architectures.h;
/// - nothing (an empty path) with an `architecture`: every value is drawn, with `head.seed`.
/// Loading is strict: only the head may be new, which it is where labels are asked for that are not
/// the checkpoint's (another number, or other names). Throws `user` naming the architectures where
/// one is needed or unknown. `weights_key` chooses among several sets of weights in a file.
LoadedImageClassifier make_image_classifier(const fs::path& folder_or_file,
                                            const std::string& architecture = "",
                                            const HeadOptions& head = {},
                                            const std::string& weights_key = "");

/// Loads what `save_pretrained` wrote into a model of the same structure. Every tensor must be
/// there with its shape (`data` otherwise).
LoadReport load_pretrained(Model& model, const fs::path& folder);

/// Writes config.json and model.safetensors into `folder`, which exists. transformers'
/// AutoModelForSequenceClassification, AutoModelForImageClassification and AutoModelForCTC open it
/// and give the same logits where they know the structure: a text classifier with pooling `cls`; a
/// MobileNetV2; a ResNet without groups, width or stem of its own. Other image classifiers are
/// written under torchvision's names.
void save_pretrained(const Model& model, const fs::path& folder);

}  // namespace attune
