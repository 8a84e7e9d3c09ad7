#include "attune/tasks/image_classification/task.h"

#include "attune/tasks/image_classification/check.h"
#include "attune/tasks/image_classification/sections.h"

namespace attune {

void ImageClassification::add_options(config::Schema& schema, Verb verb) {
  switch (verb) {
    case Verb::train:
      add_image_options(schema, train_);
      return schema.add(kEvalSection, train_.threshold);
    case Verb::evaluate:
      add_image_options(schema, evaluate_);
      return schema.add(kEvalSection, evaluate_.threshold);
    case Verb::predict:
      return add_image_options(schema, predict_);
    case Verb::check:
      add_image_options(schema, train_);
      return add_check_options(schema, check_);
  }
}

bool ImageClassification::check_data(config::Schema& schema) {
  return check_image_data(train_, check_, {}, schema);
}

}  // namespace attune
