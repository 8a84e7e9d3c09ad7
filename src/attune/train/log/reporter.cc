#include "attune/train/log/reporter.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/progress.h"

namespace attune {
namespace {

double seconds_since(Reporter::Clock::time_point start) {
  return std::chrono::duration<double>(Reporter::Clock::now() - start).count();
}

}  // namespace

double Reporter::Meter::samples_per_second() const {
  // The clock may not have moved since the start, and JSON has no infinity.
  return static_cast<double>(samples) / std::max(seconds_since(start), 1e-9);
}

void Reporter::begin(const TrainerState& state) {
  const fs::path folder = args_.output_dir;
  if (observer_ != nullptr && !folder.empty()) observer_->on_begin(folder);
  const fs::path events = folder.empty() ? fs::path() : folder / "runs";
  log_ = std::make_unique<RunLog>(folder.empty() ? fs::path() : folder / "log.jsonl",
                                  args_.logging_dir ? fs::path(*args_.logging_dir) : events,
                                  state.log_history, state.global_step);
  start_ = Clock::now();
  since_log_ = since_epoch_ = Meter();
}

void Reporter::count_samples(std::int64_t samples) {
  since_log_.samples += samples;
  since_epoch_.samples += samples;
}

void Reporter::show_progress(const TrainerState& state, double loss, bool finished) const {
  if (args_.disable_tqdm) return;
  const std::string detail =
      fmt::format("loss {:.4f}, {:.1f} samples/s", loss, since_log_.samples_per_second());
  report_progress({.activity = "train",
                   .done = state.global_step,
                   .total = total_updates_,
                   .unit = "steps",
                   .detail = detail,
                   .finished = finished});
}

void Reporter::log(Json entry, TrainerState& state) {
  entry["epoch"] = state.epoch;
  entry["step"] = state.global_step;
  // On disk before anybody is told: what a user has seen survives a kill.
  log_->append(entry);
  if (observer_ != nullptr) observer_->on_log(entry);
  state.log_history.push_back(std::move(entry));
}

void Reporter::log_updates(const UpdateResult& update, double learning_rate, TrainerState& state) {
  Json entry;
  entry["loss"] = state.loss_since_log.value();
  for (const auto& [name, mean] : state.parts_since_log) entry["loss_" + name] = mean.value();
  entry["grad_norm"] = update.grad_norm;
  entry["learning_rate"] = learning_rate;
  entry["samples_per_second"] = since_log_.samples_per_second();
  log(std::move(entry), state);
  state.loss_since_log = {};
  state.parts_since_log.clear();
  since_log_ = Meter();
}

void Reporter::log_evaluation(const Metrics& metrics, Clock::time_point begin,
                              TrainerState& state) {
  Json entry;
  epoch_metrics_.clear();
  for (const auto& [name, value] : metrics) {
    entry["eval_" + name] = value;
    epoch_metrics_.emplace_back("eval_" + name, value);
  }
  entry["eval_runtime"] = seconds_since(begin);
  log(std::move(entry), state);
  if (observer_ != nullptr) observer_->on_evaluate(state.log_history.back());
  // Evaluating is no training: the rate of samples leaves it out.
  since_log_.start += Clock::now() - begin;
}

void Reporter::tell_saved(const fs::path& checkpoint) const {
  if (observer_ != nullptr) observer_->on_save(checkpoint);
}

void Reporter::end_epoch(const TrainerState& state, double learning_rate) {
  const EpochSummary summary{.epoch = state.sampler_epoch + 1,
                             .train_loss = state.loss_of_epoch.value(),
                             .learning_rate = learning_rate,
                             .metrics = std::move(epoch_metrics_),
                             .seconds = seconds_since(since_epoch_.start),
                             .samples_per_second = since_epoch_.samples_per_second()};
  epoch_metrics_.clear();
  since_epoch_ = Meter();
  if (observer_ != nullptr) observer_->on_epoch_end(summary);
}

double Reporter::seconds() const {
  return seconds_since(start_);
}

}  // namespace attune
