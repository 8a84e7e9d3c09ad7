#pragma once

#include <optional>

#include "attune/config/field.h"
#include "attune/data/text/text_options.h"
#include "attune/models/head_options.h"
#include "attune/tasks/classification/options.h"

namespace attune {

/// How the head is made for the task (section `adapt`).
struct ClassifierOptions {
  std::optional<ProblemType> problem_type;
  std::optional<Pooling> pooling;
  std::optional<double> classifier_dropout;

  template <typename V>
  void visit(V& v) {
    visit_saved(v);
    v("classifier_dropout", classifier_dropout, "Dropout before the classifier",
      config::below(0, 1));
  }
  /// What matters where nothing is trained.
  template <typename V>
  void visit_saved(V& v) {
    v("problem_type", problem_type,
      "What the labels are (default: the model's, else single label)");
    v("pooling", pooling,
      "What the head sees of a text: the first token through the pooler (cls, Hugging Face's), the "
      "mean over tokens, or first, mean and maximum (concat)");
  }
};

}  // namespace attune
