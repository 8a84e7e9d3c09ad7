#include "attune/train/loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <ATen/Parallel.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/progress.h"
#include "attune/base/strings.h"
#include "attune/base/system.h"
#include "attune/kernels/linear.h"
#include "attune/train/best_model.h"
#include "attune/train/checkpoint.h"
#include "attune/train/output_folder.h"
#include "attune/train/precision.h"
#include "attune/train/run_log.h"
#include "attune/train/schedule.h"
#include "attune/train/settings.h"
#include "attune/train/signals.h"
#include "attune/train/timeline.h"
#include "attune/train/update.h"
#include "attune/train/weight_average.h"

namespace attune {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kBatchesAhead = 2;  // that a step is told of before it has to compute them

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Work done since some instant, to tell rates.
struct Meter {
  Clock::time_point start = Clock::now();
  std::int64_t samples = 0;
  double samples_per_second() const {
    return static_cast<double>(samples) / std::max(seconds_since(start), 1e-9);
  }
};

bool is_due(IntervalStrategy strategy, std::int64_t interval, std::int64_t step, bool epoch_ends) {
  if (strategy == IntervalStrategy::steps) return step % interval == 0;
  return strategy == IntervalStrategy::epoch && epoch_ends;
}

}  // namespace

/// One run of the loop, from its first (or resumed) update to its end.
class TrainingLoop::Run {
 public:
  explicit Run(TrainingSetup& setup);
  TrainResult execute();

 private:
  // In the order of a run.
  void resume(const fs::path& checkpoint);
  void train_epoch();
  void update(const EpochBatches& batches);
  void announce(const EpochBatches& batches, std::int64_t until);
  void after_update(bool epoch_ends);
  void log(bool epoch_ends);
  bool evaluate();  ///< whether the model is the best so far
  void save();
  void end_epoch();
  bool is_done() const;
  TrainResult finish();

  void apply_plan();
  void restore_modes() { setup_.plan.apply(setup_.step.model(), first_trained_group_); }
  void append_log(Json entry);
  void show_progress(bool finished);
  fs::path checkpoint_path(std::int64_t step) const;
  WeightAverage* average() { return average_ ? &*average_ : nullptr; }
  double total_seconds() const { return state_.seconds + seconds_since(start_); }

  TrainingSetup& setup_;
  const TrainingArguments& args_;
  Timeline timeline_;
  Schedule schedule_;
  std::unique_ptr<Optimizer> optimizer_;
  std::optional<WeightAverage> average_;
  std::vector<std::int64_t> lengths_;
  std::unique_ptr<RunLog> log_;
  UpdateSettings update_settings_;
  std::int64_t log_interval_, eval_interval_, save_interval_;

  TrainerState state_;
  std::int64_t first_trained_group_ = -1;
  std::int64_t updates_in_epoch_ = 1;
  std::int64_t saved_step_ = -1;
  std::int64_t announced_ = 0;  ///< batches of the epoch, from its start
  UpdateResult last_update_;
  double last_learning_rate_ = 0;
  Metrics epoch_metrics_;
  Clock::time_point start_ = Clock::now();
  Meter since_log_, since_epoch_;
};

TrainingLoop::Run::Run(TrainingSetup& setup)
    : setup_(setup),
      args_(setup.args),
      timeline_(setup.sampler, args_),
      schedule_(args_, timeline_.total_updates(), best_metric_is_greater(args_)),
      optimizer_(make_optimizer(args_, setup.plan.parameter_groups())),
      lengths_(setup.step.example_lengths()),
      update_settings_{.seed = static_cast<std::uint64_t>(args_.seed),
                       .max_grad_norm = args_.max_grad_norm,
                       .bf16 = uses_bf16(args_)} {
  const std::int64_t total = timeline_.total_updates();
  log_interval_ = resolve_interval(args_.logging_steps, total);
  eval_interval_ = resolve_interval(args_.eval_steps.value_or(args_.logging_steps), total);
  save_interval_ = resolve_interval(args_.save_steps, total);
  setup_.settings["examples"] = lengths_fingerprint(lengths_);
  if (args_.ema_decay) average_.emplace(setup.step.model(), *args_.ema_decay);
  state_.max_steps = total;
  state_.num_train_epochs = args_.num_train_epochs;
  state_.threads = at::get_num_threads();
}

TrainResult TrainingLoop::Run::execute() {
  const std::optional<fs::path> checkpoint = prepare_output_folder(args_);
  if (checkpoint) resume(*checkpoint);
  const fs::path folder = args_.output_dir;
  if (setup_.observer != nullptr && !folder.empty()) setup_.observer->on_begin(folder);
  const fs::path events = folder.empty() ? fs::path() : folder / "runs";
  log_ = std::make_unique<RunLog>(folder.empty() ? fs::path() : folder / "log.jsonl",
                                  args_.logging_dir ? fs::path(*args_.logging_dir) : events,
                                  state_.log_history, state_.global_step);
  start_ = Clock::now();
  since_log_ = since_epoch_ = Meter();
  while (!is_done() && requested_signal.load() == 0) train_epoch();
  return finish();
}

void TrainingLoop::Run::resume(const fs::path& checkpoint) {
  state_ = load_checkpoint(checkpoint, setup_.step, *optimizer_, average(), setup_.settings);
  schedule_.load_state(state_.schedule);
  saved_step_ = state_.global_step;
  if (state_.threads != at::get_num_threads()) {
    log_warning("{} was made with {} threads, this run has {}: the last bits of results may differ",
                checkpoint.string(), state_.threads, at::get_num_threads());
    state_.threads = at::get_num_threads();
  }
  const fs::path best = fs::path(args_.output_dir) / state_.best_checkpoint;
  check(!args_.load_best_model_at_end || state_.best_checkpoint.empty() || fs::exists(best),
        ErrorKind::data,
        "{} is missing: it is the best model so far, which load_best_model_at_end needs",
        best.string());
  log_info("resuming from {}: {} of {} updates are done", checkpoint.string(), state_.global_step,
           state_.max_steps);
}

bool TrainingLoop::Run::is_done() const {
  return state_.stopped_early || state_.global_step >= timeline_.total_updates();
}

void TrainingLoop::Run::train_epoch() {
  const EpochBatches batches = setup_.sampler.epoch_batches(state_.sampler_epoch);
  updates_in_epoch_ = timeline_.updates_in_epoch(state_.sampler_epoch);
  check(state_.sampler_batch < batches.size(), ErrorKind::data,
        "epoch {} has {} batches, the run is at number {}", state_.sampler_epoch + 1,
        batches.size(), state_.sampler_batch);
  const std::int64_t epoch = state_.sampler_epoch;
  while (state_.sampler_epoch == epoch && !is_done() && requested_signal.load() == 0) {
    update(batches);
    const bool epoch_ends = state_.sampler_batch >= batches.size();
    after_update(epoch_ends);
  }
}

void TrainingLoop::Run::apply_plan() {
  const std::int64_t first =
      setup_.plan.first_trained_group(state_.sampler_epoch, state_.global_step);
  if (first == first_trained_group_) return;
  first_trained_group_ = first;
  restore_modes();
}

/// Tells the step of the epoch's batches before `until` that it has not been told of.
void TrainingLoop::Run::announce(const EpochBatches& batches, std::int64_t until) {
  announced_ = std::max(announced_, state_.sampler_batch);
  for (until = std::min(until, batches.size()); announced_ < until; ++announced_) {
    setup_.step.announce(batches[announced_], state_.sampler_epoch);
  }
}

void TrainingLoop::Run::update(const EpochBatches& batches) {
  apply_plan();
  const std::int64_t first = state_.sampler_batch;
  const std::int64_t last = std::min(first + args_.gradient_accumulation_steps, batches.size());
  std::vector<double> learning_rates;
  for (const ParameterGroup& group : optimizer_->groups()) {
    learning_rates.push_back(schedule_.learning_rate(state_.global_step, group.learning_rate));
  }
  last_learning_rate_ = learning_rates.front();
  const StepContext context{.seed = update_settings_.seed,
                            .epoch = state_.sampler_epoch,
                            .global_step = state_.global_step,
                            .first_trained_group = first_trained_group_};
  announce(batches, last + kBatchesAhead);
  last_update_ = run_update(setup_.step, *optimizer_, batches, first, last, context, learning_rates,
                            update_settings_);
  if (average_) average_->update();
  state_.loss_since_log.add(last_update_.loss);
  state_.loss_of_epoch.add(last_update_.loss);
  state_.loss_of_run.add(last_update_.loss);
  for (std::int64_t b = first; b < last; ++b) {
    for (const std::int64_t example : batches[b]) {
      state_.tokens += lengths_[static_cast<std::size_t>(example)];
    }
  }
  state_.samples += last_update_.samples;
  since_log_.samples += last_update_.samples;
  since_epoch_.samples += last_update_.samples;
  state_.sampler_batch = last;
  ++state_.global_step;
}

/// Everything that follows an update is done before a checkpoint or a signal is looked at, so a
/// checkpoint always stands between two updates and nothing is done twice after resuming.
void TrainingLoop::Run::after_update(bool epoch_ends) {
  const std::int64_t step = state_.global_step;
  const double in_epoch = std::ceil(static_cast<double>(state_.sampler_batch) /
                                    static_cast<double>(args_.gradient_accumulation_steps));
  state_.epoch =
      static_cast<double>(state_.sampler_epoch) + in_epoch / static_cast<double>(updates_in_epoch_);
  show_progress(false);
  log(epoch_ends);
  const bool evaluates = is_due(args_.eval_strategy, eval_interval_, step, epoch_ends);
  const bool is_best = evaluates && evaluate();
  const bool is_last = is_done() && args_.save_strategy != IntervalStrategy::no;
  const bool must_save = is_due(args_.save_strategy, save_interval_, step, epoch_ends) || is_last ||
                         (is_best && args_.load_best_model_at_end);
  if (epoch_ends) end_epoch();
  if (must_save) save();
}

void TrainingLoop::Run::log(bool epoch_ends) {
  const std::int64_t step = state_.global_step;
  const bool is_first = step == 1 && args_.logging_first_step;
  const bool is_last = is_done() && args_.logging_strategy != IntervalStrategy::no;
  if (!is_first && !is_last && !is_due(args_.logging_strategy, log_interval_, step, epoch_ends)) {
    return;
  }
  Json entry;
  entry["loss"] = state_.loss_since_log.value();
  if (args_.max_grad_norm > 0) entry["grad_norm"] = last_update_.grad_norm;
  entry["learning_rate"] = last_learning_rate_;
  entry["samples_per_second"] = since_log_.samples_per_second();
  append_log(std::move(entry));
  state_.loss_since_log = {};
  since_log_ = Meter();
}

void TrainingLoop::Run::append_log(Json entry) {
  entry["epoch"] = state_.epoch;
  entry["step"] = state_.global_step;
  log_->append(entry);
  if (setup_.observer != nullptr) setup_.observer->on_log(entry);
  state_.log_history.push_back(std::move(entry));
}

bool TrainingLoop::Run::evaluate() {
  const Clock::time_point begin = Clock::now();
  Metrics metrics;
  {
    const at::NoGradGuard no_grad;
    const AveragedWeights averaged(average());
    metrics = setup_.evaluate();
  }
  restore_modes();
  Json entry;
  epoch_metrics_.clear();
  for (const auto& [name, value] : metrics) {
    entry["eval_" + name] = value;
    epoch_metrics_.emplace_back("eval_" + name, value);
  }
  entry["eval_runtime"] = seconds_since(begin);
  append_log(std::move(entry));
  if (setup_.observer != nullptr) setup_.observer->on_evaluate(state_.log_history.back());
  since_log_.start += Clock::now() - begin;  // rates are those of training
  const double metric = find_metric(metrics, best_metric_name(args_));
  schedule_.observe(metric);
  return note_metric(args_, metric, state_);
}

void TrainingLoop::Run::end_epoch() {
  const EpochSummary summary{.epoch = state_.sampler_epoch + 1,
                             .train_loss = state_.loss_of_epoch.value(),
                             .learning_rate = last_learning_rate_,
                             .metrics = std::move(epoch_metrics_),
                             .seconds = seconds_since(since_epoch_.start),
                             .samples_per_second = since_epoch_.samples_per_second()};
  epoch_metrics_.clear();
  ++state_.sampler_epoch;
  state_.sampler_batch = 0;
  announced_ = 0;
  state_.loss_of_epoch = {};
  since_epoch_ = Meter();
  if (setup_.observer != nullptr) setup_.observer->on_epoch_end(summary);
}

fs::path TrainingLoop::Run::checkpoint_path(std::int64_t step) const {
  return fs::path(args_.output_dir) / fmt::format("checkpoint-{}", step);
}

void TrainingLoop::Run::save() {
  const fs::path folder = checkpoint_path(state_.global_step);
  if (state_.best_metric && state_.best_step == state_.global_step) {
    state_.best_checkpoint = folder.filename().string();
  }
  TrainerState state = state_;
  state.seconds = total_seconds();
  state.schedule = schedule_.state();
  save_checkpoint(folder, setup_.step, *optimizer_, average(), state, setup_.settings);
  saved_step_ = state_.global_step;
  const bool only_best = args_.save_strategy == IntervalStrategy::no;
  if (args_.save_total_limit || only_best) {
    const std::int64_t limit = only_best ? 1 : *args_.save_total_limit;
    remove_old_checkpoints(args_.output_dir, limit, state_.best_checkpoint);
  }
  if (setup_.observer != nullptr) setup_.observer->on_save(folder);
}

void TrainingLoop::Run::show_progress(bool finished) {
  if (args_.disable_tqdm) return;
  const std::string detail = fmt::format("loss {:.4f}, {:.1f} samples/s", last_update_.loss,
                                         since_log_.samples_per_second());
  report_progress({.activity = "train",
                   .done = state_.global_step,
                   .total = timeline_.total_updates(),
                   .unit = "steps",
                   .detail = detail,
                   .finished = finished});
}

TrainResult TrainingLoop::Run::finish() {
  TrainResult result;
  if (!is_done()) {
    result.signal = requested_signal.load();
    if (!args_.output_dir.empty() && saved_step_ != state_.global_step) save();
  }
  show_progress(true);
  const double seconds = std::max(total_seconds(), 1e-9);
  result.global_step = state_.global_step;
  result.epoch = state_.epoch;
  result.train_loss = state_.loss_of_run.value();
  result.train_runtime = seconds;
  result.train_samples_per_second = static_cast<double>(state_.samples) / seconds;
  result.train_steps_per_second = static_cast<double>(state_.global_step) / seconds;
  result.train_tokens_per_second = static_cast<double>(state_.tokens) / seconds;
  result.peak_rss_bytes = peak_rss_bytes();
  result.best_metric = state_.best_metric;
  result.best_step = state_.best_step;
  result.stopped_early = state_.stopped_early;
  if (result.signal == 0) {
    if (args_.load_best_model_at_end && !state_.best_checkpoint.empty() &&
        state_.best_step != state_.global_step) {
      load_final_model(fs::path(args_.output_dir) / state_.best_checkpoint, setup_.step, average());
      result.loaded_best_model = true;
    } else if (average_) {
      average_->swap();
    }
    append_log({{"train_runtime", result.train_runtime},
                {"train_samples_per_second", result.train_samples_per_second},
                {"train_steps_per_second", result.train_steps_per_second},
                {"train_tokens_per_second", result.train_tokens_per_second},
                {"train_loss", result.train_loss},
                {"peak_rss_bytes", result.peak_rss_bytes}});
  }
  if (!args_.output_dir.empty()) {
    state_.seconds = seconds;
    state_.schedule = schedule_.state();
    write_file_atomically(fs::path(args_.output_dir) / "trainer_state.json",
                          dump_json(state_.to_json(args_.output_dir)));
  }
  result.log_history = state_.log_history;
  return result;
}

TrainingLoop::TrainingLoop(TrainingSetup setup) : setup_(std::move(setup)) {
  std::vector<std::string> problems = find_problems(setup_.args);
  if (setup_.args.eval_strategy != IntervalStrategy::no && !setup_.evaluate) {
    problems.push_back("eval_strategy is set, but there is nothing to evaluate on");
  }
  check(problems.empty(), ErrorKind::user, "{}", join(problems, "\n"));
}

TrainingLoop::~TrainingLoop() = default;

TrainResult TrainingLoop::run() {
  if (setup_.args.threads > 0) at::set_num_threads(static_cast<int>(setup_.args.threads));
  if (uses_bf16(setup_.args) && !bf16_is_faster()) {
    log_warning("precision bf16: this processor has no fast bfloat16 products, fp32 is faster");
  }
  return Run(setup_).execute();
}

}  // namespace attune
