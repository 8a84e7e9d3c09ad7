#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/adapt/frozen_features.h"
#include "attune/feed/text/text_data.h"
#include "attune/models/sequence_classifier.h"
#include "attune/tasks/classification/evaluation.h"

namespace attune {

/// Runs the frozen groups of `model` on texts of `tokens`, both of which must outlive the result.
ComputeRows text_features(SequenceClassifier& model, const TokenStore& tokens);

/// Logits of examples of `data`; `frozen` is what comes out of the groups below
/// `first_trained_group` for them.
at::Tensor text_logits(SequenceClassifier& model, const TextData& data, const Activations& frozen,
                       std::span<const std::int64_t> examples, std::int64_t first_trained_group);

/// Everything an evaluation of `data` needs; its logits are left to the caller.
EvaluationInput text_evaluation_input(const TextData& data, ProblemType problem,
                                      std::vector<std::string> labels);

}  // namespace attune
