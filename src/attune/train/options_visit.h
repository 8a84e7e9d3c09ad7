#pragma once

#include "attune/train/options.h"

namespace attune {

/// Names every option once: flags, files, help and reference are made from this.
template <typename V>
void TrainingArguments::visit(V& v) {
  using config::above;
  using config::at_least;
  using config::below;
  using config::in_range;
  v("output_dir", output_dir, "Folder of the trained model, checkpoints and logs");
  v("overwrite_output_dir", overwrite_output_dir,
    "Remove the checkpoints and logs of an earlier run from the output folder");
  v("num_train_epochs", num_train_epochs, "Passes over the training data; may be a fraction",
    above(0));
  v("max_steps", max_steps, "Optimizer updates; above 0 it takes the place of num_train_epochs",
    at_least(-1));
  v("per_device_train_batch_size", per_device_train_batch_size, "Examples in a training batch",
    at_least(1));
  v("per_device_eval_batch_size", per_device_eval_batch_size, "Examples in an evaluation batch",
    at_least(1))
      .only_for({kUnequalExamples, kEqualExamples});
  v("batch_tokens", batch_tokens, "Tokens in a training batch, in place of a number of examples",
    at_least(1))
      .only_for({kUnequalExamples});
  v("gradient_accumulation_steps", gradient_accumulation_steps,
    "Batches whose gradients make one update", at_least(1));

  v("learning_rate", learning_rate, "Peak learning rate", at_least(0));
  v("weight_decay", weight_decay,
    "Weight decay of all but biases and layer norms (by their names, as Hugging Face)",
    at_least(0));
  v("adam_beta1", adam_beta1, "Decay of Adam's mean of gradients", below(0, 1))
      .only_with("optim", {"adamw", "adam"});
  v("adam_beta2", adam_beta2, "Decay of Adam's mean of squared gradients", below(0, 1))
      .only_with("optim", {"adamw", "adam"});
  v("adam_epsilon", adam_epsilon, "Added to Adam's denominator", above(0))
      .only_with("optim", {"adamw", "adam"});
  v("momentum", momentum, "Momentum of sgd", below(0, 1)).only_with("optim", {"sgd"});
  v("max_grad_norm", max_grad_norm, "Gradients are clipped to this global norm; 0 does not clip",
    at_least(0));
  v("optim", optim, "Optimizer");
  v("ema_decay", ema_decay,
    "Evaluate and save an exponential moving average of the weights with this decay, e.g. 0.999",
    config::Bounds{.min = 0, .max = 1, .min_is_open = true, .max_is_open = true});

  // All but constant, as in transformers.
  std::vector<std::string> with_warmup;
  for (const auto& [type, name] : enum_names(lr_scheduler_type)) {
    if (type != ScheduleName::constant) with_warmup.emplace_back(name);
  }
  v("lr_scheduler_type", lr_scheduler_type, "How the learning rate changes over the run");
  v("warmup_steps", warmup_steps,
    "Updates over which the learning rate rises to its peak; below 1: share of all updates "
    "(tri_stage: 0.1 where nothing is said)",
    at_least(0))
      .only_with("lr_scheduler_type", with_warmup);
  v("warmup_ratio", warmup_ratio, "Warm-up as a share of all updates", in_range(0, 1))
      .only_with("lr_scheduler_type", with_warmup);
  v("lr_num_cycles", lr_num_cycles,
    "cosine...: waves over the run, of warmup_stable_decay over its decay (default: 0.5); "
    "cosine_with_restarts: falls from the peak, with a restart between two (default: 1)",
    above(0))
      .only_with("lr_scheduler_type", {"cosine", "cosine_with_restarts", "cosine_with_min_lr",
                                       "cosine_warmup_with_min_lr", "warmup_stable_decay"});
  v("lr_min", lr_min, "cosine..._with_min_lr: lowest learning rate (or lr_min_rate)", at_least(0))
      .only_with("lr_scheduler_type", {"cosine_with_min_lr", "cosine_warmup_with_min_lr"});
  v("lr_min_rate", lr_min_rate,
    "cosine..._with_min_lr, warmup_stable_decay, tri_stage: lowest learning rate as a share of the "
    "peak (tri_stage: 0.05)",
    in_range(0, 1))
      .only_with("lr_scheduler_type", {"cosine_with_min_lr", "cosine_warmup_with_min_lr",
                                       "warmup_stable_decay", "tri_stage"});
  v("lr_warmup_rate", lr_warmup_rate,
    "cosine_warmup_with_min_lr, tri_stage: first learning rate as a share of the peak (default: "
    "one over the updates of warm-up; tri_stage: 0.01)",
    in_range(0, 1))
      .only_with("lr_scheduler_type", {"cosine_warmup_with_min_lr", "tri_stage"});
  v("lr_decay_steps", lr_decay_steps,
    "warmup_stable_decay, tri_stage: updates of the fall (tri_stage: what warm-up and peak leave)",
    at_least(1))
      .only_with("lr_scheduler_type", {"warmup_stable_decay", "tri_stage"});
  v("lr_stable_steps", lr_stable_steps,
    "warmup_stable_decay, tri_stage: updates at the peak (default: what warm-up and fall leave; "
    "tri_stage: lr_hold_ratio)",
    at_least(0))
      .only_with("lr_scheduler_type", {"warmup_stable_decay", "tri_stage"});
  v("lr_hold_ratio", lr_hold_ratio,
    "tri_stage: updates at the peak as a share of all (default: 0.4)", in_range(0, 1))
      .only_with("lr_scheduler_type", {"tri_stage"});
  v("lr_warmup_type", lr_warmup_type, "warmup_stable_decay: shape of the rise (default: linear)")
      .only_with("lr_scheduler_type", {"warmup_stable_decay"});
  v("lr_decay_type", lr_decay_type, "warmup_stable_decay: shape of the fall (default: cosine)")
      .only_with("lr_scheduler_type", {"warmup_stable_decay"});
  v("lr_end", lr_end, "polynomial: last learning rate", at_least(0))
      .only_with("lr_scheduler_type", {"polynomial"});
  v("lr_power", lr_power, "polynomial: exponent", above(0))
      .only_with("lr_scheduler_type", {"polynomial"});
  v("lr_timescale", lr_timescale, "inverse_sqrt: time scale (default: warm-up, or 10000)",
    at_least(1))
      .only_with("lr_scheduler_type", {"inverse_sqrt"});
  v("lr_cut_frac", lr_cut_frac, "slanted_triangular: share of updates with rising rate",
    in_range(0, 1))
      .only_with("lr_scheduler_type", {"slanted_triangular"});
  v("lr_ratio", lr_ratio, "slanted_triangular: highest over lowest learning rate", at_least(1))
      .only_with("lr_scheduler_type", {"slanted_triangular"});
  v("lr_pct_start", lr_pct_start, "one_cycle: share of updates with rising rate", in_range(0, 1))
      .only_with("lr_scheduler_type", {"one_cycle"});
  v("lr_div_factor", lr_div_factor, "one_cycle: highest over first learning rate", above(0))
      .only_with("lr_scheduler_type", {"one_cycle"});
  v("lr_final_div_factor", lr_final_div_factor, "one_cycle: first over last learning rate",
    above(0))
      .only_with("lr_scheduler_type", {"one_cycle"});
  v("lr_plateau_factor", lr_plateau_factor, "reduce_lr_on_plateau: factor of a reduction",
    config::Bounds{.min = 0, .max = 1, .min_is_open = true, .max_is_open = true})
      .only_with("lr_scheduler_type", {"reduce_lr_on_plateau"});
  v("lr_plateau_patience", lr_plateau_patience,
    "reduce_lr_on_plateau: evaluations without improvement before a reduction", at_least(0))
      .only_with("lr_scheduler_type", {"reduce_lr_on_plateau"});
  v("lr_plateau_threshold", lr_plateau_threshold,
    "reduce_lr_on_plateau: relative change that counts as improvement", at_least(0))
      .only_with("lr_scheduler_type", {"reduce_lr_on_plateau"});
  v("lr_plateau_min", lr_plateau_min, "reduce_lr_on_plateau: lowest learning rate", at_least(0))
      .only_with("lr_scheduler_type", {"reduce_lr_on_plateau"});

  v("label_smoothing_factor", label_smoothing_factor,
    "Share of the target probability spread over all labels", below(0, 1));

  v("eval_strategy", eval_strategy,
    "When to evaluate (default: each epoch where there is validation data, else no)")
      .settled_later();
  v("eval_steps", eval_steps,
    "Updates between evaluations (default: logging_steps); below 1: share of all", above(0))
      .only_with("eval_strategy", {"steps"});
  v("save_strategy", save_strategy,
    "When to save a checkpoint (default: each epoch, and only the last one is kept; steps where "
    "save_steps is given); best: whenever an evaluation finds a new best model")
      .settled_later();
  v("save_steps", save_steps, "Updates between checkpoints (default: 500); below 1: share of all",
    above(0))
      .only_with("save_strategy", {"steps"})
      .settled_later();
  v("save_total_limit", save_total_limit,
    "Checkpoints to keep; the best and the last one always stay", at_least(1))
      .only_with("save_strategy", {"steps", "epoch", "best"})
      .only_with("load_best_model_at_end");
  v("logging_strategy", logging_strategy, "When to log");
  v("logging_steps", logging_steps, "Updates between log lines; below 1: share of all", above(0))
      .only_with("logging_strategy", {"steps"})
      .only_with("eval_strategy", {"steps"});
  v("logging_first_step", logging_first_step, "Log the first update too")
      .only_with("logging_strategy", {"steps", "epoch"});
  v("logging_dir", logging_dir, "Folder of the TensorBoard files (default: OUTPUT_DIR/runs)");
  v("disable_tqdm", disable_tqdm, "Report no progress");

  v("load_best_model_at_end", load_best_model_at_end,
    "End with the best model evaluated; saves a checkpoint whenever there is a new best one");
  v("metric_for_best_model", metric_for_best_model,
    "Metric that decides (default: loss), as this program, Hugging Face or scikit-learn name it")
      .only_with("eval_strategy", {"steps", "epoch"});
  v("greater_is_better", greater_is_better, "Direction of that metric (default: as it is defined)")
      .only_with("metric_for_best_model");
  v("early_stopping_patience", early_stopping_patience,
    "Stop after this many evaluations without improvement", at_least(1));
  v("early_stopping_threshold", early_stopping_threshold,
    "Change of the metric that counts as improvement for early stopping", at_least(0))
      .only_with("early_stopping_patience");

  v("seed", seed, "Seed of all randomness: the same bits for the same threads", at_least(0));
  v("data_seed", data_seed, "Seed of the order of examples (default: seed)", at_least(0));
  v("group_by_length", group_by_length, "Batch examples of similar length together")
      .only_for({kUnequalExamples, kTimedExamples});
  v("dataloader_drop_last", dataloader_drop_last, "Leave out a last, smaller batch");
  v("device", device, "Where to compute; auto takes a GPU where CUDA can be used");
  v("use_cpu", use_cpu, "The same as device cpu");
  v("precision", precision,
    "Type of matrix products; auto takes bf16 where the processor is faster with it");
  v("bf16", bf16, "The same as precision bf16");
  v("threads", threads,
    "Threads for mathematics; 0 means all cores. The last bits of results belong to their number",
    config::thread_count());
  v("resume_from_checkpoint", resume_from_checkpoint,
    "Continue from a checkpoint: last (or true), which starts where there is none yet, or its "
    "folder");
}

}  // namespace attune
