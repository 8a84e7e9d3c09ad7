#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/adapt/frozen_features.h"
#include "attune/data/text/text_dataset.h"
#include "attune/feed/token_store.h"
#include "attune/media/text/tokenizer.h"
#include "attune/models/sequence_classifier.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/text_classification/options.h"

namespace attune {

/// Labelled texts and their tokens; example i of both is the same.
struct TextData {
  TextDataset dataset;
  TokenStore tokens;
  std::vector<std::int64_t> full_lengths;  ///< in tokens, before they were cut

  std::int64_t size() const { return dataset.size(); }
};

/// Runs the frozen groups of `model` on texts of `tokens`, both of which must outlive the result.
ComputeRows text_features(SequenceClassifier& model, const TokenStore& tokens);

/// Logits of examples of `data`, with the features of groups below `first_trained_group` from
/// `frozen`.
at::Tensor text_logits(SequenceClassifier& model, const TextData& data, FrozenFeatures& frozen,
                       std::span<const std::int64_t> examples, std::int64_t first_trained_group);

/// Everything an evaluation of `data` needs; its logits are left to the caller.
EvaluationInput text_evaluation_input(const TextData& data, ProblemType problem,
                                      std::vector<std::string> labels);

/// The reader's options that the columns ask for. Throws `user` for a delimiter or separator that
/// is not one character.
TextDatasetOptions dataset_options(const TextColumns& columns, ProblemType problem);

/// Tokenises a text, or a pair, cut to `max_length` tokens (Hugging Face's "longest first").
/// `full_length` receives its length before.
Encoding tokenize_text(const Tokenizer& tokenizer, const std::string& text,
                       const std::optional<std::string>& pair, std::int64_t max_length,
                       std::int64_t& full_length);

/// Tokenises every example on `threads` threads (0: all cores).
TextData tokenize_dataset(TextDataset dataset, const Tokenizer& tokenizer, std::int64_t max_length,
                          std::int64_t threads);

/// Throws `user` where the tokenizer has ids or segments that the model's tables do not.
void check_tokenizer_fits(const Tokenizer& tokenizer, const ClassifierInfo& model, bool has_pairs,
                          const std::string& source);

/// How texts are cut: what the user asked for, but never more than the model or tokenizer takes.
/// Throws `user` where the user asked for more than the model has positions.
std::int64_t effective_max_length(const TextColumns& columns, const Tokenizer& tokenizer,
                                  std::int64_t model_positions);

}  // namespace attune
