#include "attune/models/registry.h"

#include <algorithm>
#include <string_view>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/strings.h"
#include "attune/models/bert/bert_load.h"
#include "attune/pretrained/formats/model_folder.h"
#include "attune/pretrained/formats/safetensors.h"

namespace attune {

namespace {

struct Family {
  std::string_view name;
  std::vector<std::string> model_types;  ///< of config.json
  LoadedClassifier (*sequence_classifier)(const fs::path& folder, const Json& config,
                                          const HeadOptions& head);
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
      {"BERT", {"bert"}, &bert_sequence_classifier},
  };
  return list;
}

}  // namespace

std::vector<std::string> sequence_classifier_types() {
  std::vector<std::string> types;
  for (const Family& family : families()) {
    types.insert(types.end(), family.model_types.begin(), family.model_types.end());
  }
  return types;
}

LoadedClassifier make_sequence_classifier(const fs::path& folder, const HeadOptions& head) {
  const fs::path path = folder / "config.json";
  const Json config = read_json(path);
  check(config.is_object() && config.contains("model_type") && config.at("model_type").is_string(),
        ErrorKind::data, "{}: no \"model_type\" says which family the model is of", path.string());
  const auto type = config.at("model_type").get<std::string>();
  for (const Family& family : families()) {
    if (std::find(family.model_types.begin(), family.model_types.end(), type) ==
        family.model_types.end()) {
      continue;
    }
    LoadedClassifier loaded = family.sequence_classifier(folder, config, head);
    log_info("{}", loaded.report.text());
    return loaded;
  }
  const auto known = sequence_classifier_types();
  fail(ErrorKind::user, "{}: model_type \"{}\" is not one that can classify text here: {}{}",
       path.string(), type, fmt::join(known, ", "), did_you_mean(type, known));
}

LoadReport load_pretrained(Model& model, const fs::path& folder) {
  return load_state(model, open_weights(folder));
}

void save_pretrained(const Model& model, const fs::path& folder) {
  const ModuleState state = module_state(model);
  write_safetensors(folder / "model.safetensors", state.views, {{"format", "pt"}});
  write_file_atomically(folder / "config.json", dump_json(model.config_json()));
}

}  // namespace attune
