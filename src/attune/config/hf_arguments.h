#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune::config {

/// Whether `name` is an argument of Hugging Face `TrainingArguments` (transformers 4.x and 5.x)
/// that has no meaning in attune (Python, distributed or hub matters).
bool is_hf_argument_without_meaning(std::string_view name);

/// attune's name for a synonym used by Hugging Face's class or example scripts
/// (`model_name_or_path` -> `model`), or the name itself.
std::string canonical_argument(std::string_view name);

/// All names for which `is_hf_argument_without_meaning` is true.
std::span<const std::string_view> hf_arguments_without_meaning();

/// The other names that `canonical_argument` turns into `name`.
std::vector<std::string_view> synonyms_of(std::string_view name);

}  // namespace attune::config
