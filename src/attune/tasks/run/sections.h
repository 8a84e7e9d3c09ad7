#pragma once

#include <tuple>

#include "attune/config/schema.h"
#include "attune/tasks/check/check_options.h"
#include "attune/tasks/run/settings.h"

namespace attune {

/// Names of the schema's sections: the stages of the pipeline.
inline constexpr const char* kPretrainedSection = "pretrained";
inline constexpr const char* kDataSection = "data";
inline constexpr const char* kAdaptSection = "adapt";
inline constexpr const char* kTrainSection = "train";
inline constexpr const char* kEvalSection = "eval";
inline constexpr const char* kCheckSection = "check";
/// Not of `train`, so nothing in it is taken over from the run that made a saved model.
inline constexpr const char* kModelSection = "model";

/// Several options structs to one section.
template <typename... Options>
void add_all(config::Schema& schema, const char* section, std::tuple<Options&...> options) {
  std::apply([&](Options&... each) { (schema.add(section, each), ...); }, options);
}

/// The sections of `train` with the options of every task; with them the task's own of the sections
/// `data`, `adapt` and `train`.
template <typename... Data, typename... Adapt, typename... Train>
void add_run_options(config::Schema& schema, RunSettings& settings, std::tuple<Data&...> data,
                     std::tuple<Adapt&...> adapt, std::tuple<Train&...> train) {
  schema.add_section(kPretrainedSection, "the model a run begins with");
  schema.add(kPretrainedSection, settings.pretrained);
  schema.add(kPretrainedSection, settings.pretrained.weights);
  schema.add_section(kDataSection, "what it learns from");
  add_all(schema, kDataSection, data);
  schema.add_section(kAdaptSection, "how the model is changed, and what of it trains");
  add_all(schema, kAdaptSection, adapt);
  schema.add(kAdaptSection, settings.adapt);
  schema.add_section(kTrainSection, "how it trains");
  schema.add(kTrainSection, settings.train);
  add_all(schema, kTrainSection, train);
  schema.add_section(kEvalSection, "what is measured and shown");
  schema.add(kEvalSection, settings.report);
}

/// Beside the options of `train`.
inline void add_check_options(config::Schema& schema, CheckOptions& options) {
  schema.add_section(kCheckSection, "what `attune check` shows and writes");
  schema.add(kCheckSection, options);
}

}  // namespace attune
