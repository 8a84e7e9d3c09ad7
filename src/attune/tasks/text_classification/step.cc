#include "attune/tasks/text_classification/step.h"

#include <utility>

#include "attune/models/registry.h"
#include "attune/tasks/classification/targets.h"
#include "attune/tasks/run_folder.h"

namespace attune {

TextClassificationStep::TextClassificationStep(SequenceClassifier& model,
                                               const Tokenizer& tokenizer, const TextData& train,
                                               ProblemType problem, ClassificationLoss loss,
                                               std::int64_t cache_bytes,
                                               const fs::path& cache_folder, std::string run_yaml)
    : ClassificationStep(targets_of(train.dataset, problem), std::move(loss)),
      model_(model),
      tokenizer_(tokenizer),
      train_(train),
      run_yaml_(std::move(run_yaml)),
      frozen_(train.size(), text_features(model, train.tokens),
              {.cache_bytes = cache_bytes, .cache_folder = cache_folder, .unit = "texts"}) {}

at::Tensor TextClassificationStep::logits(std::span<const std::int64_t> examples,
                                          const StepContext& context) {
  return text_logits(model_, train_, frozen_, examples, context.first_trained_group);
}

std::string TextClassificationStep::example_name(std::int64_t example) const {
  return train_.dataset.source_name(example);
}

void TextClassificationStep::save_model(const fs::path& folder) const {
  save_pretrained(model_, folder);
  tokenizer_.save(folder);
  write_file_atomically(folder / kRunFile, run_yaml_);
}

void TextClassificationStep::load_model(const fs::path& folder) {
  load_pretrained(model_, folder);
}

}  // namespace attune
