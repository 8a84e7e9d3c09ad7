#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "attune/base/files.h"
#include "attune/models/detection/detector.h"
#include "attune/models/head_options.h"
#include "attune/models/image/image_folder.h"
#include "attune/models/image/image_load.h"
#include "attune/models/registry.h"

namespace attune {

// What a family can be: a type for each role, that says how such a model is opened.
// Encoder-decoders and language models are further roles, each a struct here and a member of
// `ModelRole`; nothing else changes.

/// What a family of text or speech models is given to open: a Hugging Face folder.
struct FolderCheckpoint {
  Json config;
  std::string source;  ///< config.json's path
  CheckpointFile weights;
};

/// A text classifier.
struct SequenceClassifierRole {
  static constexpr std::string_view kAction = "classify text";
  static constexpr ModelUse kUse = ModelUse::classify_text;
  LoadedClassifier (*open)(const FolderCheckpoint& checkpoint, const HeadOptions& head);
};

/// An image classifier, from whatever holds its tensors.
struct ImageClassifierRole {
  static constexpr std::string_view kAction = "classify pictures";
  static constexpr ModelUse kUse = ModelUse::classify_pictures;
  OpenedImageClassifier (*open)(const ImageCheckpoint& checkpoint, const HeadOptions& head);
};

/// A speech recogniser with a CTC head.
struct CtcRole {
  static constexpr std::string_view kAction = "transcribe speech";
  static constexpr ModelUse kUse = ModelUse::transcribe_speech;
  LoadedCtcModel (*open)(const FolderCheckpoint& checkpoint, const CtcHeadOptions& head);
  /// Of a config.json (`source`: its path) alone; every value is drawn.
  LoadedCtcModel (*make)(const Json& config, const std::string& source, const CtcHeadOptions& head);
  /// Whether `config` is possible, and the `settings` that were put into it have an effect.
  void (*check)(const Json& config, const std::string& source, const Json& settings);
  /// Names that the file of a language may have beside the weights; null: there are none.
  std::vector<std::string> (*language_files)(const std::string& language) = nullptr;
};

/// A detector of objects. `LoadedDetector::input` is its info()'s.
struct DetectorRole {
  static constexpr std::string_view kAction = "detect objects";
  static constexpr ModelUse kUse = ModelUse::detect_objects;
  LoadedDetector (*open)(const FolderCheckpoint& checkpoint, const DetectorHeadOptions& head);
  /// Of a config.json (`source`: its path) alone; every value is drawn.
  LoadedDetector (*make)(const Json& config, const std::string& source,
                         const DetectorHeadOptions& head);
};

using ModelRole = std::variant<SequenceClassifierRole, ImageClassifierRole, CtcRole, DetectorRole>;

/// A family of models: one line in registry.cc.
struct Family {
  std::string_view name;
  std::vector<std::string> model_types;  ///< of config.json
  std::vector<ModelRole> roles;
  /// Of Keras' model for pictures of `side`; nothing where the tensors are not the family's.
  std::optional<ImageSettings> (*from_keras)(const CheckpointFile& weights,
                                             std::int64_t side) = nullptr;
  /// What config.json would say of a checkpoint that brings settings of its own; nothing where it
  /// is none of the family's.
  std::optional<Json> (*from_settings)(const CheckpointFile& weights) = nullptr;
  /// What its checkpoints without preprocessor_config.json are used with, if not torchvision's.
  Json (*usual_preprocessing)(const Json& config) = nullptr;

  /// As what it is asked for; null where it cannot be that.
  template <typename Wanted>
  const Wanted* as() const {
    for (const ModelRole& role : roles) {
      if (const auto* found = std::get_if<Wanted>(&role)) return found;
    }
    return nullptr;
  }
};

}  // namespace attune
