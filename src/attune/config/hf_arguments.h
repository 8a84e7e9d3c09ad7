#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/json.h"

namespace attune::config {

/// What Hugging Face's HfArgumentParser takes behind an argument's flag.
enum class HfKind {
  flag,    ///< true where nothing follows
  value,   ///< one word
  values,  ///< all words up to the next flag
};

/// An argument of Hugging Face's `TrainingArguments` (transformers 4.x and 5.x) that is no option
/// of attune.
struct HfArgument {
  std::string_view name;
  HfKind kind = HfKind::value;
  /// What happens here instead, for people: "matrix products are in float32 or bfloat16".
  std::string_view instead;
  /// Values that ask for nothing, as JSON, separated by |: its defaults. Empty: null, false, 0, ""
  /// and what is empty.
  std::string_view idle = {};
  /// Where it asks for something the model would become another one: an error, no warning.
  bool refused = false;
};

/// The argument of that name (`_`, not `-`), or null.
const HfArgument* find_hf_argument(std::string_view name);
std::span<const HfArgument> hf_arguments();

/// Whether `value` leaves the argument as if it were not there.
bool asks_for_nothing(const HfArgument& argument, const Json& value);

/// An argument that attune says with other options.
struct Translation {
  std::vector<std::pair<std::string, Json>> options;  ///< to be set instead
  std::string problem;                                ///< what is wrong with the value, or ""
};

struct TranslatedArgument {
  std::string_view name;
  HfKind kind;
  std::string_view option;  ///< that it is said with, or goes with
};

/// The argument of that name (`_`, not `-`), or null.
const TranslatedArgument* find_translated(std::string_view name);
std::span<const TranslatedArgument> translated_arguments();

/// `schedule`: the run's lr_scheduler_type, whose function's names `lr_scheduler_kwargs` holds (an
/// object, or its text as on a command line). Requires a name that `find_translated` finds.
Translation translate_argument(std::string_view name, const Json& value,
                               const std::string& schedule);

/// attune's name for a synonym used by Hugging Face's class or example scripts
/// (`model_name_or_path` -> `model`), or the name itself.
std::string canonical_argument(std::string_view name);

/// The other names that `canonical_argument` turns into `name`.
std::vector<std::string_view> synonyms_of(std::string_view name);

}  // namespace attune::config
