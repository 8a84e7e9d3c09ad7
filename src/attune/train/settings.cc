#include "attune/train/settings.h"

#include <algorithm>
#include <iterator>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/config/values.h"
#include "attune/train/checkpoint/best_model.h"
#include "attune/train/device.h"
#include "attune/train/precision.h"
#include "attune/train/schedule/schedule.h"

namespace attune {
namespace {

/// Threads change last bits at most, of which a resumed run is warned. The size of evaluation's
/// batches is put back below where it counts. `bf16`, `precision` and
/// `data_seed` are replaced below by what they come to, so that spelling out a default is no other
/// setting.
constexpr const char* kWithoutInfluence[] = {"output_dir",
                                             "overwrite_output_dir",
                                             "per_device_eval_batch_size",
                                             "save_strategy",
                                             "save_steps",
                                             "save_total_limit",
                                             "logging_strategy",
                                             "logging_steps",
                                             "logging_first_step",
                                             "logging_dir",
                                             "disable_tqdm",
                                             "resume_from_checkpoint",
                                             "use_cpu",
                                             "cache_limit",
                                             "cache_dir",
                                             "threads",
                                             "bf16",
                                             "precision",
                                             "data_seed"};

void add_differences(const std::string& prefix, const Json& saved, const Json& now,
                     std::vector<std::string>& differences) {
  const auto add = [&](const std::string& key, const Json* before, const Json* after) {
    if (before != nullptr && after != nullptr && before->is_object() && after->is_object()) {
      return add_differences(prefix + key + ".", *before, *after, differences);
    }
    const auto text = [](const Json* json) {
      return json == nullptr ? std::string("not set") : dump_json_line(*json);
    };
    // As text: 1 and 1.0 are told apart, for so the file was written.
    if (text(before) == text(after)) return;
    const auto shown = [&](const Json* json) {
      const bool is_plain =
          json != nullptr && json->is_string() && !json->get<std::string>().empty();
      return is_plain ? json->get<std::string>() : text(json);
    };
    // In quotes only where they are the difference.
    const bool differ = shown(before) != shown(after);
    differences.push_back(fmt::format("{}{} was {}, is {}", prefix, key,
                                      differ ? shown(before) : text(before),
                                      differ ? shown(after) : text(after)));
  };
  for (const auto& [key, value] : saved.items()) {
    add(key, &value, now.contains(key) ? &now.at(key) : nullptr);
  }
  for (const auto& [key, value] : now.items()) {
    if (!saved.contains(key)) add(key, nullptr, &value);
  }
}

}  // namespace

Json run_settings(const TrainingArguments& args, const AdaptOptions& adapt) {
  Json settings = config::values_of(args);
  settings.update(config::values_of(adapt));
  for (const char* name : kWithoutInfluence) settings.erase(name);
  // The last bits of a product may change with its number of rows, and a metric with them: of no
  // account in a log, but not where it says which model is the best, or when to stop.
  if (metric_decides(args)) {
    settings["per_device_eval_batch_size"] = args.per_device_eval_batch_size;
  }
  settings["precision"] = uses_bf16(args) ? "bf16" : "fp32";
  // Said only of a GPU, so that runs begun before there was a choice go on where they were.
  settings.erase("device");
  if (choose_device(args).is_cuda()) settings["device"] = "cuda";
  settings["data_seed"] = args.data_seed.value_or(args.seed);
  // By what it comes to: a spelt out default is no other setting. Runs begun before the others were
  // there go on.
  settings["lr_num_cycles"] = wave_count(args);
  for (const char* name : {"lr_min", "lr_min_rate", "lr_warmup_rate", "lr_decay_steps",
                           "lr_stable_steps", "lr_hold_ratio", "lr_warmup_type", "lr_decay_type"}) {
    if (settings.at(name).is_null()) settings.erase(name);
  }
  if (adapt.freeze_encoder_steps == 0) settings.erase("freeze_encoder_steps");
  // Without a number of their own evaluations come with the log entries, which then decide when a
  // run stops early and which model is the best.
  if (args.eval_strategy == IntervalStrategy::steps && !args.eval_steps) {
    settings["eval_steps"] = args.logging_steps;
  }
  return settings;
}

bool is_without_influence(std::string_view option) {
  return std::ranges::find(kWithoutInfluence, option) != std::end(kWithoutInfluence);
}

std::vector<std::string> setting_differences(const Json& before, const Json& now) {
  std::vector<std::string> differences;
  add_differences("", before, now, differences);
  return differences;
}

void check_same_settings(const Json& saved, const Json& now, const fs::path& folder) {
  const std::vector<std::string> differences = setting_differences(saved, now);
  check(differences.empty(), ErrorKind::user,
        "cannot resume from {} with other settings: {}; take the settings of that run, or start a "
        "new one in another output folder",
        folder.string(), join(differences, "; "));
}

std::string lengths_fingerprint(std::span<const std::int64_t> lengths) {
  return sha256_hex(std::as_bytes(lengths));
}

}  // namespace attune
