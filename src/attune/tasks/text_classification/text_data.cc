#include "attune/tasks/text_classification/text_data.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/threads.h"
#include "attune/tasks/classification/targets.h"

namespace attune {
namespace {

char one_character(const std::string& text, const char* option) {
  if (text.empty()) return '\0';
  if (text == "\\t" || text == "tab") return '\t';
  check(text.size() == 1, ErrorKind::user, "{}: got \"{}\", expected one ASCII character", option,
        text);
  return text[0];
}

}  // namespace

ComputeRows text_features(SequenceClassifier& model, const TokenStore& tokens) {
  return [&model, &tokens](std::span<const std::int64_t> examples,
                           std::int64_t first_trained_group) -> ExampleRows {
    PackedTokens packed = tokens.pack(examples);
    const bool pooled = model.pooled_after(first_trained_group - 1);
    return {model.run(packed, {}, 0, first_trained_group),
            pooled ? one_row_each(packed.segments.count()) : std::move(packed.segments.offsets)};
  };
}

at::Tensor text_logits(SequenceClassifier& model, const TextData& data, FrozenFeatures& frozen,
                       std::span<const std::int64_t> examples, std::int64_t first_trained_group) {
  const at::Tensor state = frozen.state(examples, first_trained_group);
  const auto groups = static_cast<std::int64_t>(model.depth_groups().size());
  return model.run(data.tokens.pack(examples), state, first_trained_group, groups);
}

EvaluationInput text_evaluation_input(const TextData& data, ProblemType problem,
                                      std::vector<std::string> labels) {
  return {.problem = problem,
          .labels = std::move(labels),
          .targets = targets_of(data.dataset, problem),
          .lengths = data.tokens.lengths()};
}

TextDatasetOptions dataset_options(const TextColumns& columns, ProblemType problem) {
  TextDatasetOptions options;
  options.reader.delimiter = one_character(columns.delimiter, "--delimiter");
  options.reader.column_names = columns.columns;
  options.columns.text_column = columns.text_column;
  options.columns.text_pair_column = columns.text_pair_column;
  options.columns.label_columns = columns.label_column;
  options.label_separator = one_character(columns.label_separator, "--label-separator");
  options.label_kind = label_kind_of(problem);
  return options;
}

Encoding tokenize_text(const Tokenizer& tokenizer, const std::string& text,
                       const std::optional<std::string>& pair, std::int64_t max_length,
                       std::int64_t& full_length) {
  EncodeOptions options{.want_tokens = false, .want_offsets = false};
  const auto encode = [&] {
    return pair ? tokenizer.encode(text, *pair, options) : tokenizer.encode(text, options);
  };
  Encoding encoding = encode();
  full_length = static_cast<std::int64_t>(encoding.size());
  if (full_length <= max_length) return encoding;
  options.truncation = TruncationStrategy::longest_first;
  options.max_length = max_length;
  return encode();
}

TextData tokenize_dataset(TextDataset dataset, const Tokenizer& tokenizer, std::int64_t max_length,
                          std::int64_t threads) {
  TextData data{.dataset = std::move(dataset)};
  const auto count = static_cast<std::size_t>(data.dataset.size());
  std::vector<Encoding> encodings(count);
  data.full_lengths.resize(count);
  parallel_for(data.dataset.size(), 64, static_cast<int>(threads), [&](auto begin, auto end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const TextExample& example = data.dataset.examples[i];
      encodings[i] = tokenize_text(tokenizer, example.text, example.text_pair, max_length,
                                   data.full_lengths[i]);
    }
  });
  for (const Encoding& encoding : encodings) data.tokens.add(encoding.ids, encoding.type_ids);
  return data;
}

void check_tokenizer_fits(const Tokenizer& tokenizer, const ClassifierInfo& model, bool has_pairs,
                          const std::string& source) {
  check(tokenizer.vocab_size() <= model.vocab_size, ErrorKind::user,
        "{}: the tokenizer has {} tokens but the model's embedding table only {} rows; they do not "
        "belong together",
        source, tokenizer.vocab_size(), model.vocab_size);
  check(!has_pairs || model.type_vocab_size >= 2, ErrorKind::user,
        "--text-pair-column: the model knows {} segment, a pair of texts needs 2",
        model.type_vocab_size);
}

std::int64_t effective_max_length(const TextColumns& columns, const Tokenizer& tokenizer,
                                  std::int64_t model_positions) {
  if (!columns.max_length) return std::min(model_positions, tokenizer.model_max_length());
  check(*columns.max_length <= model_positions, ErrorKind::user,
        "--max-length: got {}, but the model takes at most {} tokens", *columns.max_length,
        model_positions);
  return *columns.max_length;
}

}  // namespace attune
