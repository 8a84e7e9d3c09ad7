#include "attune/tasks/medical_image_classification/task.h"

#include "attune/base/error.h"
#include "attune/tasks/classification/model_labels.h"
#include "attune/tasks/image_classification/check.h"
#include "attune/tasks/image_classification/sections.h"
#include "attune/tasks/image_classification/train.h"
#include "attune/tasks/medical_image_classification/training.h"

namespace attune {
namespace {

/// Of patients: intervals of what they are judged by draw whole ones.
struct Clusters {
  SplitColumns& columns;
  template <typename V>
  void visit(V& v) {
    columns.visit_group(v, "patient, site or source");
  }
};

}  // namespace

void MedicalImageClassification::add_options(config::Schema& schema, Verb verb) {
  switch (verb) {
    case Verb::train:
      add_image_options(schema, train_);
      schema.add(kDataSection, train_.window);
      schema.add(kDataSection, train_.subgroups);
      schema.add(kEvalSection, train_.decision);
      return schema.add(kEvalSection, train_.judging);
    case Verb::evaluate:
      add_image_options(schema, evaluate_);
      // Without the options of the decision: it was chosen in training, and lies beside the model.
      {
        Clusters clusters{evaluate_.columns.division};
        schema.add(kDataSection, clusters);
      }
      schema.add(kDataSection, evaluate_.window);
      schema.add(kDataSection, evaluate_.grouping);
      schema.add(kDataSection, evaluate_.subgroups);
      return schema.add(kEvalSection, evaluate_.judging);
    case Verb::predict:
      add_image_options(schema, predict_);
      return schema.add(kDataSection, predict_.window);
    case Verb::check:
      add_options(schema, Verb::train);
      return add_check_options(schema, check_);
  }
}

bool MedicalImageClassification::check_data(config::Schema& schema) {
  train_.columns.subgroup_column = train_.subgroups.subgroup_column;
  return check_image_data(train_, check_, picture_options(train_.window), schema);
}

int MedicalImageClassification::train(config::Schema& schema) {
  // Both throw where they cannot be read: now, not after hours of training.
  parse_threshold_rule(train_.decision.threshold_rule);
  picture_options(train_.window);
  if (fs::exists(train_.pretrained.model)) {
    settle_problem_type(train_.model.problem_type, train_.pretrained.model);
  }
  const auto problem = train_.model.problem_type.value_or(ProblemType::single_label_classification);
  refuse_regression(problem);
  const std::string& positive = train_.decision.positive_label;
  check(positive.empty() || problem == ProblemType::single_label_classification, ErrorKind::user,
        "--positive-label is for one label of two; where a sample may have several, each has its "
        "own threshold");
  train_.columns.subgroup_column = train_.subgroups.subgroup_column;
  return train_image_classifier(
      train_, schema, [&](const ImageParts& splits) { return medical_task(train_, splits); });
}

}  // namespace attune
