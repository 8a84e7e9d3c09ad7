#include "attune/tasks/run/settings.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/files.h"
#include "attune/base/log.h"
#include "attune/config/values.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/run/sections.h"
#include "attune/train/device.h"
#include "attune/train/precision.h"
#include "attune/train/settings.h"

namespace attune {
namespace {

constexpr const char* kNoValidation = "--eval-strategy needs validation data, and none is given";

/// By the file system: another spelling or a link is the same folder.
bool is_same_folder(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

bool lies_within(const fs::path& path, const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return false;  // a hub id
  // Links resolved: what counts is what would be removed.
  fs::path up = fs::weakly_canonical(path, ignored);
  for (; up.has_relative_path(); up = up.parent_path()) {
    if (is_same_folder(up, folder)) return true;
  }
  return false;
}

/// What a preset says of evaluating goes without validation data: the user has not asked for it.
void leave_out_evaluation(TrainingArguments& args, const config::Schema& schema) {
  const auto is_preset = [&](const char* name) {
    const config::Field& field = *schema.find(name);
    return field.given && !field.asked_for;
  };
  bool told = false;
  const auto leave_out = [&](const char* name, auto& value, auto nothing) {
    if (!is_preset(name) || value == nothing) return;
    value = nothing;
    if (!told) log_info("there is no validation data, so what the preset says of it is left out");
    told = true;
  };
  leave_out("eval_strategy", args.eval_strategy, IntervalStrategy::no);
  leave_out("load_best_model_at_end", args.load_best_model_at_end, false);
  leave_out("early_stopping_patience", args.early_stopping_patience, std::optional<std::int64_t>());
  if (args.save_strategy == SaveStrategy::best) {
    leave_out("save_strategy", args.save_strategy, SaveStrategy::epoch);
  }
}

/// What the shared options give, as a run compares them, and a task's own among those that `takes`
/// names, by name.
Json settings_that_count(const RunSettings& settings, const config::Schema& schema,
                         bool (*takes)(const config::Field&)) {
  Json result = run_settings(settings.train, settings.adapt);
  const Json train = config::values_of(settings.train), adapt = config::values_of(settings.adapt);
  for (const config::Field& field : schema.fields()) {
    const bool is_shared = train.contains(field.name) || adapt.contains(field.name);
    if (!is_shared && takes(field) && changes_numbers(field.name)) result[field.name] = field.get();
  }
  return result;
}

}  // namespace

void complete_arguments(TrainingArguments& args, bool has_validation, config::Schema& schema) {
  if (has_validation && !schema.find("eval_strategy")->given) {
    args.eval_strategy = IntervalStrategy::epoch;
  }
  if (!has_validation) leave_out_evaluation(args, schema);
  // Hugging Face's default, a checkpoint every 500 steps, leaves short runs without any.
  if (args.save_strategy == SaveStrategy::steps && !schema.find("save_strategy")->given &&
      !schema.find("save_steps")->given) {
    args.save_strategy = SaveStrategy::epoch;
    if (!args.save_total_limit) args.save_total_limit = 1;
  }
  schema.find_without_effect();
}

void withdraw_evaluation(TrainingArguments& args, config::Schema& schema) {
  config::Problems& problems = schema.problems();
  // What the user asked for is refused; what was put in by default goes without a word.
  if (args.eval_strategy != IntervalStrategy::no && schema.find("eval_strategy")->asked_for) {
    return problems.add(kNoValidation);
  }
  args.eval_strategy = IntervalStrategy::no;
  leave_out_evaluation(args, schema);
  schema.find_without_effect();
  // Other options may have counted on it: early stopping, the best model.
  for (std::string& text : find_problems(args)) problems.add(std::move(text));
}

bool changes_numbers(std::string_view option) {
  return !is_without_influence(option) && option != "loader_threads" && option != "decode_memory" &&
         option != "report_mistakes";
}

Json compared_settings(const RunSettings& settings, const config::Schema& schema) {
  return settings_that_count(settings, schema, [](const config::Field& field) {
    return field.section == kAdaptSection || field.section == kTrainSection;
  });
}

Json all_compared_settings(const RunSettings& settings, const config::Schema& schema) {
  return settings_that_count(settings, schema, [](const config::Field&) { return true; });
}

Json model_settings(const Model& model) {
  Json config = model.config_json();
  for (const char* name : {"id2label", "label2id", "_name_or_path", "transformers_version"}) {
    config.erase(name);
  }
  return config;
}

void find_run_problems(const RunSettings& settings, bool has_validation,
                       config::Problems& problems) {
  if (!has_validation && settings.train.eval_strategy != IntervalStrategy::no) {
    problems.add(kNoValidation);
  }
  for (std::string& text : find_problems(settings.train)) problems.add(std::move(text));
  for (std::string& text : find_problems(settings.adapt)) problems.add(std::move(text));
}

void find_folder_problems(const RunSettings& settings, config::Problems& problems) {
  if (settings.train.output_dir.empty()) problems.add("--output-dir is missing");
  if (is_same_folder(settings.pretrained.model, settings.train.output_dir)) {
    problems.add(
        fmt::format("--output-dir: {} is the pre-trained model's own folder; the run would "
                    "overwrite it: choose another",
                    settings.train.output_dir));
  } else if (settings.train.overwrite_output_dir &&
             lies_within(settings.pretrained.model, settings.train.output_dir)) {
    // The checkpoints and folds of the earlier run go before the model is opened.
    problems.add(
        fmt::format("--overwrite-output-dir: the pre-trained model {} lies within {}, "
                    "which would be cleared: choose another output folder",
                    settings.pretrained.model, settings.train.output_dir));
  }
}

bool begin_computing(const ComputeOptions& options) {
  const bool bf16 = uses_bf16(options.precision, choose_device(options.device));
  use_threads(options.threads);
  if (bf16) warn_of_slow_bf16();
  return bf16;
}

}  // namespace attune
