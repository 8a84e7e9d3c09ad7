#include "attune/train/schedule/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "attune/base/error.h"

namespace attune {

std::int64_t warmup_updates(const TrainingArguments& args, std::int64_t total_steps) {
  // As transformers' TrainingArguments.get_warmup_steps.
  if (args.warmup_steps >= 1) return static_cast<std::int64_t>(args.warmup_steps);
  const double share = args.warmup_steps > 0 ? args.warmup_steps : args.warmup_ratio;
  return static_cast<std::int64_t>(std::ceil(share * static_cast<double>(total_steps)));
}

double wave_count(const TrainingArguments& args) {
  const bool restarts = args.lr_scheduler_type == ScheduleName::cosine_with_restarts;
  return args.lr_num_cycles.value_or(restarts ? 1 : 0.5);
}

namespace {

/// Half a wave from 1 to 0 in `waves` 0.5.
double falling_cosine(double progress, double waves) {
  return 0.5 * (1 + std::cos(std::numbers::pi * waves * 2 * progress));
}

double rise(RampShape shape, double progress) {
  switch (shape) {
    case RampShape::linear:
      return progress;
    case RampShape::cosine:
      return 0.5 * (1 - std::cos(std::numbers::pi * progress));
    case RampShape::one_minus_sqrt:
      return 1 - std::sqrt(1 - progress);
  }
  fail(ErrorKind::internal, "unknown shape of a ramp");
}

double fall(RampShape shape, double progress, double waves) {
  switch (shape) {
    case RampShape::linear:
      return 1 - progress;
    case RampShape::cosine:
      return falling_cosine(progress, waves);
    case RampShape::one_minus_sqrt:
      return 1 - std::sqrt(progress);
  }
  fail(ErrorKind::internal, "unknown shape of a ramp");
}

double raised(double factor, double lowest) {
  return std::max(0.0, factor * (1 - lowest) + lowest);
}

}  // namespace

Schedule::Schedule(const TrainingArguments& args, std::int64_t total_steps, bool greater_is_better)
    : args_(args),
      total_(static_cast<double>(total_steps)),
      warmup_(static_cast<double>(warmup_updates(args, total_steps))),
      greater_is_better_(greater_is_better) {}

double Schedule::learning_rate(std::int64_t step, double peak) const {
  // The polynomial ends at a rate, not at a share of the peak, so it is no factor. A group of a
  // layer-wise rate below lr_end stays where it is instead of rising.
  const auto t = static_cast<double>(step);
  if (args_.lr_scheduler_type == ScheduleName::polynomial && t >= warmup_) {
    const double remaining = 1 - (t - warmup_) / std::max(1.0, total_ - warmup_);
    const double decay = std::pow(std::max(0.0, remaining), args_.lr_power);
    return std::max(0.0, peak - args_.lr_end) * decay + std::min(peak, args_.lr_end);
  }
  const double rate = peak * factor(t);
  if (plateau_factor_ == 1) return rate;
  // ReduceLROnPlateau's min_lr; a group whose rate is below it is not raised.
  return std::max(rate * plateau_factor_, std::min(rate, args_.lr_plateau_min));
}

double Schedule::factor(double t) const {
  const auto type = args_.lr_scheduler_type;
  // These rise and fall by their own formulas, and warm-up is only the length of the rise.
  if (type == ScheduleName::slanted_triangular) return slanted_triangular(t);
  if (type == ScheduleName::one_cycle) return one_cycle(t);
  if (type == ScheduleName::tri_stage) return tri_stage(t);
  if (type == ScheduleName::warmup_stable_decay) return warmup_stable_decay(t);
  if (type == ScheduleName::cosine_warmup_with_min_lr && t < warmup_) {
    // From a share of the peak that is no 0, one update ahead of the other schedules.
    const double first = args_.lr_warmup_rate.value_or(0);
    return args_.lr_warmup_rate ? first + (1 - first) * t / std::max(1.0, warmup_ - 1)
                                : (t + 1) / std::max(1.0, warmup_);
  }
  if (t < warmup_) return t / std::max(1.0, warmup_);
  // The lambdas of transformers' optimization.py, in double as there: goldens agree to nine digits.
  const double after = std::max(1.0, total_ - warmup_);
  switch (type) {
    case ScheduleName::linear:
      return std::max(0.0, (total_ - t) / after);
    case ScheduleName::cosine:
    case ScheduleName::cosine_with_restarts:
    case ScheduleName::cosine_with_min_lr:
    case ScheduleName::cosine_warmup_with_min_lr:
      return cosine(t);
    // Shifted so that the rate is at its peak when warm-up ends.
    case ScheduleName::inverse_sqrt: {
      const double fallback = warmup_ > 0 ? warmup_ : 10000;
      const double scale = args_.lr_timescale ? static_cast<double>(*args_.lr_timescale) : fallback;
      return 1 / std::sqrt(std::max(1.0, t + scale - warmup_) / scale);
    }
    default:
      return 1;
  }
}

double Schedule::lowest_share() const {
  if (args_.lr_min_rate) return *args_.lr_min_rate;
  const bool has_peak = args_.lr_min && args_.learning_rate > 0;
  return has_peak ? *args_.lr_min / args_.learning_rate : 0;
}

/// Behind the warm-up.
double Schedule::cosine(double t) const {
  const double after = std::max(1.0, total_ - warmup_), waves = wave_count(args_);
  const double progress = (t - warmup_) / after;
  switch (args_.lr_scheduler_type) {
    case ScheduleName::cosine_with_restarts:
      if (progress >= 1) return 0;
      return std::max(0.0, falling_cosine(std::fmod(waves * progress, 1.0), 0.5));
    case ScheduleName::cosine_with_min_lr:
      return raised(falling_cosine(progress, waves), lowest_share());
    case ScheduleName::cosine_warmup_with_min_lr:
      return raised(falling_cosine((t - warmup_ + 1) / after, waves), lowest_share());
    default:
      return std::max(0.0, falling_cosine(progress, waves));
  }
}

double Schedule::warmup_stable_decay(double t) const {
  const auto decay = static_cast<double>(args_.lr_decay_steps.value_or(1));
  const double left = total_ - warmup_ - decay;
  const double stable = args_.lr_stable_steps ? static_cast<double>(*args_.lr_stable_steps) : left;
  if (t < warmup_) {
    const double progress = t / std::max(1.0, warmup_);
    return raised(rise(args_.lr_warmup_type.value_or(RampShape::linear), progress), lowest_share());
  }
  if (t < warmup_ + stable) return 1;
  if (t >= warmup_ + stable + decay) return lowest_share();
  const double progress = (t - warmup_ - stable) / std::max(1.0, decay);
  return raised(fall(args_.lr_decay_type.value_or(RampShape::cosine), progress, wave_count(args_)),
                lowest_share());
}

double Schedule::slanted_triangular(double t) const {
  // Howard and Ruder 2018, equation 3, with t from 0.
  const double cut = warmup_ > 0 ? warmup_ : std::floor(total_ * args_.lr_cut_frac);
  const double falling = std::max(1.0, total_ - cut);  // the paper's cut * (1 / cut_frac - 1)
  const double p = t < cut ? t / cut : std::max(0.0, 1 - (t - cut) / falling);
  return (1 + p * (args_.lr_ratio - 1)) / args_.lr_ratio;
}

double Schedule::tri_stage(double t) const {
  // fairseq cuts its shares off to whole updates, and so are the two that are none of ours: the
  // fall has the rest, so that it comes to its end with the run.
  const double rising = warmup_ > 0 ? warmup_ : std::floor(total_ * kTriStageRise);
  const double holding = args_.lr_stable_steps
                             ? static_cast<double>(*args_.lr_stable_steps)
                             : std::floor(total_ * args_.lr_hold_ratio.value_or(kTriStageHold));
  const double top_ends = rising + holding;
  const double falling = std::max(
      1.0, args_.lr_decay_steps ? static_cast<double>(*args_.lr_decay_steps) : total_ - top_ends);
  const double first = args_.lr_warmup_rate.value_or(0.01), last = args_.lr_min_rate.value_or(0.05);
  if (t < rising) return first + (1 - first) * t / rising;
  if (t < top_ends) return 1;
  return std::pow(last, std::min(1.0, (t - top_ends) / falling));
}

double Schedule::one_cycle(double t) const {
  // torch's OneCycleLR with anneal_strategy "cos" and two phases; like it, the phases end one
  // update before their share, so that the last update has the lowest rate.
  const double share = warmup_ > 0 ? warmup_ / std::max(1.0, total_) : args_.lr_pct_start;
  const double top = share * total_ - 1, end = total_ - 1;
  const double first = 1 / args_.lr_div_factor, last = first / args_.lr_final_div_factor;
  const auto anneal = [](double from, double to, double position) {
    return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * std::clamp(position, 0.0, 1.0)));
  };
  if (t <= top && top > 0) return anneal(first, 1, t / top);
  const double from = std::max(top, 0.0);  // a run of one update has only the peak
  return anneal(1, last, end > from ? (t - from) / (end - from) : 0);
}

void Schedule::observe(double metric) {
  if (args_.lr_scheduler_type != ScheduleName::reduce_lr_on_plateau) return;
  const double sign = greater_is_better_ ? 1 : -1;
  // ReduceLROnPlateau with threshold_mode "rel" and no cooldown.
  const double needed = best_ * (1 + sign * args_.lr_plateau_threshold);
  const bool is_better = !has_best_ || (greater_is_better_ ? metric > needed : metric < needed);
  if (is_better && !std::isnan(metric)) {
    has_best_ = true;
    best_ = metric;
    bad_evaluations_ = 0;
    // More than, not as many as: torch's patience is the number of bad evaluations that are
    // ignored.
  } else if (++bad_evaluations_ > args_.lr_plateau_patience) {
    plateau_factor_ *= args_.lr_plateau_factor;
    bad_evaluations_ = 0;
  }
}

Json Schedule::state() const {
  return Json{{"plateau_factor", plateau_factor_},
              {"bad_evaluations", bad_evaluations_},
              {"best", has_best_ ? Json(best_) : Json(nullptr)}};
}

void Schedule::load_state(const Json& state) {
  plateau_factor_ = state.at("plateau_factor").get<double>();
  bad_evaluations_ = state.at("bad_evaluations").get<std::int64_t>();
  has_best_ = !state.at("best").is_null();
  if (has_best_) best_ = state.at("best").get<double>();
}

}  // namespace attune
