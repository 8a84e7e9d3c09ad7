#include "attune/tasks/text_classification/saved_classifier.h"

#include <optional>
#include <utility>

#include "attune/feed/text_data.h"
#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/run/saved/saved_model.h"

namespace attune {

SavedClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                      const TextColumns& columns,
                                      const ClassifierOptions& classifier, DeviceName device) {
  std::optional<Tokenizer> tokenizer;
  LoadedClassifier loaded = open_saved_model(pretrained, device, [&] {
    const fs::path folder = resolve_model(pretrained.model, pretrained.revision);
    tokenizer = Tokenizer::from_pretrained(folder);
    return make_sequence_classifier(
        folder, {.problem_type = classifier.problem_type, .pooling = classifier.pooling});
  });
  const ClassifierInfo info = loaded.model->info();
  check_tokenizer_fits(*tokenizer, info, !columns.text_pair_column.empty(), pretrained.model);
  const std::int64_t max_length =
      effective_max_length(columns.max_length, *tokenizer, info.max_length);
  const ProblemType problem = info.problem_type.value_or(ProblemType::single_label_classification);
  return {std::move(loaded.model), *std::move(tokenizer), info, problem, max_length};
}

}  // namespace attune
