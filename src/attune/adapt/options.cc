#include "attune/adapt/options.h"

#include <regex>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/byte_size.h"
#include "attune/config/values.h"

namespace attune {

std::vector<std::string> find_problems(const AdaptOptions& options) {
  std::vector<std::string> problems = config::find_without_effect(options);
  if (options.strategy == Strategy::feature_extraction && options.train_last.value_or(1) != 1) {
    problems.push_back(
        "feature-extraction trains the head alone; use strategy full with train_last");
  }
  const bool by_steps =
      options.strategy == Strategy::layer_wise && options.unfreeze_every == UnfreezeUnit::steps;
  if (by_steps && options.freeze_encoder_steps > 0 &&
      options.freeze_encoder_steps <= options.unfreeze_interval) {
    problems.push_back(
        fmt::format("freeze_encoder_steps: got {}, which has no effect: layer-wise training with "
                    "unfreeze_interval {} trains the head alone so long anyway",
                    options.freeze_encoder_steps, options.unfreeze_interval));
  }
  for (const std::string& expression : options.freeze) {
    try {
      std::regex{expression};
    } catch (const std::regex_error& error) {
      problems.push_back(
          fmt::format("freeze: \"{}\" is no regular expression: {}", expression, error.what()));
    }
  }
  try {
    parse_byte_size(options.cache_limit);
  } catch (const Error& error) {
    problems.push_back(std::string("cache_limit: ") + error.what());
  }
  return problems;
}

}  // namespace attune
