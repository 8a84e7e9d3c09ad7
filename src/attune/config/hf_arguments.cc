#include "attune/config/hf_arguments.h"

#include <algorithm>
#include <array>
#include <utility>

namespace attune::config {
namespace {

// Arguments of TrainingArguments, of this version and older ones, that a settings file brought from
// Python may hold: they are told apart from misspelt options.
// https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/training_args.py
constexpr auto kWithoutMeaning = std::to_array<std::string_view>({
    "accelerator_config",
    "activation_checkpointing",
    "activation_checkpointing_kwargs",
    "auto_find_batch_size",
    "average_tokens_across_devices",
    "batch_eval_metrics",
    "bf16_full_eval",
    "dataloader_in_order",
    "dataloader_multiprocessing_context",
    "dataloader_num_workers",
    "dataloader_persistent_workers",
    "dataloader_pin_memory",
    "dataloader_prefetch_factor",
    "ddp_backend",
    "ddp_broadcast_buffers",
    "ddp_bucket_cap_mb",
    "ddp_find_unused_parameters",
    "ddp_static_graph",
    "ddp_timeout",
    "debug",
    "deepspeed",
    "do_eval",
    "do_predict",
    "do_train",
    "enable_jit_checkpoint",
    "eval_accumulation_steps",
    "eval_delay",
    "eval_do_concat_batches",
    "eval_on_start",
    "eval_use_gather_object",
    "fp16",
    "fp16_backend",
    "fp16_full_eval",
    "fp16_opt_level",
    "fsdp",
    "fsdp_config",
    "fsdp_min_num_params",
    "fsdp_transformer_layer_cls_to_wrap",
    "full_determinism",
    "gradient_checkpointing",
    "gradient_checkpointing_kwargs",
    "half_precision_backend",
    "hub_always_push",
    "hub_model_id",
    "hub_private_repo",
    "hub_revision",
    "hub_strategy",
    "hub_token",
    "ignore_data_skip",
    "include_for_metrics",
    "include_inputs_for_metrics",
    "include_num_input_tokens_seen",
    "include_tokens_per_second",
    "jit_mode_eval",
    "label_names",
    "length_column_name",
    "liger_kernel_config",
    "local_rank",
    "log_level",
    "log_level_replica",
    "log_on_each_node",
    "logging_nan_inf_filter",
    "lr_scheduler_kwargs",
    "mp_parameters",
    "neftune_noise_alpha",
    "optim_args",
    "optim_target_modules",
    "overwrite_output_dir",
    "parallelism_config",
    "past_index",
    "prediction_loss_only",
    "project",
    "push_to_hub",
    "push_to_hub_model_id",
    "push_to_hub_organization",
    "push_to_hub_token",
    "ray_scope",
    "remove_unused_columns",
    "report_to",
    "restore_callback_states_from_checkpoint",
    "run_name",
    "save_on_each_node",
    "save_only_model",
    "save_safetensors",
    "skip_memory_metrics",
    "split_batches",
    "tf32",
    "torch_compile",
    "torch_compile_backend",
    "torch_compile_mode",
    "torch_empty_cache_steps",
    "torchdynamo",
    "tpu_metrics_debug",
    "tpu_num_cores",
    "trackio_bucket_id",
    "trackio_space_id",
    "trackio_static_space_id",
    "use_cache",
    "use_ipex",
    "use_legacy_prediction_loop",
    "use_liger_kernel",
    "use_mps_device",
});

// What Hugging Face's example scripts (run_glue.py, run_ner.py) call the same things, and names
// that TrainingArguments had before: evaluation_strategy before transformers 4.41.
constexpr auto kSynonyms = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"model_name_or_path", "model"},
    {"max_seq_length", "max_length"},
    {"evaluation_strategy", "eval_strategy"},
    {"text_column_name", "text_column"},
    {"label_column_name", "label_column"},
    {"train_batch_size", "per_device_train_batch_size"},
    {"eval_batch_size", "per_device_eval_batch_size"},
    {"no_cuda", "use_cpu"},
});

}  // namespace

bool is_hf_argument_without_meaning(std::string_view name) {
  return std::find(kWithoutMeaning.begin(), kWithoutMeaning.end(), name) != kWithoutMeaning.end();
}

std::span<const std::string_view> hf_arguments_without_meaning() {
  return kWithoutMeaning;
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
