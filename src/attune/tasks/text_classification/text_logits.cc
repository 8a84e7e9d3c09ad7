#include "attune/tasks/text_classification/text_logits.h"

#include <utility>

#include "attune/feed/targets.h"
#include "attune/nn/device.h"

namespace attune {

ComputeRows text_features(SequenceClassifier& model, const TokenStore& tokens) {
  return [&model, &tokens](std::span<const std::int64_t> examples,
                           std::int64_t first_trained_group) -> ExampleRows {
    PackedTokens packed = to_device(tokens.pack(examples), device_of(model));
    // Behind the last layer a text has one row, below it one for each token.
    const bool pooled = model.pooled_after(first_trained_group - 1);
    return {model.run(packed, {}, 0, first_trained_group),
            {pooled ? one_row_each(packed.segments.count()) : std::move(packed.segments.offsets)}};
  };
}

at::Tensor text_logits(SequenceClassifier& model, const TextData& data, const Activations& frozen,
                       std::span<const std::int64_t> examples, std::int64_t first_trained_group) {
  const at::Device device = device_of(model);
  const Activations state = frozen.to(device);
  const auto groups = static_cast<std::int64_t>(model.depth_groups().size());
  // Tokens go along with a state: they say where each text begins.
  return model
      .run(to_device(data.tokens.pack(examples), device), state, first_trained_group, groups)
      .only();
}

EvaluationInput text_evaluation_input(const TextData& data, ProblemType problem,
                                      std::vector<std::string> labels) {
  return {.problem = problem,
          .labels = std::move(labels),
          .targets = targets_of(data.dataset, problem),
          .unit = "texts",
          .lengths = data.tokens.lengths()};
}

}  // namespace attune
