#include "attune/train/settings.h"

#include "attune/base/hash.h"
#include "attune/config/values.h"
#include "attune/train/precision.h"

namespace attune {
namespace {

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
  settings["data_seed"] = args.data_seed.value_or(args.seed);
  return settings;
}

std::string lengths_fingerprint(std::span<const std::int64_t> lengths) {
  return sha256_hex(std::as_bytes(lengths));
}

}  // namespace attune
