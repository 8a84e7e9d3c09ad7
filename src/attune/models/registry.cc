#include "attune/models/registry.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/text/suggest.h"
#include "attune/models/architectures.h"
#include "attune/models/bert/bert_load.h"
#include "attune/models/darknet/darknet_load.h"
#include "attune/models/densenet/densenet_load.h"
#include "attune/models/family.h"
#include "attune/models/image/preprocessing.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_keras.h"
#include "attune/models/mobilenet_v2/mobilenet_v2_load.h"
#include "attune/models/resnet/resnet_load.h"
#include "attune/models/wav2vec2/language_adapter.h"
#include "attune/models/wav2vec2/wav2vec2_fairseq.h"
#include "attune/models/wav2vec2/wav2vec2_load.h"
#include "attune/models/yolov8/yolov8_config.h"
#include "attune/models/yolov8/yolov8_load.h"
#include "attune/models/yolox/yolox_config.h"
#include "attune/models/yolox/yolox_load.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {

namespace {

LoadedClassifier bert_sequence_classifier(const FolderCheckpoint& checkpoint,
                                          const HeadOptions& head) {
  BertConfig config = BertConfig::from_json(checkpoint.config, checkpoint.source);
  const std::string misfit =
      settle_labels(config.labels, checkpoint.config, find_bert_head(checkpoint.weights));
  const bool trains = !head.labels.empty() || head.num_labels;
  check(misfit.empty() || trains, ErrorKind::user,
        "{}: {}: which label an output means cannot be told; put right id2label, or take the "
        "weights that belong to it",
        checkpoint.source, misfit);
  HeadRows rows = config.apply(head);
  if (!misfit.empty()) {
    rows = {.fresh = true,
            .known = find_bert_head(checkpoint.weights)->shape.front(),
            .told = "the head is begun anew: " + misfit};
  }
  LoadedBert loaded = load_bert_classifier(config, checkpoint.weights, head.seed, rows);
  return {std::move(loaded.model), std::move(loaded.report)};
}

LoadedCtcModel wav2vec2_ctc(const FolderCheckpoint& checkpoint, const CtcHeadOptions& head) {
  Wav2Vec2Config config = Wav2Vec2Config::from_json(checkpoint.config, checkpoint.source);
  config.check_asked(head.settings, checkpoint.source);
  const CheckpointFile weights =
      head.language.empty()
          ? checkpoint.weights
          : with_language_adapter(checkpoint.weights, fs::path(checkpoint.source).parent_path(),
                                  head.language, config);
  const CtcHeadRows rows = config.apply(head);
  LoadedWav2Vec2 loaded = load_wav2vec2_ctc(config, weights, head.seed, rows);
  return {std::move(loaded.model), std::move(loaded.report)};
}

LoadedCtcModel new_wav2vec2_ctc(const Json& json, const std::string& source,
                                const CtcHeadOptions& head) {
  Wav2Vec2Config config = Wav2Vec2Config::from_json(json, source);
  config.check_asked(head.settings, source);
  config.apply(head);
  LoadedWav2Vec2 made = make_wav2vec2_ctc(config, source, head.seed);
  return {std::move(made.model), std::move(made.report)};
}

void check_wav2vec2(const Json& json, const std::string& source, const Json& settings) {
  Wav2Vec2Config::from_json(json, source).check_asked(settings, source);
}

// Every family of the project, one line each.
const std::vector<Family>& families() {
  static const std::vector<Family> list = {
      {.name = "BERT",
       .model_types = {"bert"},
       .roles = {SequenceClassifierRole{bert_sequence_classifier}}},
      {.name = "ResNet",
       .model_types = {"resnet", "torchvision_resnet"},
       .roles = {ImageClassifierRole{open_resnet}}},
      {.name = "MobileNetV2",
       .model_types = {"mobilenet_v2"},
       .roles = {ImageClassifierRole{open_mobilenet_v2}},
       .from_keras = keras_mobilenet_v2_settings,
       .usual_preprocessing = mobilenet_v2_preprocessing},
      {.name = "DenseNet",
       .model_types = {"densenet"},
       .roles = {ImageClassifierRole{open_densenet}}},
      {.name = "wav2vec 2.0",
       .model_types = {"wav2vec2", "hubert"},
       .roles = {CtcRole{wav2vec2_ctc, new_wav2vec2_ctc, check_wav2vec2, language_adapter_files}},
       .from_settings = fairseq_wav2vec2_config},
      {.name = "darknet",
       .model_types = {"darknet"},
       .roles = {DetectorRole{open_darknet, make_darknet}},
       .from_settings = darknet_settings},
      {.name = "YOLOX",
       .model_types = {"yolox"},
       .roles = {DetectorRole{open_yolox, make_yolox}},
       .from_settings = yolox_settings},
      {.name = "YOLOv8",
       .model_types = {"yolov8"},
       .roles = {DetectorRole{open_yolov8, make_yolov8}},
       .from_settings = yolov8_settings},
  };
  return list;
}

// The `model_type`s of the families that have a role.
template <typename Wanted>
std::vector<std::string> types_with() {
  std::vector<std::string> types;
  for (const Family& family : families()) {
    if (family.as<Wanted>() == nullptr) continue;
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

std::vector<std::string_view> actions_of(const Family& family) {
  std::vector<std::string_view> actions;
  for (const ModelRole& role : family.roles) {
    actions.push_back(std::visit([](const auto& each) { return each.kAction; }, role));
  }
  return actions;
}

// The role of the family that `config` names. A model that is known but cannot be that is refused
// as an unknown one is, with the types that can.
template <typename Wanted>
const Wanted& find_role(const Json& config, const std::string& source) {
  check(config.is_object() && config.contains("model_type") && config.at("model_type").is_string(),
        ErrorKind::data, "{}: no \"model_type\" says which family the model is of", source);
  const Family* family = find_family(config);
  const Wanted* role = family == nullptr ? nullptr : family->as<Wanted>();
  if (role != nullptr) return *role;
  const auto type = config.at("model_type").get<std::string>();
  const auto known = types_with<Wanted>();
  std::string hint = did_you_mean(type, known);
  if (family != nullptr)
    hint = fmt::format("; it is one to {}", fmt::join(actions_of(*family), " or "));
  fail(ErrorKind::user, "{}: model_type \"{}\" is not one that can {} here: {}{}", source, type,
       Wanted::kAction, fmt::join(known, ", "), hint);
}

bool fits(const ImageCheckpoint& checkpoint) {
  const auto& role = find_role<ImageClassifierRole>(checkpoint.config, checkpoint.source);
  try {
    // Loading passes where the file has more than the network (a deeper one of the same names):
    // nothing may be left over.
    return role.open(checkpoint, {}).report.unexpected.empty();
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

// A config.json that describes less than the file holds (fewer layers) gives plausible nonsense.
void warn_of_unused(const LoadReport& report, const std::string& config) {
  if (report.unexpected.empty()) return;
  log_warning(
      "{}: {} tensors are no part of the model that {} describes and are not used, e.g. {}; its "
      "answers are those of a smaller or other model",
      report.source, report.unexpected.size(), config, report.unexpected.front());
}

// Where a program is quiet about what it loads, it must not be about what it chose.
void tell(const LoadReport& report, const std::string& weights_key) {
  log_info("{}", report.text());
  const std::string choice = report.choice();
  if (!choice.empty() && weights_key.empty()) log_warning("{}: {}", report.source, choice);
}

template <typename Role, typename Head>
auto open_described(const FolderCheckpoint& checkpoint, const Head& head,
                    const std::string& weights_key) {
  auto loaded = find_role<Role>(checkpoint.config, checkpoint.source).open(checkpoint, head);
  tell(loaded.report, weights_key);
  warn_of_unused(loaded.report, checkpoint.source);
  return loaded;
}

// A family that cannot be a `Role` is refused before its weights are looked for.
template <typename Role>
FolderCheckpoint read_folder(const fs::path& folder, const std::string& weights_key) {
  const fs::path path = folder / "config.json";
  Json config = read_json(path);
  find_role<Role>(config, path.string());
  return {std::move(config), path.string(), open_weights(folder, weights_key)};
}

// A checkpoint without config.json.
FolderCheckpoint read_bare(const fs::path& path, const std::string& weights_key) {
  CheckpointFile weights = open_weights(path, weights_key);
  for (const Family& family : families()) {
    if (family.from_settings == nullptr) continue;
    if (auto config = family.from_settings(weights)) {
      return {std::move(*config), weights.source(), std::move(weights)};
    }
  }
  fail(ErrorKind::user,
       "{}: no config.json says what model it is, and the checkpoint does not say so itself; give "
       "a folder with config.json and the weights",
       path.string());
}

// What pictures go through where a file says so; sides that are asked for count in any case.
void settle_input(LoadedDetector& loaded, const fs::path& folder, const DetectorHeadOptions& head) {
  const fs::path path = folder / "preprocessor_config.json";
  std::error_code error;
  if (!folder.empty() && fs::exists(path, error)) {
    loaded.input = DetectorInput::from_json(read_json(path), path.string());
  }
  if (head.input_size) loaded.input.size = *head.input_size;
  const DetectorInfo info = loaded.model->info();
  const Size size = loaded.input.size;
  check(size.height >= 1 && size.width >= 1 && size.height % info.size_multiple == 0 &&
            size.width % info.size_multiple == 0,
        ErrorKind::user, "an input of {} x {} pixels: this detector takes multiples of {}",
        size.width, size.height, info.size_multiple);
  check(loaded.input.channels == info.input.channels, ErrorKind::data,
        "{}: pictures of {} channels, but the detector takes {}", path.string(),
        loaded.input.channels, info.input.channels);
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

std::vector<ModelUse> uses_of(const Json& config) {
  const Family* family = config.is_object() ? find_family(config) : nullptr;
  if (family == nullptr) return {};
  std::vector<ModelUse> uses;
  for (const ModelRole& role : family->roles) {
    uses.push_back(std::visit([](const auto& each) { return each.kUse; }, role));
  }
  return uses;
}

LoadedClassifier make_sequence_classifier(const fs::path& folder, const HeadOptions& head,
                                          const std::string& weights_key) {
  return open_described<SequenceClassifierRole>(
      read_folder<SequenceClassifierRole>(folder, weights_key), head, weights_key);
}

LoadedCtcModel make_ctc_model(const fs::path& folder_or_file, const CtcHeadOptions& head,
                              const std::string& weights_key) {
  const bool described = fs::exists(folder_or_file / "config.json");
  FolderCheckpoint checkpoint = described ? read_folder<CtcRole>(folder_or_file, weights_key)
                                          : read_bare(folder_or_file, weights_key);
  checkpoint.config.update(head.settings);
  return open_described<CtcRole>(checkpoint, head, weights_key);
}

LoadedCtcModel make_ctc_model_from_config(const Json& config, const std::string& source,
                                          const CtcHeadOptions& head) {
  check(head.language.empty(), ErrorKind::user,
        "the language \"{}\" was asked for, but a model without weights has no adapters",
        head.language);
  Json described = config;
  const auto& role = find_role<CtcRole>(config, source);
  described.update(head.settings);
  return role.make(described, source, head);
}

void check_ctc_settings(const Json& config, const std::string& source, const Json& settings) {
  const auto& role = find_role<CtcRole>(config, source);
  Json described = config;
  described.update(settings);
  role.check(described, source, settings);
}

std::vector<std::string> ctc_language_files(const std::string& language) {
  std::vector<std::string> files;
  for (const Family& family : families()) {
    const auto* role = family.as<CtcRole>();
    if (role == nullptr || role->language_files == nullptr) continue;
    std::ranges::copy(role->language_files(language), std::back_inserter(files));
  }
  return files;
}

LoadedDetector make_detector(const fs::path& folder_or_file, const DetectorHeadOptions& head,
                             const std::string& weights_key) {
  const bool described = fs::exists(folder_or_file / "config.json");
  const FolderCheckpoint checkpoint = described
                                          ? read_folder<DetectorRole>(folder_or_file, weights_key)
                                          : read_bare(folder_or_file, weights_key);
  LoadedDetector loaded = open_described<DetectorRole>(checkpoint, head, weights_key);
  settle_input(loaded, described ? folder_or_file : fs::path(), head);
  return loaded;
}

LoadedDetector make_detector_from_config(const Json& config, const std::string& source,
                                         const DetectorHeadOptions& head) {
  LoadedDetector made = find_role<DetectorRole>(config, source).make(config, source, head);
  settle_input(made, {}, head);
  return made;
}

LoadedImageClassifier make_image_classifier(const fs::path& folder_or_file,
                                            const std::string& architecture,
                                            const HeadOptions& head,
                                            const std::string& weights_key) {
  ImageModelSource source =
      find_image_source(folder_or_file, architecture, image_families(), weights_key);
  const auto& role =
      find_role<ImageClassifierRole>(source.checkpoint.config, source.checkpoint.source);
  OpenedImageClassifier opened = role.open(source.checkpoint, head);
  tell(opened.report, weights_key);
  warn_of_unused(opened.report, source.checkpoint.source);
  return {std::move(opened.model), std::move(opened.report), std::move(source.preprocessing),
          std::move(source.assumed)};
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
  // Under upstream's names where upstream knows the network: others open the folder unchanged.
  for (TensorView& view : state.views) view.name = model.saved_name(view.name);
  // transformers refuses a file whose metadata do not say which framework wrote it.
  write_safetensors(folder / "model.safetensors", state.views, {{"format", "pt"}});
  write_file_atomically(folder / "config.json", dump_json(model.config_json()));
}

}  // namespace attune
