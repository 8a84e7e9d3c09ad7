#include "attune/tasks/speech_recognition/options.h"

#include "attune/config/values.h"

namespace attune {

Json SpeechAdaptOptions::settings() const {
  Json all = config::values_of(*this);
  // What is this task's and not the model's.
  all.erase("vocabulary");
  all.erase("freeze_feature_encoder");
  Json given = Json::object();
  for (const auto& [name, value] : all.items()) {
    if (!value.is_null()) given[name] = value;
  }
  return given;
}

}  // namespace attune
