#pragma once

#include <string>
#include <string_view>

namespace attune::config {

/// Whether `name` is an argument of Hugging Face `TrainingArguments` (transformers 4.x and 5.x)
/// that has no meaning in attune (Python, distributed or hub matters).
bool is_hf_argument_without_meaning(std::string_view name);

/// attune's name for a synonym used by Hugging Face's class or example scripts
/// (`model_name_or_path` -> `model`), or the name itself.
std::string canonical_argument(std::string_view name);

}  // namespace attune::config
