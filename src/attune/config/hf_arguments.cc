#include "attune/config/hf_arguments.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/config/field.h"

namespace attune::config {
namespace {

constexpr auto kFlag = HfKind::flag;
constexpr auto kValue = HfKind::value;
constexpr auto kValues = HfKind::values;
constexpr bool kRefused = true;

constexpr std::string_view kVerbs =
    "what is done follows from the verb (train, evaluate, predict) and from the data that is given";
constexpr std::string_view kPrecision =
    "matrix products are in float32 or bfloat16 (--precision, --bf16)";
constexpr std::string_view kOneProcess = "a run is one process on one device";
constexpr std::string_view kNoUpload = "nothing is uploaded";
constexpr std::string_view kReports =
    "a run writes log.jsonl, TensorBoard files and report.html, and sends nothing anywhere";
constexpr std::string_view kLogLevel = "what is told does not depend on a level";
constexpr std::string_view kLoader = "data is read ahead on the run's own threads (--threads)";
constexpr std::string_view kAllMetrics = "every evaluation gives all metrics of the task";
constexpr std::string_view kMemory =
    "activations are kept; a smaller --per-device-train-batch-size with "
    "--gradient-accumulation-steps takes less memory";
constexpr std::string_view kNotCompiled = "kernels are the program's own, nothing is compiled";
constexpr std::string_view kCheckpoints =
    "a checkpoint holds all that resuming needs, and the run goes on where it was";
constexpr std::string_view kColumns = "columns are named by the data options (attune train --help)";
constexpr std::string_view kDevice = "--device says where it is computed: auto, cpu or cuda";
constexpr std::string_view kTokens = "tokens are counted and told anyway";
constexpr std::string_view kEvaluations = "--eval-strategy and --eval-steps say when to evaluate";

// Of this version and older ones, so that a settings file brought from Python is told apart from
// misspelt options; tests/parity/transformers/training_arguments.txt is what they must cover.
// https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/training_args.py
constexpr auto kArguments = std::to_array<HfArgument>({
    {"accelerator_config", kValue, kOneProcess,
     R"({"even_batches": true, "use_seedable_sampler": true})"},
    {"activation_checkpointing", kFlag, kMemory},
    {"activation_checkpointing_kwargs", kValue, kMemory},
    {"auto_find_batch_size", kFlag, "--per-device-train-batch-size is kept to"},
    {"average_tokens_across_devices", kFlag, kOneProcess, "true|false"},
    {"batch_eval_metrics", kFlag, kAllMetrics},
    {"bf16_full_eval", kFlag, kPrecision},
    {"dataloader_in_order", kFlag, kLoader, "true"},
    {"dataloader_multiprocessing_context", kValue, kLoader},
    {"dataloader_num_workers", kValue, kLoader},
    {"dataloader_persistent_workers", kFlag, kLoader},
    {"dataloader_pin_memory", kFlag, kLoader, "true|false"},
    {"dataloader_prefetch_factor", kValue, kLoader},
    {"ddp_backend", kValue, kOneProcess},
    {"ddp_broadcast_buffers", kFlag, kOneProcess},
    {"ddp_bucket_cap_mb", kValue, kOneProcess},
    {"ddp_find_unused_parameters", kFlag, kOneProcess},
    {"ddp_static_graph", kFlag, kOneProcess},
    {"ddp_timeout", kValue, kOneProcess, "1800"},
    {"debug", kValues, kLogLevel},
    {"deepspeed", kValue, kOneProcess},
    {"dispatch_batches", kFlag, kOneProcess},
    // A dump has true wherever eval_strategy is set.
    {"do_eval", kFlag, kVerbs, "true|false"},
    {"do_predict", kFlag, kVerbs},
    {"do_train", kFlag, kVerbs, "true|false"},
    {"enable_jit_checkpoint", kFlag, "a signal that ends a run leaves a checkpoint anyway"},
    {"eval_accumulation_steps", kValue, kAllMetrics},
    {"eval_delay", kValue, kEvaluations},
    {"eval_do_concat_batches", kFlag, kAllMetrics, "true"},
    {"eval_metrics", kValues, kAllMetrics},
    {"eval_on_start", kFlag, kEvaluations},
    {"eval_use_gather_object", kFlag, kOneProcess},
    {"fp16", kFlag, kPrecision},
    {"fp16_backend", kValue, kPrecision, R"("auto")"},
    {"fp16_full_eval", kFlag, kPrecision},
    {"fp16_opt_level", kValue, kPrecision, R"("O1")"},
    {"fsdp", kValues, kOneProcess},
    {"fsdp_config", kValue, kOneProcess},
    {"fsdp_min_num_params", kValue, kOneProcess},
    {"fsdp_transformer_layer_cls_to_wrap", kValue, kOneProcess},
    {"full_determinism", kFlag, "a seed repeats a run anyway"},
    {"gradient_checkpointing", kFlag, kMemory},
    {"gradient_checkpointing_kwargs", kValue, kMemory},
    {"half_precision_backend", kValue, kPrecision, R"("auto")"},
    {"hub_always_push", kFlag, kNoUpload},
    {"hub_model_id", kValue, kNoUpload},
    {"hub_private_repo", kFlag, kNoUpload},
    {"hub_revision", kValue, kNoUpload},
    {"hub_strategy", kValue, kNoUpload, R"("every_save")"},
    // A dump hides it: "<HUB_TOKEN>".
    {"hub_token", kValue, kNoUpload, R"("<HUB_TOKEN>")"},
    {"ignore_data_skip", kFlag, kCheckpoints},
    {"include_for_metrics", kValues, kAllMetrics},
    {"include_inputs_for_metrics", kFlag, kAllMetrics},
    {"include_num_input_tokens_seen", kFlag, kTokens, R"("no"|false)"},
    {"include_tokens_per_second", kFlag, kTokens},
    {"jit_mode_eval", kFlag, kNotCompiled},
    {"label_names", kValues, kColumns},
    {"length_column_name", kValue, "lengths are counted", R"("length")"},
    {"liger_kernel_config", kValue, kNotCompiled},
    {"local_rank", kValue, kOneProcess, "-1|0"},
    {"log_level", kValue, kLogLevel, R"("passive")"},
    {"log_level_replica", kValue, kLogLevel, R"("warning"|"passive")"},
    {"log_on_each_node", kFlag, kOneProcess, "true|false"},
    {"logging_nan_inf_filter", kFlag, "a loss that is not finite stops the run", "true|false"},
    {"mp_parameters", kValue, kOneProcess},
    {"neftune_noise_alpha",
     kValue,
     "noise on embeddings is not offered: leave it out",
     {},
     kRefused},
    {"optim_args",
     kValue,
     "say it with --adam-beta1, --adam-beta2, --adam-epsilon or --momentum: leave it out",
     {},
     kRefused},
    {"optim_target_modules",
     kValues,
     "optimizers that treat some modules otherwise are not offered: leave it out",
     {},
     kRefused},
    {"parallelism_config", kValue, kOneProcess},
    {"past_index", kValue, "models keep nothing from one batch to the next", "-1"},
    {"prediction_loss_only", kFlag, kAllMetrics},
    {"project", kValue, kReports, R"("huggingface")"},
    {"push_to_hub", kFlag, kNoUpload},
    {"push_to_hub_model_id", kValue, kNoUpload},
    {"push_to_hub_organization", kValue, kNoUpload},
    {"push_to_hub_token", kValue, kNoUpload, R"("<PUSH_TO_HUB_TOKEN>")"},
    {"ray_scope", kValue, kOneProcess, R"("last")"},
    {"remove_unused_columns", kFlag, kColumns, "true|false"},
    {"report_to", kValues, kReports,
     R"("none"|"all"|"tensorboard"|[]|["none"]|["all"]|["tensorboard"])"},
    {"restore_callback_states_from_checkpoint", kFlag, kCheckpoints},
    {"run_name", kValue, kReports},
    {"save_on_each_node", kFlag, kOneProcess},
    {"save_only_model", kFlag, kCheckpoints},
    {"save_safetensors", kFlag, "weights are saved as safetensors", "true"},
    {"sharded_ddp", kValues, kOneProcess},
    {"skip_memory_metrics", kFlag, "the memory of a run is told anyway", "true|false"},
    {"split_batches", kFlag, kOneProcess},
    {"tf32", kFlag, kPrecision},
    {"torch_compile", kFlag, kNotCompiled},
    {"torch_compile_backend", kValue, kNotCompiled},
    {"torch_compile_mode", kValue, kNotCompiled},
    {"torch_empty_cache_steps", kValue, "memory that is free is used again"},
    {"torchdynamo", kValue, kNotCompiled},
    {"tpu_metrics_debug", kFlag, kDevice},
    {"tpu_num_cores", kValue, kDevice},
    {"trackio_bucket_id", kValue, kReports},
    {"trackio_space_id", kValue, kReports},
    {"trackio_static_space_id", kValue, kReports},
    {"use_cache", kFlag, "nothing is generated"},
    {"use_ipex", kFlag, kNotCompiled},
    {"use_legacy_prediction_loop", kFlag, kAllMetrics},
    {"use_liger_kernel", kFlag, kNotCompiled},
    {"use_mps_device", kFlag, kDevice},
    {"xpu_backend", kValue, kDevice},
});

// What Hugging Face's example scripts (run_glue.py, run_ner.py) call the same things, and names
// that TrainingArguments had before: evaluation_strategy before transformers 4.41.
constexpr auto kSynonyms = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"model_name_or_path", "model"},
    {"max_seq_length", "max_length"},
    {"evaluation_strategy", "eval_strategy"},
    {"text_column_name", "text_column"},
    {"label_column_name", "label_column"},
    {"audio_column_name", "audio_column"},
    {"chars_to_ignore", "chars_to_remove"},
    {"max_duration_in_seconds", "max_seconds"},
    {"min_duration_in_seconds", "min_seconds"},
    {"freeze_feature_extractor", "freeze_feature_encoder"},
    {"target_language", "language"},
    // Of transformers' pipeline for speech, and of pyctcdecode.
    {"chunk_length_s", "chunk_seconds"},
    {"stride_length_s", "stride_seconds"},
    {"return_timestamps", "timestamps"},
    {"alpha", "lm_weight"},
    {"beta", "word_bonus"},
    {"train_batch_size", "per_device_train_batch_size"},
    {"eval_batch_size", "per_device_eval_batch_size"},
    {"per_gpu_train_batch_size", "per_device_train_batch_size"},
    {"per_gpu_eval_batch_size", "per_device_eval_batch_size"},
    {"no_cuda", "use_cpu"},
});

constexpr auto kTranslated = std::to_array<TranslatedArgument>({
    {"adafactor", kFlag, "optim"},
    {"lr_scheduler_kwargs", kValue, "lr_scheduler_type"},
    {"train_sampling_strategy", kValue, "group_by_length"},
    {"use_cpu", kFlag, "device"},  // where it is no option itself
});

/// A name in `lr_scheduler_kwargs` and the option that is the same of that schedule.
struct ScheduleArgument {
  std::string_view schedule, name, option;
};

// The parameters of the functions in TYPE_TO_SCHEDULER_FUNCTION (optimization.py), beside those
// that the trainer fills in. ReduceLROnPlateau's mode is the direction of the run's metric.
constexpr auto kScheduleArguments = std::to_array<ScheduleArgument>({
    {"cosine", "num_cycles", "lr_num_cycles"},
    {"cosine_with_restarts", "num_cycles", "lr_num_cycles"},
    {"cosine_with_min_lr", "num_cycles", "lr_num_cycles"},
    {"cosine_with_min_lr", "min_lr", "lr_min"},
    {"cosine_with_min_lr", "min_lr_rate", "lr_min_rate"},
    {"cosine_warmup_with_min_lr", "num_cycles", "lr_num_cycles"},
    {"cosine_warmup_with_min_lr", "min_lr", "lr_min"},
    {"cosine_warmup_with_min_lr", "min_lr_rate", "lr_min_rate"},
    {"cosine_warmup_with_min_lr", "warmup_lr_rate", "lr_warmup_rate"},
    {"polynomial", "lr_end", "lr_end"},
    {"polynomial", "power", "lr_power"},
    {"inverse_sqrt", "timescale", "lr_timescale"},
    {"reduce_lr_on_plateau", "factor", "lr_plateau_factor"},
    {"reduce_lr_on_plateau", "patience", "lr_plateau_patience"},
    {"reduce_lr_on_plateau", "threshold", "lr_plateau_threshold"},
    {"reduce_lr_on_plateau", "min_lr", "lr_plateau_min"},
    {"warmup_stable_decay", "num_decay_steps", "lr_decay_steps"},
    {"warmup_stable_decay", "num_stable_steps", "lr_stable_steps"},
    {"warmup_stable_decay", "warmup_type", "lr_warmup_type"},
    {"warmup_stable_decay", "decay_type", "lr_decay_type"},
    {"warmup_stable_decay", "min_lr_ratio", "lr_min_rate"},
    {"warmup_stable_decay", "num_cycles", "lr_num_cycles"},
});

Translation translate_schedule(const Json& value, const std::string& schedule) {
  Json kwargs = value;
  if (value.is_string()) kwargs = Json::parse(value.get_ref<const std::string&>(), nullptr, false);
  if (kwargs.is_null() || (value.is_string() && value == "")) return {};
  if (!kwargs.is_object()) return {{}, "expected an object, as in {\"num_cycles\": 2}"};
  Translation result;
  std::vector<std::string> known;
  for (const ScheduleArgument& argument : kScheduleArguments) {
    if (argument.schedule == schedule) known.emplace_back(argument.name);
  }
  for (const auto& [name, setting] : kwargs.items()) {
    // Clang 14 captures no structured binding.
    const auto is_it = [&, &key = name](const ScheduleArgument& argument) {
      return argument.schedule == schedule && argument.name == key;
    };
    const auto found = std::ranges::find_if(kScheduleArguments, is_it);
    if (found == kScheduleArguments.end()) {
      return {{},
              fmt::format("lr_scheduler_type {} has no \"{}\"{}", schedule, name,
                          known.empty() ? ": it takes none, leave them out"
                                        : "; it takes: " + join(known, ", "))};
    }
    // null leaves the function's own default, which is the option's too.
    if (!setting.is_null()) result.options.emplace_back(found->option, setting);
  }
  return result;
}

Translation translate_sampling(const Json& value) {
  if (value == "random") return {{{"group_by_length", false}}, ""};
  if (value == "group_by_length") return {{{"group_by_length", true}}, ""};
  return {{},
          "expected random or group_by_length: the order of examples is drawn anew in each epoch, "
          "and --balanced-sampling draws as many of each class"};
}

bool is_empty(const Json& value) {
  return value.is_null() || value == false || value == 0 || value == "" || value == "false" ||
         (value.is_structured() && value.empty());
}

}  // namespace

const HfArgument* find_hf_argument(std::string_view name) {
  const auto found = std::ranges::find(kArguments, name, &HfArgument::name);
  return found == kArguments.end() ? nullptr : &*found;
}

std::span<const HfArgument> hf_arguments() {
  return kArguments;
}

bool asks_for_nothing(const HfArgument& argument, const Json& value) {
  if (value.is_null()) return true;
  if (argument.idle.empty() && !value.is_object()) return is_empty(value);
  // YAML and flags deliver text: "1800".
  Json spelt;
  if (value.is_string()) spelt = Json::parse(value.get_ref<const std::string&>(), nullptr, false);
  for (const std::string& text : split(argument.idle, '|')) {
    const Json idle = text.empty() ? Json::object() : Json::parse(text);
    if (value == idle || (!spelt.is_null() && spelt == idle)) return true;
    if (!value.is_object() || !idle.is_object()) continue;
    // A dump spells out every member.
    bool all = true;
    for (const auto& [name, member] : value.items()) {
      all &= is_empty(member) || (idle.contains(name) && idle.at(name) == member);
    }
    if (all) return true;
  }
  return false;
}

std::span<const TranslatedArgument> translated_arguments() {
  return kTranslated;
}

const TranslatedArgument* find_translated(std::string_view name) {
  const auto found = std::ranges::find(kTranslated, name, &TranslatedArgument::name);
  return found == kTranslated.end() ? nullptr : &*found;
}

Translation translate_argument(std::string_view name, const Json& value,
                               const std::string& schedule) {
  if (name == "lr_scheduler_kwargs") return translate_schedule(value, schedule);
  if (value.is_null()) return {};
  if (name == "train_sampling_strategy") return translate_sampling(value);
  check(name == "adafactor" || name == "use_cpu", ErrorKind::internal, "{} is not translated",
        name);
  bool is_set = false;
  if (!convert::read(value, is_set)) return {{}, "expected true or false"};
  if (!is_set) return {};
  // The flag that optim adafactor was before it had that name.
  if (name == "adafactor") return {{{"optim", "adafactor"}}, ""};
  return {{{"device", "cpu"}}, ""};
}

std::vector<std::string_view> synonyms_of(std::string_view name) {
  std::vector<std::string_view> result;
  for (const auto& [synonym, canonical] : kSynonyms) {
    if (canonical == name) result.push_back(synonym);
  }
  return result;
}

std::string canonical_argument(std::string_view name) {
  std::string result(name);
  // HfArgumentParser takes both spellings of a flag as well.
  std::replace(result.begin(), result.end(), '-', '_');
  for (const auto& [synonym, canonical] : kSynonyms) {
    if (result == synonym) return std::string(canonical);
  }
  return result;
}

}  // namespace attune::config
