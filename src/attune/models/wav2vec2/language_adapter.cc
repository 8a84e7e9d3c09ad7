#include "attune/models/wav2vec2/language_adapter.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/text/suggest.h"
#include "attune/nn/state_dict.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune {

namespace {

// huggingface/transformers v5.24.0: modeling_wav2vec2.py#L65, with .bin beside it.
constexpr std::string_view kBegin = "adapter.";
constexpr std::string_view kEndings[] = {".safetensors", ".bin"};

bool is_adapted(std::string_view name) {
  return name.starts_with("lm_head.") || name.find(".adapter_layer.") != std::string_view::npos;
}

std::vector<std::string> languages_in(const fs::path& folder) {
  std::set<std::string> languages;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    for (const std::string_view ending : kEndings) {
      if (!name.starts_with(kBegin) || !name.ends_with(ending)) continue;
      if (name.size() <= kBegin.size() + ending.size()) continue;
      languages.insert(name.substr(kBegin.size(), name.size() - kBegin.size() - ending.size()));
    }
  }
  return {languages.begin(), languages.end()};
}

fs::path find_adapter(const fs::path& folder, const std::string& language) {
  const auto names = language_adapter_files(language);
  const auto languages = languages_in(folder);
  const bool known = std::find(languages.begin(), languages.end(), language) != languages.end();
  check(known, ErrorKind::user,
        "{}: there is neither {} for the language \"{}\"; languages with an adapter there: {}{}",
        folder.string(), fmt::join(names, " nor "), language,
        languages.empty() ? "none" : fmt::format("{}", fmt::join(languages, ", ")),
        did_you_mean(language, languages));
  for (const std::string& name : names) {
    if (fs::exists(folder / name)) return folder / name;
  }
  fail(ErrorKind::io, "{}: the adapter of {} went away", folder.string(), language);
}

// Exactly these, as upstream: an adapter of another model would leave layers as they are.
void check_names(const CheckpointFile& adapter, const Wav2Vec2Config& config) {
  std::set<std::string> expected = {"lm_head.weight", "lm_head.bias"};
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    for (const char* part : {"norm", "linear_1", "linear_2"}) {
      for (const char* kind : {"weight", "bias"}) {
        expected.insert(fmt::format("{}.encoder.layers.{}.adapter_layer.{}.{}", config.model_type,
                                    i, part, kind));
      }
    }
  }
  for (const TensorView& tensor : adapter.tensors()) {
    check(expected.erase(tensor.name) == 1, ErrorKind::data,
          "{}: tensor {} is no part of the adapters and head of a model with {} layers",
          adapter.source(), tensor.name, config.num_hidden_layers);
  }
  check(expected.empty(), ErrorKind::data, "{}: it lacks {} tensors of the adapters, e.g. {}",
        adapter.source(), expected.size(), expected.empty() ? "" : *expected.begin());
}

void check_has_adapters(const Wav2Vec2Config& config, const std::string& language) {
  check(config.adapter_attn_dim.has_value(), ErrorKind::user,
        "the language \"{}\" was asked for, but the model has no language adapters "
        "(\"adapter_attn_dim\" of its config.json)",
        language);
}

}  // namespace

std::vector<std::string> language_adapter_files(const std::string& language) {
  check(!language.empty() && language.find_first_of("/\\") == std::string::npos, ErrorKind::user,
        "the language \"{}\" names no adapter, expected a code as \"tur\"", language);
  std::vector<std::string> names;
  for (const std::string_view ending : kEndings) {
    names.push_back(fmt::format("{}{}{}", kBegin, language, ending));
  }
  return names;
}

CheckpointFile with_language_adapter(const CheckpointFile& weights, const fs::path& folder,
                                     const std::string& language, Wav2Vec2Config& config) {
  check_has_adapters(config, language);
  const CheckpointFile adapter = open_weights(find_adapter(folder, language));
  check_names(adapter, config);
  std::vector<TensorView> tensors;
  for (const TensorView& tensor : weights.tensors()) {
    if (!is_adapted(tensor.name)) tensors.push_back(tensor);
  }
  tensors.insert(tensors.end(), adapter.tensors().begin(), adapter.tensors().end());
  const auto& head = adapter.find("lm_head.weight")->shape;
  check(head.size() == 2 && head[0] >= 1, ErrorKind::data, "{}: lm_head.weight is {}",
        adapter.source(), shape_text(head));
  config.vocab_size = head[0];
  config.validate(adapter.source());
  const auto both = std::make_shared<std::pair<CheckpointFile, CheckpointFile>>(weights, adapter);
  return {weights.source(), std::move(tensors), weights.metadata(), both, weights.format()};
}

void save_language_adapter(const Wav2Vec2ForCTC& model, const fs::path& folder,
                           const std::string& language) {
  check_has_adapters(model.config(), language);
  ModuleState state = module_state(model);
  std::erase_if(state.views, [](const TensorView& view) { return !is_adapted(view.name); });
  write_safetensors(folder / language_adapter_files(language).front(), state.views,
                    {{"format", "pt"}});
}

}  // namespace attune
