#include "attune/tasks/image_classification/task.h"

#include "attune/tasks/image_classification/sections.h"

namespace attune {

void ImageClassification::add_options(config::Schema& schema, Verb verb) {
  switch (verb) {
    case Verb::train:
      return add_image_options(schema, train_);
    case Verb::evaluate:
      return add_image_options(schema, evaluate_);
    case Verb::predict:
      return add_image_options(schema, predict_);
  }
}

}  // namespace attune
