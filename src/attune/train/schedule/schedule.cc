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
  // These two rise and fall by their own formulas, and warm-up is only the length of the rise.
  if (type == ScheduleName::slanted_triangular) return slanted_triangular(t);
  if (type == ScheduleName::one_cycle) return one_cycle(t);
  if (t < warmup_) return t / std::max(1.0, warmup_);
  // The lambdas of transformers' optimization.py, in double as there: goldens agree to nine digits.
  const double after = std::max(1.0, total_ - warmup_);
  switch (type) {
    case ScheduleName::linear:
      return std::max(0.0, (total_ - t) / after);
    case ScheduleName::cosine: {
      const double angle = std::numbers::pi * args_.lr_num_cycles * 2 * (t - warmup_) / after;
      return std::max(0.0, 0.5 * (1 + std::cos(angle)));
    }
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

double Schedule::slanted_triangular(double t) const {
  // Howard and Ruder 2018, equation 3, with t from 0.
  const double cut = warmup_ > 0 ? warmup_ : std::floor(total_ * args_.lr_cut_frac);
  const double falling = std::max(1.0, total_ - cut);  // the paper's cut * (1 / cut_frac - 1)
  const double p = t < cut ? t / cut : std::max(0.0, 1 - (t - cut) / falling);
  return (1 + p * (args_.lr_ratio - 1)) / args_.lr_ratio;
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
