#include "attune/adapt/options.h"

#include <charconv>
#include <cmath>

#include "attune/base/error.h"
#include "attune/base/strings.h"

namespace attune {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 12> kUnits = {
    {{"", 1},
     {"b", 1},
     {"k", 1e3},
     {"kb", 1e3},
     {"kib", 1024},
     {"mb", 1e6},
     {"mib", 1024.0 * 1024},
     {"gb", 1e9},
     {"gib", 1024.0 * 1048576},
     {"tb", 1e12},
     {"tib", 1048576.0 * 1048576},
     {"m", 1e6}}};

}  // namespace

std::int64_t parse_byte_size(std::string_view text) {
  const std::string_view trimmed = trim(text);
  double number = -1;
  const auto [end, error] =
      std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
  const std::string unit =
      to_lower_ascii(trim(trimmed.substr(static_cast<std::size_t>(end - trimmed.data()))));
  for (const auto& [name, factor] : kUnits) {
    if (error != std::errc() || unit != name) continue;
    const double bytes = number * factor;
    if (bytes >= 0 && bytes <= 9e18) return static_cast<std::int64_t>(std::floor(bytes));
  }
  fail(ErrorKind::user, "cannot read \"{}\" as a size; expected a number of bytes such as 512MiB",
       text);
}

std::vector<std::string> find_problems(const AdaptOptions& options) {
  std::vector<std::string> problems;
  const AdaptOptions defaults;
  if (options.strategy != Strategy::layer_wise &&
      (options.unfreeze_every != defaults.unfreeze_every ||
       options.unfreeze_interval != defaults.unfreeze_interval)) {
    problems.push_back(fmt::format(
        "unfreeze_every and unfreeze_interval belong to strategy layer-wise, got strategy {}",
        config::enum_name(options.strategy)));
  }
  if (options.strategy == Strategy::feature_extraction && options.train_last.value_or(1) != 1) {
    problems.push_back(
        "feature-extraction trains the head alone; use strategy full with train_last");
  }
  try {
    parse_byte_size(options.cache_limit);
  } catch (const Error& error) {
    problems.push_back(std::string("cache_limit: ") + error.what());
  }
  return problems;
}

}  // namespace attune
