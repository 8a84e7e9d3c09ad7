#include "attune/models/bert/bert_load.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/nn/init.h"
#include "attune/nn/name_prefix.h"

namespace attune {

namespace {

bool is_head(std::string_view name) {
  return name.starts_with("classifier.");
}
bool is_pooler(std::string_view name) {
  return name.starts_with("bert.pooler.");
}

// Models converted from TensorFlow before 2019 say gamma and beta.
constexpr std::pair<std::string_view, std::string_view> kOldNormNames[] = {
    {"LayerNorm.gamma", "LayerNorm.weight"}, {"LayerNorm.beta", "LayerNorm.bias"}};

std::string modern_norm_name(std::string_view name) {
  for (const auto& [old_end, end] : kOldNormNames) {
    if (name.ends_with(old_end)) {
      return std::string(name.substr(0, name.size() - old_end.size())).append(end);
    }
  }
  return std::string(name);
}

// What must be in a checkpoint, under the names that `model_name` knows.
std::vector<Spellings> required_names(const BertForSequenceClassification& model) {
  std::vector<Spellings> required;
  for (const auto& item : model.named_parameters()) {
    if (is_head(item.name) || is_pooler(item.name)) continue;
    Spellings& names = required.emplace_back();
    for (const std::string& name : {item.name, item.name.substr(5)}) {  // "bert."
      names.push_back(name);
      for (const auto& [old_end, end] : kOldNormNames) {
        if (!name.ends_with(end)) continue;
        names.push_back(name.substr(0, name.size() - end.size()).append(old_end));
      }
    }
  }
  return required;
}

StateName model_name(std::string_view name, bool with_pooler) {
  if (name.starts_with("cls.")) return {.name = "", .ignored = true};
  if (is_head(name)) return {.name = std::string(name)};
  std::string_view inner = name;
  if (inner.starts_with("bert.")) inner.remove_prefix(5);
  // Buffers that older versions of transformers saved; they count up or are zero.
  if (inner == "embeddings.position_ids" || inner == "embeddings.token_type_ids" ||
      (inner.starts_with("pooler.") && !with_pooler)) {
    return {.name = "", .ignored = true};
  }
  const bool known = inner.starts_with("embeddings.") || inner.starts_with("encoder.") ||
                     inner.starts_with("pooler.");
  return {.name = known ? "bert." + modern_norm_name(inner) : std::string(name)};
}

// Before memory is taken for a model, since config.json may be hostile: the encoder it describes
// must not be several times the checkpoint. What is missing in detail, load_state tells by name.
// Sizes were bounded by validate(): no overflow.
void check_size(const BertConfig& c, const CheckpointFile& weights) {
  const double h = static_cast<double>(c.hidden_size),
               inner = static_cast<double>(c.intermediate_size);
  const double layer = 4 * h * h + 2 * h * inner + 9 * h + inner;
  const double tables = static_cast<double>(c.vocab_size) +
                        static_cast<double>(c.max_position_embeddings) +
                        static_cast<double>(c.type_vocab_size) + 2;
  const double expected = tables * h + static_cast<double>(c.num_hidden_layers) * layer;
  double got = 0;
  for (const TensorView& tensor : weights.tensors()) got += static_cast<double>(tensor.numel());
  check(expected <= 4 * got + 1e6, ErrorKind::data,
        "{}: the encoder that config.json describes has {:.0f} parameters, the checkpoint only "
        "{:.0f} values; they do not belong together, or tensors are missing",
        weights.source(), expected, got);
}

}  // namespace

const TensorView* find_bert_head(const CheckpointFile& weights) {
  const TensorView* found = nullptr;
  for (const TensorView& tensor : weights.tensors()) {
    const std::string_view name = tensor.name;
    const bool is_named = name == "classifier.weight" || name.ends_with(".classifier.weight");
    if (!is_named || name.starts_with("cls.")) continue;
    if (found != nullptr) return nullptr;
    found = &tensor;
  }
  return found != nullptr && found->shape.size() == 2 ? found : nullptr;
}

std::vector<std::string> initialize_bert(BertForSequenceClassification& model, std::uint64_t seed,
                                         const std::function<bool(std::string_view)>& chosen) {
  const at::NoGradGuard no_grad;
  const BertConfig& config = model.config();
  std::vector<std::string> names;
  for (const auto& item : model.named_parameters()) {
    const std::string& name = item.name;
    if (!chosen(name)) continue;
    names.push_back(name);
    if (name.ends_with(".bias")) {
      item.tensor.zero_();
    } else if (name.ends_with("LayerNorm.weight")) {
      item.tensor.fill_(1.0);
    } else {
      // As transformers' `_init_weights`; Google's code cuts the normal off at two deviations.
      // Keyed by name, so that a new head is the same whatever else is missing.
      nn::fill_normal(item.tensor, config.initializer_range, Rng(seed, "initialize " + name));
      if (name.ends_with("word_embeddings.weight") && config.pad_token_id) {
        item.tensor[*config.pad_token_id].zero_();
      }
    }
  }
  return names;
}

LoadedBert load_bert_classifier(const BertConfig& config, const CheckpointFile& weights,
                                std::uint64_t seed, const HeadRows& rows) {
  check_size(config, weights);
  auto model = std::make_shared<BertForSequenceClassification>(config);
  const bool with_pooler = config.pooling == Pooling::cls;
  LoadOptions options;
  options.rename = [=, fresh = rows.fresh](std::string_view name) -> StateName {
    if (fresh && is_head(name)) return {.name = "", .ignored = true};
    return model_name(name, with_pooler);
  };
  // Checkpoints of masked language models have no pooler (upstream builds them without one), and
  // none but classifiers have a head.
  options.may_be_missing = [](std::string_view name) { return is_head(name) || is_pooler(name); };
  // The head of another task has another number of labels: it is drawn anew, and the report says
  // so.
  options.may_differ = is_head;
  const CheckpointFile own = without_prefix(weights, required_names(*model));
  LoadReport report = load_state(*model, with_head_rows(own, rows, is_head), options);
  // A head that is begun anew was told as such, and is neither missing nor not needed.
  if (std::erase_if(report.ignored, is_head) > 0) std::erase_if(report.missing, is_head);
  report.initialized = initialize_bert(*model, seed, [&](std::string_view name) {
    return std::find(report.loaded.begin(), report.loaded.end(), name) == report.loaded.end();
  });
  return {std::move(model), std::move(report)};
}

}  // namespace attune
