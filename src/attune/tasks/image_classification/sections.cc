#include "attune/tasks/image_classification/sections.h"

namespace attune {
namespace {

/// `input` and `model` are no sections of `train`: what a saved run.yaml says of the data it was
/// trained on is not taken for what the model is applied to.
void add_apply_sections(config::Schema& schema) {
  schema.add_section(kPretrainedSection, "the saved model");
  schema.add_section(kInputSection, "what it is applied to");
  schema.add_section(kDataSection, "how tables and files are read (default: as in training)");
  schema.add_section(kModelSection, "what a checkpoint does not say of itself");
  schema.add_section(kEvalSection, "how it runs, and what is written");
}

}  // namespace

void add_image_options(config::Schema& schema, ImageTrainSettings& settings) {
  add_run_options(schema, settings, std::tie(settings.data, settings.columns, settings.augment),
                  std::tie(settings.model, settings.network, settings.input),
                  std::tie(settings.loss));
}

void add_image_options(config::Schema& schema, ImageEvaluateSettings& settings) {
  add_apply_sections(schema);
  schema.add(kPretrainedSection, settings.pretrained);
  schema.add(kInputSection, settings.data);
  schema.add(kDataSection, settings.columns);
  schema.add(kDataSection, settings.labels);
  schema.add(kModelSection, settings.model);
  schema.add(kModelSection, settings.input);
  schema.add(kModelSection, settings.pretrained.weights);
  schema.add(kEvalSection, settings.apply);
}

void add_image_options(config::Schema& schema, ImagePredictSettings& settings) {
  add_apply_sections(schema);
  schema.add(kPretrainedSection, settings.pretrained);
  schema.add(kInputSection, settings.data);
  schema.add(kDataSection, settings.labels);
  schema.add(kDataSection, settings.columns);
  schema.add(kModelSection, settings.model);
  schema.add(kModelSection, settings.input);
  schema.add(kModelSection, settings.pretrained.weights);
  schema.add(kEvalSection, settings.apply);
  schema.add(kEvalSection, settings.prediction);
}

}  // namespace attune
