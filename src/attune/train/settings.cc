#include "attune/train/settings.h"

#include <set>
#include <string>
#include <vector>

#include "attune/base/hash.h"
#include "attune/config/field.h"
#include "attune/train/precision.h"

namespace attune {
namespace {

const std::set<std::string> kWithoutInfluence = {"output_dir",
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
  TrainingArguments args_copy = args;  // fields refer to members that can be set
  AdaptOptions adapt_copy = adapt;
  std::vector<config::Field> fields;
  config::FieldCollector train("train", fields), adaptation("adapt", fields);
  args_copy.visit(train);
  adapt_copy.visit(adaptation);
  Json settings = Json::object();
  for (const config::Field& field : fields) {
    if (!kWithoutInfluence.contains(field.name)) settings[field.name] = field.get();
  }
  settings["precision"] = uses_bf16(args) ? "bf16" : "fp32";
  settings["data_seed"] = args.data_seed.value_or(args.seed);
  return settings;
}

std::string lengths_fingerprint(std::span<const std::int64_t> lengths) {
  return sha256_hex(std::as_bytes(lengths));
}

}  // namespace attune
