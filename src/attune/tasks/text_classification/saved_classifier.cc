#include "attune/tasks/text_classification/saved_classifier.h"

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/feed/text_data.h"
#include "attune/models/registry.h"
#include "attune/pretrained/resolve.h"
#include "attune/train/device.h"

namespace attune {

SavedClassifier open_saved_classifier(const PretrainedOptions& pretrained,
                                      const TextColumns& columns,
                                      const ClassifierOptions& classifier, DeviceName device) {
  check(!pretrained.model.empty(), ErrorKind::user, "--model is missing");
  // Before there are tensors: LibTorch looks for CUDA once (train/device.h).
  const at::Device place = choose_device(device);
  const fs::path folder = resolve_model(pretrained.model, pretrained.revision);
  Tokenizer tokenizer = Tokenizer::from_pretrained(folder);
  LoadedClassifier loaded = make_sequence_classifier(
      folder, {.problem_type = classifier.problem_type, .pooling = classifier.pooling});
  // A head of random values answers as readily as a trained one.
  check(loaded.report.initialized.empty(), ErrorKind::user,
        "{}: the model has no trained head ({} would be random); fine-tune it first with "
        "`attune train`",
        folder.string(), join(loaded.report.initialized, ", "));
  loaded.model->eval();
  loaded.model->to(place);
  const ClassifierInfo info = loaded.model->info();
  check_tokenizer_fits(tokenizer, info, !columns.text_pair_column.empty(), folder.string());
  const std::int64_t max_length =
      effective_max_length(columns.max_length, tokenizer, info.max_length);
  const ProblemType problem = info.problem_type.value_or(ProblemType::single_label_classification);
  return {std::move(loaded.model), std::move(tokenizer), info, problem, max_length};
}

}  // namespace attune
