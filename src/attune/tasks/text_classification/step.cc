#include "attune/tasks/text_classification/step.h"

#include <utility>

#include "attune/feed/targets.h"
#include "attune/tasks/text_classification/text_logits.h"

namespace attune {

TextClassificationStep::TextClassificationStep(SequenceClassifier& model, const TextData& train,
                                               ProblemType problem, ClassificationLoss loss,
                                               std::shared_ptr<CacheBudget> budget,
                                               const fs::path& cache_folder)
    : ClassificationStep(targets_of(train.dataset, problem), std::move(loss)),
      model_(model),
      train_(train),
      // A text is the same in every epoch, so what is frozen is computed once.
      frozen_(train.size(), text_features(model, train.tokens),
              {.budget = std::move(budget), .cache_folder = cache_folder, .unit = "texts"}) {}

at::Tensor TextClassificationStep::logits(Examples examples, const StepContext& context) {
  const std::int64_t first = context.first_trained_group;
  return text_logits(model_, train_,
                     context.examples_recur ? frozen_.state(examples, first)
                                            : frozen_.passing_state(examples, first),
                     examples, first);
}

std::string TextClassificationStep::example_name(std::int64_t example) const {
  return train_.dataset.source_name(example);
}

}  // namespace attune
