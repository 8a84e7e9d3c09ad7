#pragma once

#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/base/json.h"
#include "attune/models/head_options.h"

namespace attune {

/// `label` is the best one, `score` its probability, `scores` all by label; several `labels` for
/// multi-label models, just a `score` for a regression.
Json describe_prediction(std::span<const float> scores, ProblemType problem,
                         const std::vector<std::string>& labels);

/// What is wrong with the logits of one input: "" where all are finite. Probabilities of others
/// name a label with a confidence that nothing stands for.
std::string output_problem(std::span<const float> logits);

/// Row `n` of a contiguous float tensor [rows, width] in the CPU's memory.
std::span<const float> row_of(const at::Tensor& rows, std::size_t n);

}  // namespace attune
