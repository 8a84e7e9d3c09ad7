#include "attune/tasks/text_classification/saved_classifier.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/config/document.h"
#include "attune/feed/text/text_data.h"
#include "attune/models/config_fields.h"
#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/run/saved/saved_model.h"

namespace attune {
namespace {

/// What other models of pairs look like: one output without a problem type, as cross-encoders were
/// published, or the labels of natural language inference.
bool may_take_pairs(const ClassifierInfo& info) {
  if (info.labels.size() == 1 && !info.problem_type) return true;
  return std::ranges::any_of(info.labels, [](const std::string& label) {
    const std::string name = to_lower_ascii(label);
    return name == "entailment" || name == "contradiction" || name == "not_entailment";
  });
}

Json read_if_there(const fs::path& file) {
  if (!fs::exists(file)) return Json::object();
  Json json = read_json(file);
  return json.is_object() ? json : Json::object();
}

}  // namespace

bool is_cross_encoder(const fs::path& folder) {
  // What was fine-tuned here says itself what it was trained on.
  if (fs::exists(folder / "run.yaml")) return false;
  const Json config = read_if_there(folder / "config.json");
  const auto mark = config.find("sentence_transformers");
  if (mark != config.end() && mark->is_object() && mark->contains("activation_fn")) return true;
  const Json own = read_if_there(folder / "config_sentence_transformers.json");
  const auto type = own.find("model_type");
  return type != own.end() && *type == "CrossEncoder";
}

bool was_trained_on_single_texts(const fs::path& folder) {
  const fs::path run = folder / "run.yaml";
  if (!fs::exists(run)) return false;
  const Json settings = config::read_document(run).value;
  const auto data = settings.find("data");
  if (data == settings.end() || !data->is_object()) return false;
  const auto pair = data->find("text_pair_column");
  return pair != data->end() && pair->is_string() && pair->get_ref<const std::string&>().empty();
}

std::int64_t stated_positions(const fs::path& folder) {
  const Json config = read_if_there(folder / "config.json");
  const auto found = config.find("max_position_embeddings");
  return found != config.end() && found->is_number_integer()
             ? found->get<std::int64_t>()
             : std::numeric_limits<std::int64_t>::max();
}

SavedClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                      const TextColumns& columns,
                                      const ClassifierOptions& classifier,
                                      const OutputLabels& labels, bool has_pairs,
                                      DeviceName device) {
  std::optional<Tokenizer> tokenizer;
  bool takes_pairs = !columns.text_pair_column.empty();
  bool takes_single = false;
  LoadedClassifier loaded = open_saved_model(pretrained, device, [&] {
    const fs::path folder = resolve_model(pretrained.model, pretrained.revision);
    tokenizer = Tokenizer::from_pretrained(folder);
    warn_of_other_problem(classifier.problem_type, folder);
    takes_pairs = takes_pairs || is_cross_encoder(folder);
    takes_single = has_pairs && was_trained_on_single_texts(folder);
    return make_sequence_classifier(
        folder, {.problem_type = classifier.problem_type, .pooling = classifier.pooling},
        pretrained.weights.weights_key);
  });
  // What it makes of a second text nobody has judged.
  check(!takes_single, ErrorKind::user,
        "{} was trained on single texts, as its run.yaml says, and is given pairs: leave out the "
        "second text (--text-pair, --text-pair-column)",
        pretrained.model);
  ClassifierInfo info = loaded.model->info();
  check_tokenizer_fits(*tokenizer, info, has_pairs, pretrained.model);
  if (!has_pairs && !takes_pairs && may_take_pairs(info)) {
    log_warning(
        "{}: models like this one are mostly trained on pairs of texts, and it is given single "
        "ones",
        pretrained.model);
  }
  const std::int64_t max_length =
      effective_max_length(columns.max_length, *tokenizer, info.max_length);
  const ProblemType problem = settled_problem_type(
      info.problem_type, static_cast<std::int64_t>(info.labels.size()), pretrained.model);
  SavedLabels named = saved_labels(info.labels, labels.labels, problem, pretrained.model);
  info.labels = named.names;
  return {.model = std::move(loaded.model),
          .tokenizer = *std::move(tokenizer),
          .info = info,
          .labels = std::move(named),
          .problem = problem,
          .max_length = max_length,
          .takes_pairs = takes_pairs};
}

}  // namespace attune
