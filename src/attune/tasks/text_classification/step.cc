#include "attune/tasks/text_classification/step.h"

#include <utility>

#include "attune/models/registry.h"
#include "attune/tasks/run_folder.h"

namespace attune {

TextClassificationStep::TextClassificationStep(SequenceClassifier& model,
                                               const Tokenizer& tokenizer, const TextData& train,
                                               ClassificationLoss loss, std::int64_t cache_bytes,
                                               const fs::path& cache_folder, std::string run_yaml)
    : model_(model),
      tokenizer_(tokenizer),
      train_(train),
      loss_(std::move(loss)),
      run_yaml_(std::move(run_yaml)),
      frozen_(model, train.tokens, cache_bytes, cache_folder) {}

double TextClassificationStep::loss_weight(std::span<const std::int64_t> examples) const {
  return loss_.weight(loss_.targets(train_.dataset, examples));
}

at::Tensor TextClassificationStep::loss_sum(std::span<const std::int64_t> examples,
                                            const StepContext& context) {
  first_trained_group_ = context.first_trained_group;
  const at::Tensor state = frozen_.state(examples, first_trained_group_);
  const auto groups = static_cast<std::int64_t>(model_.depth_groups().size());
  const at::Tensor logits =
      model_.run(train_.tokens.pack(examples), state, first_trained_group_, groups);
  return loss_.sum(logits, loss_.targets(train_.dataset, examples));
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
