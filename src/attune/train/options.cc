#include "attune/train/options.h"

#include <cmath>

#include <fmt/format.h>

#include "attune/base/text/strings.h"

namespace attune {
namespace {

/// transformers refuses such steps of logging, evaluating and saving too (training_args.py).
void check_steps(std::vector<std::string>& problems, std::string_view name, double steps) {
  if (steps >= 1 && steps != std::floor(steps)) {
    problems.push_back(fmt::format(
        "{}: got {}, expected a whole number of updates, or a share of them below 1", name, steps));
  }
}

void find_tri_stage_problems(const TrainingArguments& args, std::vector<std::string>& problems) {
  if (args.lr_min_rate == 0.0) {
    problems.push_back(
        "lr_min_rate: got 0, expected more: tri_stage falls exponentially, which never comes to 0");
  }
  if (args.lr_hold_ratio && args.lr_stable_steps) {
    problems.push_back("lr_hold_ratio and lr_stable_steps are both given; expected one of them");
  }
  if (args.lr_stable_steps) return;
  const double rise = args.warmup_steps < 1 ? args.warmup_steps + args.warmup_ratio : 0;
  const double hold = args.lr_hold_ratio.value_or(kTriStageHold);
  if (rise + hold > 1) {
    problems.push_back(fmt::format(
        "lr_scheduler_type tri_stage: a warm-up over {} of all updates and {} at the peak "
        "(lr_hold_ratio) are more than there are; make one of them smaller",
        rise, hold));
  }
}

/// transformers' functions raise on the same.
void find_schedule_problems(const TrainingArguments& args, std::vector<std::string>& problems) {
  const ScheduleName type = args.lr_scheduler_type;
  const std::string name = config::enum_name(type);
  if (type == ScheduleName::cosine_with_min_lr || type == ScheduleName::cosine_warmup_with_min_lr) {
    if (args.lr_min.has_value() == args.lr_min_rate.has_value()) {
      problems.push_back(fmt::format(
          "lr_scheduler_type {} needs either lr_min, the lowest learning rate, or lr_min_rate, its "
          "share of the peak",
          name));
    }
    if (args.lr_min.value_or(0) > args.learning_rate) {
      problems.push_back(fmt::format("lr_min: got {}, expected at most learning_rate, which is {}",
                                     *args.lr_min, args.learning_rate));
    }
  }
  if (type == ScheduleName::warmup_stable_decay && !args.lr_decay_steps) {
    problems.push_back(
        fmt::format("lr_scheduler_type {} needs lr_decay_steps, the updates of its fall", name));
  }
  if (type == ScheduleName::tri_stage) find_tri_stage_problems(args, problems);
}

}  // namespace

std::vector<std::string> find_problems(const TrainingArguments& args) {
  std::vector<std::string> problems;
  const auto require = [&](bool ok, std::string text) {
    if (!ok) problems.push_back(std::move(text));
  };
  // All problems are collected, so that one run tells of all of them.
  const bool evaluates = args.eval_strategy != IntervalStrategy::no;
  const std::string needs_evaluations =
      " needs an evaluation while training: validation data, and eval_strategy steps or epoch";
  require(evaluates || !args.load_best_model_at_end, "load_best_model_at_end" + needs_evaluations);
  require(evaluates || !args.early_stopping_patience,
          "early_stopping_patience" + needs_evaluations);
  require(evaluates || args.lr_scheduler_type != ScheduleName::reduce_lr_on_plateau,
          "lr_scheduler_type reduce_lr_on_plateau" + needs_evaluations);
  require(evaluates || args.save_strategy != SaveStrategy::best,
          "save_strategy best" + needs_evaluations);
  find_schedule_problems(args, problems);
  // In transformers the steps win; whoever gives both is mistaken about one.
  require(args.warmup_steps == 0 || args.warmup_ratio == 0,
          "warmup_steps and warmup_ratio are both given; expected one of them");
  require(args.max_steps != 0, "max_steps: got 0, expected a number above 0, or -1 for no limit");
  require(!args.use_cpu || args.device != DeviceName::cuda, "use_cpu contradicts device cuda");
  require(!args.bf16 || args.precision != Precision::fp32, "bf16 contradicts precision fp32");
  // As transformers' get_polynomial_decay_schedule_with_warmup: the rate would rise.
  require(args.lr_scheduler_type != ScheduleName::polynomial || args.lr_end < args.learning_rate,
          fmt::format("lr_end: got {}, expected less than learning_rate, which is {}", args.lr_end,
                      args.learning_rate));
  check_steps(problems, "warmup_steps", args.warmup_steps);
  check_steps(problems, "eval_steps", args.eval_steps.value_or(1));
  check_steps(problems, "save_steps", args.save_steps);
  check_steps(problems, "logging_steps", args.logging_steps);
  return problems;
}

bool needs_output_folder(const TrainingArguments& args) {
  return args.save_strategy != SaveStrategy::no || args.load_best_model_at_end ||
         resume_choice(args);
}

std::optional<std::string> resume_choice(const TrainingArguments& args) {
  if (!args.resume_from_checkpoint) return std::nullopt;
  const std::string choice = to_lower_ascii(*args.resume_from_checkpoint);
  if (choice == "true" || choice == "last") return "last";
  if (choice == "false" || choice.empty()) return std::nullopt;
  return args.resume_from_checkpoint;
}

std::string best_metric_name(const TrainingArguments& args) {
  // transformers takes the name with and without its prefix, and goes by the loss where none is
  // given.
  const std::string name = args.metric_for_best_model.value_or("loss");
  return name.starts_with("eval_") ? name.substr(5) : name;
}

}  // namespace attune
