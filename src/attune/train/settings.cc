#include "attune/train/settings.h"

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/config/values.h"
#include "attune/train/device.h"
#include "attune/train/precision.h"

namespace attune {
namespace {

/// Threads change last bits at most, of which a resumed run is warned. `bf16`, `precision` and
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

}  // namespace

Json run_settings(const TrainingArguments& args, const AdaptOptions& adapt) {
  Json settings = config::values_of(args);
  settings.update(config::values_of(adapt));
  for (const char* name : kWithoutInfluence) settings.erase(name);
  settings["precision"] = uses_bf16(args) ? "bf16" : "fp32";
  // Said only of a GPU, so that runs begun before there was a choice go on where they were.
  settings.erase("device");
  if (choose_device(args).is_cuda()) settings["device"] = "cuda";
  settings["data_seed"] = args.data_seed.value_or(args.seed);
  // Without a number of their own evaluations come with the log entries, which then decide when a
  // run stops early and which model is the best.
  if (args.eval_strategy == IntervalStrategy::steps && !args.eval_steps) {
    settings["eval_steps"] = args.logging_steps;
  }
  return settings;
}

void check_same_settings(const Json& saved, const Json& now, const fs::path& folder) {
  std::vector<std::string> differences;
  const auto text = [](const Json& json, const std::string& key) {
    return json.contains(key) ? dump_json_line(json.at(key)) : std::string("not set");
  };
  for (const auto& [key, value] : saved.items()) {
    if (text(now, key) == dump_json_line(value)) continue;
    differences.push_back(
        fmt::format("{} was {}, is {}", key, dump_json_line(value), text(now, key)));
  }
  for (const auto& [key, value] : now.items()) {
    if (saved.contains(key)) continue;
    differences.push_back(fmt::format("{} was not set, is {}", key, dump_json_line(value)));
  }
  check(differences.empty(), ErrorKind::user,
        "cannot resume from {} with other settings: {}; take the settings of that run, or start a "
        "new one in another output folder",
        folder.string(), join(differences, "; "));
}

std::string lengths_fingerprint(std::span<const std::int64_t> lengths) {
  return sha256_hex(std::as_bytes(lengths));
}

}  // namespace attune
