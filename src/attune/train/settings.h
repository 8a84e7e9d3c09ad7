#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/adapt/options.h"
#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/train/options.h"

namespace attune {

/// Everything among the options that the numbers of a run depend on, by name: a checkpoint carries
/// it, and a run that resumes must have the same. Where files go, what is logged or saved and how
/// features are cached is not part of it.
Json run_settings(const TrainingArguments& args, const AdaptOptions& adapt);

/// "learning_rate was 0.1, is 0.2" for each that differs; of objects their entries:
/// "model_config.hidden_act was ...".
std::vector<std::string> setting_differences(const Json& before, const Json& now);

/// Throws `user`, listing what differs, unless `saved`, the settings of what lies in `folder`, are
/// those of `now`.
void check_same_settings(const Json& saved, const Json& now, const fs::path& folder);

/// Whether `run_settings` leaves an option out: it says where files go, what is logged or saved, or
/// how much memory may be used.
bool is_without_influence(std::string_view option);

/// A fingerprint of the training examples as far as the sampler sees them.
std::string lengths_fingerprint(std::span<const std::int64_t> lengths);

}  // namespace attune
