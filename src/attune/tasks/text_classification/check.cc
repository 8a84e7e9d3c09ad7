#include <algorithm>
#include <functional>
#include <limits>
#include <list>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/threads.h"
#include "attune/data/check/text_findings.h"
#include "attune/feed/text/text_data.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/nn/device.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/check/check_report.h"
#include "attune/tasks/classification/doubts/suspects.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/classification/run_check.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/tasks/text_classification/saved_classifier.h"
#include "attune/tasks/text_classification/task.h"
#include "attune/tasks/text_classification/text_logits.h"
#include "attune/tasks/text_classification/training.h"

namespace attune {
namespace {

struct CheckTokenizer {
  Tokenizer tokenizer;
  std::int64_t max_length;
};

/// Without the weights: what they say of positions stands in config.json.
CheckTokenizer open_tokenizer(const TextTrainSettings& settings) {
  const fs::path folder = resolve_model(settings.pretrained.model, settings.pretrained.revision);
  Tokenizer tokenizer = Tokenizer::from_pretrained(folder);
  const std::int64_t max_length =
      effective_max_length(settings.columns.max_length, tokenizer, stated_positions(folder));
  return {std::move(tokenizer), max_length};
}

/// What a tokenizer makes of a part's texts.
struct TokenCounts {
  std::vector<std::int64_t> lengths;                 ///< by example, before texts are cut
  std::vector<std::int64_t> unknown;                 ///< of these, how many are the unknown token
  std::int64_t text_tokens = 0, unknown_tokens = 0;  ///< of all, without special ones
};

TokenCounts count_tokens(const TextDataset& data, const Tokenizer& tokenizer) {
  TokenCounts counts;
  const std::size_t count = data.examples.size();
  counts.lengths.resize(count);
  counts.unknown.resize(count);
  std::vector<std::int64_t> special(count);
  const std::optional<std::int32_t> unknown = tokenizer.unk_id();
  parallel_for(data.size(), 64, 0, [&](auto begin, auto end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const TextExample& example = data.examples[i];
      const Encoding encoding =
          tokenize_text(tokenizer, example.text, example.text_pair,
                        std::numeric_limits<std::int64_t>::max(), counts.lengths[i]);
      special[i] = std::ranges::count_if(encoding.special_tokens_mask, std::identity());
      if (unknown) counts.unknown[i] = std::ranges::count(encoding.ids, *unknown);
    }
  });
  const auto sum = [](const auto& values) {
    return std::accumulate(values.begin(), values.end(), std::int64_t{0});
  };
  counts.text_tokens = sum(counts.lengths) - sum(special);
  counts.unknown_tokens = sum(counts.unknown);
  return counts;
}

/// What the saved model in a folder says of texts.
std::optional<Belief> believe(const fs::path& model, const TextDataset& texts,
                              const TextTrainSettings& settings) {
  PretrainedOptions pretrained = settings.pretrained;
  pretrained.model = model.string();
  std::optional<SavedClassifier> saved;
  try {
    saved.emplace(open_saved_classifier(pretrained, settings.columns, settings.classifier, {},
                                        !settings.columns.text_pair_column.empty(),
                                        settings.train.device));
  } catch (const Error& error) {
    // A model that is to be fine-tuned has no head yet: all else can be checked.
    if (error.kind() != ErrorKind::user) throw;
    return {};
  }
  Belief belief{.labels = saved->info.labels, .probabilities = {}};
  TextDataset named = texts;
  if (saved->problem != ProblemType::single_label_classification ||
      !take_labels_of(belief.labels, named)) {
    return Belief();  // of other labels
  }
  const TextData data = tokenize_dataset(std::move(named), saved->tokenizer, saved->max_length, 0);
  EvaluationInput input = text_evaluation_input(data, saved->problem, saved->info.labels);
  input.logits = [&](std::span<const std::int64_t> examples, std::int64_t) {
    return saved->model->forward(to_device(data.tokens.pack(examples), device_of(*saved->model)));
  };
  belief.probabilities =
      probabilities_of(*saved->model, input, settings.train.per_device_eval_batch_size);
  return belief;
}

}  // namespace

bool TextClassification::check_data(config::Schema& schema) {
  config::Problems& problems = schema.problems();
  const TextDataOptions& data = train_.data;
  if (data.train_file.empty()) problems.add("--train-file is missing");
  find_division_problems(train_, schema);
  const std::optional<HeldOutPredictions> held_out =
      HeldOutPredictions::read(train_.pretrained.model);
  // Tokenizer and labels are those of any fold.
  if (held_out) train_.pretrained.model = held_out->models().front().string();
  if (!train_.pretrained.model.empty()) {
    settle_problem_type(train_.classifier.problem_type,
                        resolve_model(train_.pretrained.model, train_.pretrained.revision));
  }
  const ProblemType problem = problem_of(train_.classifier);
  const LabelKind kind = label_kind_of(problem);
  find_text_run_problems(train_, schema);
  problems.throw_if_any();
  use_threads(train_.train.threads);
  // What a run would stop at is listed whole; everything else is looked at without it.
  TextDataOptions lenient = data;
  lenient.on_bad_row = OnBadRow::skip;
  TextParts parts;
  try {
    parts = load_text_parts(lenient, train_.columns, kind,
                            static_cast<std::uint64_t>(train_.train.seed));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return report_check(failed_check(TextDataset::kUnit, error, data.on_bad_row), data.train_file,
                        check_);
  }
  const bool held_out_part = parts.validation || data.split.folds;
  if (!held_out_part && may_have_validation(train_)) withdraw_evaluation(train_.train, schema);
  problems.throw_if_any();
  TextCheckInput input{.policy = data.on_bad_row};
  std::list<TokenCounts> counted;  // the splits point into it
  for (const auto& [name, part] : parts.parts())
    input.splits.push_back({.name = name, .data = part});
  const bool has_model = !train_.pretrained.model.empty();
  if (has_model) {
    const CheckTokenizer opened = open_tokenizer(train_);
    input.max_length = opened.max_length;
    for (SplitView& split : input.splits) {
      const TokenCounts& counts = counted.emplace_back(count_tokens(*split.data, opened.tokenizer));
      split.lengths = counts.lengths;
      split.unknown = counts.unknown;
      split.text_tokens = counts.text_tokens;
      split.unknown_tokens = counts.unknown_tokens;
    }
  }
  DataCheck found = check_texts(input);
  add_run_problems(train_, problem, parts, found);
  if (has_model) {
    const fs::path model = train_.pretrained.model;
    const bool has_seen = was_trained_on(model, {{"train_file", data.train_file}});
    find_suspects<TextDataset>(
        std::as_const(parts).parts(), model, held_out, has_seen ? Seen::training : Seen::unknown,
        [&](const fs::path& folder, const TextDataset& texts) {
          return believe(folder, texts, train_);
        },
        check_.max_suspects, found);
  }
  return report_check(found, data.train_file, check_);
}

}  // namespace attune
