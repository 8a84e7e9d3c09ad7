#include "attune/tasks/run/evaluation.h"

#include <algorithm>

#include <fmt/format.h>

namespace attune {

std::string evaluation_text(const Evaluation& evaluation) {
  std::size_t width = 20;
  for (const auto& [name, value] : evaluation.values.values) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, value] : evaluation.values.values) {
    text += fmt::format("  {:<{}} {:.4f}\n", name, width, value);
  }
  // A metric that is just missing would be taken for one that was forgotten.
  for (const auto& [name, reason] : evaluation.values.undefined) {
    text += fmt::format("  {:<{}} undefined: {}\n", name, width, reason);
  }
  return text + evaluation.tables;
}

Json evaluation_json(const Evaluation& evaluation, const std::string& prefix) {
  Json result = metrics_to_json(evaluation.values, prefix);
  for (const auto& [name, value] : evaluation.details.items()) result[prefix + name] = value;
  result[prefix + "runtime"] = evaluation.runtime;
  result[prefix + "samples"] = evaluation.samples;
  result[prefix + "samples_per_second"] =
      static_cast<double>(evaluation.samples) / evaluation.runtime;
  return result;
}

}  // namespace attune
