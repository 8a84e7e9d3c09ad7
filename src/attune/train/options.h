#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/config/field.h"

namespace attune {

enum class OptimizerName { adamw, adam, sgd, adafactor };

constexpr auto enum_names(OptimizerName) {
  return std::to_array<std::pair<OptimizerName, std::string_view>>(
      {{OptimizerName::adamw, "adamw"},
       {OptimizerName::adamw, "adamw_torch"},
       {OptimizerName::adamw, "adamw_torch_fused"},
       {OptimizerName::adam, "adam"},
       {OptimizerName::sgd, "sgd"},
       {OptimizerName::adafactor, "adafactor"}});
}

/// The same mathematics on other devices, as Hugging Face calls them.
constexpr auto enum_synonyms(OptimizerName) {
  return std::to_array<std::pair<OptimizerName, std::string_view>>(
      {{OptimizerName::adamw, "adamw_torch_xla"},
       {OptimizerName::adamw, "adamw_torch_npu_fused"},
       {OptimizerName::adamw, "adamw_apex_fused"}});
}

enum class ScheduleName {
  linear,
  cosine,
  cosine_with_restarts,
  cosine_with_min_lr,
  cosine_warmup_with_min_lr,
  warmup_stable_decay,
  constant,
  constant_with_warmup,
  polynomial,
  inverse_sqrt,
  slanted_triangular,
  tri_stage,
  one_cycle,
  reduce_lr_on_plateau,
};

constexpr auto enum_names(ScheduleName) {
  return std::to_array<std::pair<ScheduleName, std::string_view>>(
      {{ScheduleName::linear, "linear"},
       {ScheduleName::cosine, "cosine"},
       {ScheduleName::cosine_with_restarts, "cosine_with_restarts"},
       {ScheduleName::cosine_with_min_lr, "cosine_with_min_lr"},
       {ScheduleName::cosine_warmup_with_min_lr, "cosine_warmup_with_min_lr"},
       {ScheduleName::warmup_stable_decay, "warmup_stable_decay"},
       {ScheduleName::constant, "constant"},
       {ScheduleName::constant_with_warmup, "constant_with_warmup"},
       {ScheduleName::polynomial, "polynomial"},
       {ScheduleName::inverse_sqrt, "inverse_sqrt"},
       {ScheduleName::slanted_triangular, "slanted_triangular"},
       {ScheduleName::tri_stage, "tri_stage"},
       {ScheduleName::one_cycle, "one_cycle"},
       {ScheduleName::reduce_lr_on_plateau, "reduce_lr_on_plateau"}});
}

/// What to take for a schedule of Hugging Face's that is not here.
constexpr auto enum_refusals(ScheduleName) {
  return std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"greedy", "reduce_lr_on_plateau goes by the metric too"}});
}

/// How the rate goes up or down in the parts of warmup_stable_decay.
enum class RampShape { linear, cosine, one_minus_sqrt };

constexpr auto enum_names(RampShape) {
  return std::to_array<std::pair<RampShape, std::string_view>>(
      {{RampShape::linear, "linear"},
       {RampShape::cosine, "cosine"},
       {RampShape::one_minus_sqrt, "1-sqrt"}});
}

enum class IntervalStrategy { no, steps, epoch };

constexpr auto enum_names(IntervalStrategy) {
  return std::to_array<std::pair<IntervalStrategy, std::string_view>>(
      {{IntervalStrategy::no, "no"},
       {IntervalStrategy::steps, "steps"},
       {IntervalStrategy::epoch, "epoch"}});
}

/// `best`: whenever an evaluation finds a new best model, and at no other time.
enum class SaveStrategy { no, steps, epoch, best };

constexpr auto enum_names(SaveStrategy) {
  return std::to_array<std::pair<SaveStrategy, std::string_view>>({{SaveStrategy::no, "no"},
                                                                   {SaveStrategy::steps, "steps"},
                                                                   {SaveStrategy::epoch, "epoch"},
                                                                   {SaveStrategy::best, "best"}});
}

/// Type of the matrix products. `automatic`: bfloat16 where it is faster, else float32.
enum class Precision { automatic, fp32, bf16 };

constexpr auto enum_names(Precision) {
  return std::to_array<std::pair<Precision, std::string_view>>(
      {{Precision::automatic, "auto"}, {Precision::fp32, "fp32"}, {Precision::bf16, "bf16"}});
}

/// Where it is computed. `automatic`: on a GPU where CUDA can be used, else on the CPU.
enum class DeviceName { automatic, cpu, cuda };

constexpr auto enum_names(DeviceName) {
  return std::to_array<std::pair<DeviceName, std::string_view>>(
      {{DeviceName::automatic, "auto"}, {DeviceName::cpu, "cpu"}, {DeviceName::cuda, "cuda"}});
}

/// What examples are alike in: a task tells the schema which of them its are.
inline constexpr config::Trait kUnequalExamples{"examples", "texts, which are of unequal length"};
inline constexpr config::Trait kEqualExamples{"examples", "pictures, which are of one size"};
inline constexpr config::Trait kTimedExamples{"examples", "recordings, which last unequally long"};

/// The shares of a run that tri_stage rises and stays at its peak where nothing is said: the
/// phase_ratio [0.1, 0.4, 0.5] of fairseq's recipes for wav2vec 2.0.
inline constexpr double kTriStageRise = 0.1, kTriStageHold = 0.4;

/// How a run trains. Names, meaning and, where nothing is said, defaults are those of Hugging
/// Face's `TrainingArguments`. `eval_steps`, `save_steps` and `logging_steps` count optimizer
/// updates; below 1 they are a share of all updates.
struct TrainingArguments {
  std::string output_dir;
  bool overwrite_output_dir = false;
  double num_train_epochs = 3;
  std::int64_t max_steps = -1;
  std::int64_t per_device_train_batch_size = 8;
  std::int64_t per_device_eval_batch_size = 64;
  std::optional<std::int64_t> batch_tokens;
  std::int64_t gradient_accumulation_steps = 1;

  double learning_rate = 5e-5;
  double weight_decay = 0;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  double momentum = 0.9;
  double max_grad_norm = 1;
  OptimizerName optim = OptimizerName::adamw;
  std::optional<double> ema_decay;

  ScheduleName lr_scheduler_type = ScheduleName::linear;
  double warmup_steps = 0;
  double warmup_ratio = 0;
  std::optional<double> lr_num_cycles;
  std::optional<double> lr_min, lr_min_rate, lr_warmup_rate;
  std::optional<std::int64_t> lr_decay_steps, lr_stable_steps;
  std::optional<double> lr_hold_ratio;
  std::optional<RampShape> lr_warmup_type, lr_decay_type;
  double lr_end = 1e-7;
  double lr_power = 1;
  std::optional<std::int64_t> lr_timescale;
  double lr_cut_frac = 0.1;
  double lr_ratio = 32;
  double lr_pct_start = 0.3;
  double lr_div_factor = 25;
  double lr_final_div_factor = 1e4;
  double lr_plateau_factor = 0.1;
  std::int64_t lr_plateau_patience = 10;
  double lr_plateau_threshold = 1e-4;
  double lr_plateau_min = 0;

  double label_smoothing_factor = 0;

  IntervalStrategy eval_strategy = IntervalStrategy::no;
  std::optional<double> eval_steps;
  SaveStrategy save_strategy = SaveStrategy::steps;
  double save_steps = 500;
  std::optional<std::int64_t> save_total_limit;
  IntervalStrategy logging_strategy = IntervalStrategy::steps;
  double logging_steps = 50;
  bool logging_first_step = false;
  std::optional<std::string> logging_dir;
  bool disable_tqdm = false;

  bool load_best_model_at_end = false;
  std::optional<std::string> metric_for_best_model;
  std::optional<bool> greater_is_better;
  std::optional<std::int64_t> early_stopping_patience;
  double early_stopping_threshold = 0;

  std::int64_t seed = 42;
  std::optional<std::int64_t> data_seed;
  bool group_by_length = false;
  bool dataloader_drop_last = false;
  DeviceName device = DeviceName::automatic;
  bool use_cpu = false;
  Precision precision = Precision::automatic;
  bool bf16 = false;
  std::int64_t threads = 0;
  std::optional<std::string> resume_from_checkpoint;

  template <typename V>
  void visit(V& v);
};

/// What contradicts itself between the options, one text for each problem.
std::vector<std::string> find_problems(const TrainingArguments& args);

/// Whether a run keeps something in its folder; a program may train without one.
bool needs_output_folder(const TrainingArguments& args);

/// What `resume_from_checkpoint` asks for: a folder, "last" (also where it is true, as
/// transformers has it), or nothing (also where it is false).
std::optional<std::string> resume_choice(const TrainingArguments& args);

/// The metric that decides, as evaluations name it: "eval_accuracy" -> "accuracy"; "loss" where
/// none is given.
std::string best_metric_name(const TrainingArguments& args);

}  // namespace attune

#include "attune/train/options_visit.h"  // IWYU pragma: keep
