#include "attune/models/registry.h"

#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/strings.h"
#include "attune/models/architectures.h"
#include "attune/models/bert/bert_load.h"
#include "attune/models/densenet/densenet_load.h"
#include "attune/models/image_folder.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_keras.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_load.h"
#include "attune/models/preprocessing.h"
#include "attune/models/resnet/resnet_load.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {

namespace {

struct Family {
  std::string_view name;
  std::vector<std::string> model_types;  ///< of config.json
  LoadedClassifier (*sequence_classifier)(const fs::path& folder, const Json& config,
                                          const HeadOptions& head) = nullptr;
  OpenedImageClassifier (*image_classifier)(const ImageCheckpoint& checkpoint,
                                            const ImageHeadOptions& head) = nullptr;
  /// Of Keras' model for pictures of `side`; nothing where the tensors are not the family's.
  std::optional<ImageSettings> (*from_keras)(const CheckpointFile& weights,
                                             std::int64_t side) = nullptr;
  /// What its checkpoints without preprocessor_config.json are used with, if not torchvision's.
  Json (*usual_preprocessing)(const Json& config) = nullptr;
};

LoadedClassifier bert_sequence_classifier(const fs::path& folder, const Json& json,
                                          const HeadOptions& head) {
  BertConfig config = BertConfig::from_json(json, (folder / "config.json").string());
  config.apply(head);
  LoadedBert loaded = load_bert_classifier(config, open_weights(folder), head.seed);
  return {std::move(loaded.model), std::move(loaded.report)};
}

// Every family of the project, one line each.
const std::vector<Family>& families() {
  static const std::vector<Family> list = {
      {.name = "BERT", .model_types = {"bert"}, .sequence_classifier = bert_sequence_classifier},
      {.name = "ResNet",
       .model_types = {"resnet", "torchvision_resnet"},
       .image_classifier = open_resnet},
      {.name = "MobileNetV2",
       .model_types = {"mobilenet_v2"},
       .image_classifier = open_mobilenet_v2,
       .from_keras = keras_mobilenet_v2_settings,
       .usual_preprocessing = mobilenet_v2_preprocessing},
      {.name = "DenseNet", .model_types = {"densenet"}, .image_classifier = open_densenet},
  };
  return list;
}

// The `model_type`s of the families that have `opener`.
template <typename Opener>
std::vector<std::string> types_with(Opener Family::*opener) {
  std::vector<std::string> types;
  for (const Family& family : families()) {
    if (family.*opener == nullptr) continue;
    types.insert(types.end(), family.model_types.begin(), family.model_types.end());
  }
  return types;
}

// The family that `config` names, or nullptr.
const Family* find_family(const Json& config) {
  if (!config.contains("model_type")) return nullptr;
  for (const Family& family : families()) {
    for (const std::string& type : family.model_types) {
      if (config.at("model_type") == type) return &family;
    }
  }
  return nullptr;
}

// What opens the family that `config` names; `what` it shall do is for the message.
template <typename Opener>
Opener find_opener(Opener Family::*opener, const Json& config, const std::string& source,
                   std::string_view what) {
  check(config.is_object() && config.contains("model_type") && config.at("model_type").is_string(),
        ErrorKind::data, "{}: no \"model_type\" says which family the model is of", source);
  const Family* family = find_family(config);
  if (family != nullptr && family->*opener != nullptr) return family->*opener;
  const auto type = config.at("model_type").get<std::string>();
  const auto known = types_with(opener);
  fail(ErrorKind::user, "{}: model_type \"{}\" is not one that can {} here: {}{}", source, type,
       what, fmt::join(known, ", "), did_you_mean(type, known));
}

bool fits(const ImageCheckpoint& checkpoint) {
  const auto open = find_opener(&Family::image_classifier, checkpoint.config, checkpoint.source,
                                "classify pictures");
  try {
    return open(checkpoint, {}).report.unexpected.empty();
  } catch (const Error&) {
    return false;
  }
}

std::optional<ImageSettings> from_keras(const CheckpointFile& weights, std::int64_t side) {
  for (const Family& family : families()) {
    if (family.from_keras == nullptr) continue;
    if (auto settings = family.from_keras(weights, side)) return settings;
  }
  return std::nullopt;
}

Json usual_preprocessing(const Json& config) {
  const Family* family = find_family(config);
  if (family == nullptr || family->usual_preprocessing == nullptr) return photo_preprocessing(224);
  return family->usual_preprocessing(config);
}

ImageFamilies image_families() {
  ImageFamilies result{fits, from_keras, {}, usual_preprocessing};
  for (const Family& family : families()) {
    if (family.from_keras != nullptr) result.keras_names.emplace_back(family.name);
  }
  return result;
}

// The names of the saved checkpoint that are not the model's own.
std::map<std::string, std::string, std::less<>> own_names(const Model& model) {
  std::map<std::string, std::string, std::less<>> names;
  for (const auto& item : model.named_parameters()) {
    names.emplace(model.saved_name(item.name), item.name);
  }
  for (const auto& item : model.named_buffers()) {
    names.emplace(model.saved_name(item.name), item.name);
  }
  return names;
}

}  // namespace

std::vector<std::string> sequence_classifier_types() {
  return types_with(&Family::sequence_classifier);
}

std::vector<std::string> image_classifier_types() {
  return types_with(&Family::image_classifier);
}

LoadedClassifier make_sequence_classifier(const fs::path& folder, const HeadOptions& head) {
  const fs::path path = folder / "config.json";
  const Json config = read_json(path);
  const auto open =
      find_opener(&Family::sequence_classifier, config, path.string(), "classify text");
  LoadedClassifier loaded = open(folder, config, head);
  log_info("{}", loaded.report.text());
  return loaded;
}

LoadedImageClassifier make_image_classifier(const fs::path& folder_or_file,
                                            const std::string& architecture,
                                            const ImageHeadOptions& head) {
  ImageModelSource source = find_image_source(folder_or_file, architecture, image_families());
  const auto open = find_opener(&Family::image_classifier, source.checkpoint.config,
                                source.checkpoint.source, "classify pictures");
  OpenedImageClassifier opened = open(source.checkpoint, head);
  log_info("{}", opened.report.text());
  return {std::move(opened.model), std::move(opened.report), std::move(source.preprocessing)};
}

LoadReport load_pretrained(Model& model, const fs::path& folder) {
  const auto names = own_names(model);
  LoadOptions options;
  options.rename = [&](std::string_view name) -> StateName {
    const auto known = names.find(name);
    return {.name = known == names.end() ? std::string(name) : known->second};
  };
  return load_state(model, open_weights(folder), options);
}

void save_pretrained(const Model& model, const fs::path& folder) {
  ModuleState state = module_state(model);
  for (TensorView& view : state.views) view.name = model.saved_name(view.name);
  write_safetensors(folder / "model.safetensors", state.views, {{"format", "pt"}});
  write_file_atomically(folder / "config.json", dump_json(model.config_json()));
}

}  // namespace attune
