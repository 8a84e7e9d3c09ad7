#include "attune/train/loop.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include "attune/base/disk/folder_lock.h"
#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/system.h"
#include "attune/base/text/strings.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/nn/device.h"
#include "attune/train/checkpoint/best_model.h"
#include "attune/train/checkpoint/output_folder.h"
#include "attune/train/checkpoint/run_checkpoints.h"
#include "attune/train/device.h"
#include "attune/train/log/reporter.h"
#include "attune/train/precision.h"
#include "attune/train/schedule/schedule.h"
#include "attune/train/schedule/timeline.h"
#include "attune/train/settings.h"
#include "attune/train/update.h"
#include "attune/train/weight_average.h"

namespace attune {
namespace {

constexpr std::int64_t kBatchesAhead = 2;  // that a step is told of before it has to compute them

/// Before the optimizer and the average of weights take hold of the model's tensors.
at::Device place(nn::Module& model, at::Device device) {
  if (device_of(model) != device) model.to(device);
  return device;
}

}  // namespace

/// One run of the loop, from its first (or resumed) update to its end.
class TrainingLoop::Run {
 public:
  explicit Run(TrainingSetup& setup);
  TrainResult execute();

 private:
  // In the order of a run.
  void train_epoch();
  void update(const EpochBatches& batches);
  void announce(const EpochBatches& batches, std::int64_t until);
  void after_update(bool epoch_ends);
  void evaluate_and_save(bool epoch_ends);
  void evaluate_what_is_due();
  bool must_log(bool epoch_ends) const;
  bool evaluate();  ///< whether the model is the best so far
  double deciding_value(const MetricValues& metrics) const;
  void save();
  void end_epoch();
  bool is_done() const;
  TrainResult finish();

  StepContext context_of(std::int64_t batch) const;
  void apply_plan(std::int64_t first_trained_group);
  void restore_modes() { setup_.plan.apply(setup_.step.model(), first_trained_group_); }
  double total_seconds() const { return state_.seconds + reporter_.seconds(); }

  TrainingSetup& setup_;
  const TrainingArguments& args_;
  at::Device device_;
  MetricInfo best_metric_;
  Timeline timeline_;
  Schedule schedule_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<WeightAverage> average_;
  RunCheckpoints checkpoints_;
  Reporter reporter_;
  std::vector<std::int64_t> lengths_;
  UpdateSettings update_settings_;
  Cadence logs_, evaluations_, saves_;

  TrainerState state_;
  std::int64_t first_trained_group_ = -1;
  std::optional<std::int64_t> evaluated_step_;
  bool is_stopped_ = false;  ///< by a signal, in the middle of something
  std::int64_t updates_in_epoch_ = 1;
  std::int64_t announced_ = 0;  ///< batches of the epoch, from its start
  UpdateResult last_update_;
  double last_learning_rate_ = 0;
};

TrainingLoop::Run::Run(TrainingSetup& setup)
    : setup_(setup),
      args_(setup.args),
      device_(place(setup.step.model(), choose_device(args_))),
      best_metric_(best_metric(args_, setup.metrics)),
      timeline_(setup.sampler, args_),
      schedule_(args_, timeline_.total_updates(), best_metric_.greater_is_better),
      optimizer_(make_optimizer(args_, setup.plan.parameter_groups())),
      average_(args_.ema_decay
                   ? std::make_unique<WeightAverage>(setup.step.model(), *args_.ema_decay)
                   : nullptr),
      checkpoints_(args_, setup.settings,
                   {.step = setup.step,
                    .model = setup.folder,
                    .optimizer = *optimizer_,
                    .average = average_.get()},
                   schedule_),
      reporter_(args_, setup.observer, timeline_.total_updates()),
      lengths_(setup.step.example_lengths()),
      update_settings_{.seed = static_cast<std::uint64_t>(args_.seed),
                       .max_grad_norm = args_.max_grad_norm,
                       .bf16 = uses_bf16(args_)},
      logs_(args_.logging_strategy, args_.logging_steps, timeline_.total_updates()),
      evaluations_(args_.eval_strategy, args_.eval_steps.value_or(args_.logging_steps),
                   timeline_.total_updates()),
      saves_(cadence_of(args_.save_strategy), args_.save_steps, timeline_.total_updates()) {
  check_best_model_exists(args_, timeline_.total_updates());
  // A position is an epoch and the number of a batch: it means the same examples only for a sampler
  // that sees the same lengths. So they belong to what a resumed run must share.
  setup_.settings["examples"] = lengths_fingerprint(lengths_);
  state_.max_steps = timeline_.total_updates();
  state_.num_train_epochs = args_.num_train_epochs;
  state_.threads = at::get_num_threads();
  state_.processor = processor_name();
}

TrainResult TrainingLoop::Run::execute() {
  std::shared_ptr<FolderLock> lock;
  if (!args_.output_dir.empty()) lock = FolderLock::take(args_.output_dir);
  const std::optional<fs::path> checkpoint = prepare_output_folder(args_);
  if (checkpoint) state_ = checkpoints_.resume(*checkpoint, timeline_.total_updates());
  reporter_.begin(state_);
  try {
    if (state_.evaluation_is_due) evaluate_what_is_due();
    // A signal that came before the first update is treated as any other: finish() leaves a
    // checkpoint.
    while (!is_done() && requested_signal.load() == 0) train_epoch();
  } catch (const Stopped&) {
    // In the middle of an update, which then has changed nothing, or of the evaluation after one,
    // which the state says: a checkpoint can be made of either.
    is_stopped_ = true;
  }
  return finish();
}

bool TrainingLoop::Run::is_done() const {
  return state_.stopped_early || state_.global_step >= timeline_.total_updates();
}

void TrainingLoop::Run::train_epoch() {
  const EpochBatches batches = setup_.sampler.epoch_batches(state_.sampler_epoch);
  updates_in_epoch_ = timeline_.updates_in_epoch(state_.sampler_epoch);
  // end_epoch() moves on with the last batch, so a saved position always names one that exists,
  // unless the file was changed.
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

/// Of the update that a batch of this epoch, not yet trained on, belongs to.
StepContext TrainingLoop::Run::context_of(std::int64_t batch) const {
  // The loop stands between two updates here, so whole accumulated batches lie ahead. The group is
  // asked for the update that the batch will be part of: with gradual unfreezing (Howard and Ruder
  // 2018, section 3.3) it may be lower than today's, and features made for the wrong one are of no
  // use.
  const std::int64_t ahead = batch - state_.sampler_batch;
  const std::int64_t step = state_.global_step + ahead / args_.gradient_accumulation_steps;
  const std::int64_t head_only = setup_.plan.head_only_steps();
  return {.seed = update_settings_.seed,
          .epoch = state_.sampler_epoch,
          .global_step = step,
          .micro_step = ahead % args_.gradient_accumulation_steps,
          .first_trained_group = setup_.plan.first_trained_group(state_.sampler_epoch, step),
          .examples_recur = step >= head_only || head_only > timeline_.updates_in_epoch(0),
          .device = device_};
}

void TrainingLoop::Run::apply_plan(std::int64_t first_trained_group) {
  if (first_trained_group == first_trained_group_) return;
  first_trained_group_ = first_trained_group;
  restore_modes();
}

/// Tells the step of the epoch's batches before `until` that it has not been told of.
void TrainingLoop::Run::announce(const EpochBatches& batches, std::int64_t until) {
  // A resumed run begins in the middle of an epoch: what lies before is never asked for.
  announced_ = std::max(announced_, state_.sampler_batch);
  for (until = std::min(until, batches.size()); announced_ < until; ++announced_) {
    setup_.step.announce(batches[announced_], context_of(announced_));
  }
}

void TrainingLoop::Run::update(const EpochBatches& batches) {
  const std::int64_t first = state_.sampler_batch;
  const StepContext context = context_of(first);
  apply_plan(context.first_trained_group);
  const std::int64_t last = std::min(first + args_.gradient_accumulation_steps, batches.size());
  std::vector<double> learning_rates;
  for (const ParameterGroup& group : optimizer_->groups()) {
    learning_rates.push_back(schedule_.learning_rate(state_.global_step, group.learning_rate));
  }
  // One rate is logged, that of the first group, as by transformers (`_get_learning_rate` of
  // trainer_pt_utils.py). Groups go from head to input, so it is the topmost's.
  last_learning_rate_ = learning_rates.front();
  announce(batches, last + kBatchesAhead);
  last_update_ = run_update(setup_.step, *optimizer_, batches, first, last, context, learning_rates,
                            update_settings_);
  if (average_) average_->update();
  state_.add_losses(last_update_.loss, last_update_.parts);
  for (std::int64_t b = first; b < last; ++b) {
    for (const std::int64_t example : batches[b]) {
      state_.lengths += lengths_[static_cast<std::size_t>(example)];
    }
  }
  state_.samples += last_update_.samples;
  reporter_.count_samples(last_update_.samples);
  // Last of all: after an update that throws, the position is still that of the weights.
  state_.sampler_batch = last;
  ++state_.global_step;
}

/// Everything that follows an update is done before a checkpoint or a signal is looked at, so a
/// checkpoint always stands between two updates and nothing is done twice after resuming.
void TrainingLoop::Run::after_update(bool epoch_ends) {
  // In updates, not batches: the last update of an epoch may have fewer of them, and ends it as
  // well.
  const double in_epoch = std::ceil(static_cast<double>(state_.sampler_batch) /
                                    static_cast<double>(args_.gradient_accumulation_steps));
  state_.epoch =
      static_cast<double>(state_.sampler_epoch) + in_epoch / static_cast<double>(updates_in_epoch_);
  reporter_.show_progress(state_, last_update_.loss, false);
  if (must_log(epoch_ends)) reporter_.log_updates(last_update_, last_learning_rate_, state_);
  // Log, evaluate, save, as transformers' `_maybe_log_save_evaluate`: a checkpoint then knows
  // whether it is the best, and holds its own log entries. The epoch ends before it is written, so
  // that the position in it is the next batch's.
  evaluate_and_save(epoch_ends);
}

void TrainingLoop::Run::evaluate_and_save(bool epoch_ends) {
  const std::int64_t step = state_.global_step;
  // The run may end within an epoch (max_steps): as there, its end is the epoch's.
  const bool is_over = epoch_ends || step >= timeline_.total_updates();
  // Until it has come to its end: a checkpoint made meanwhile says so.
  state_.evaluation_is_due = evaluations_.is_due(step, is_over);
  const bool is_best = state_.evaluation_is_due && evaluate();
  state_.evaluation_is_due = false;
  const bool saves_best = args_.load_best_model_at_end || args_.save_strategy == SaveStrategy::best;
  const bool is_last = is_done() && cadence_of(args_.save_strategy) != IntervalStrategy::no;
  const bool must_save = saves_.is_due(step, epoch_ends) || is_last || (is_best && saves_best);
  if (epoch_ends) end_epoch();
  if (must_save) save();
}

/// What a run that was stopped during an evaluation has still to do of its last update.
void TrainingLoop::Run::evaluate_what_is_due() {
  const std::int64_t epoch = state_.sampler_epoch;
  updates_in_epoch_ = timeline_.updates_in_epoch(epoch);
  apply_plan(setup_.plan.first_trained_group(epoch, state_.global_step - 1));
  last_learning_rate_ =
      schedule_.learning_rate(state_.global_step - 1, optimizer_->groups().front().learning_rate);
  evaluate_and_save(state_.sampler_batch >= setup_.sampler.epoch_batches(epoch).size());
}

bool TrainingLoop::Run::must_log(bool epoch_ends) const {
  const bool is_first = state_.global_step == 1 && args_.logging_first_step;
  const bool is_last = is_done() && args_.logging_strategy != IntervalStrategy::no;
  return is_first || is_last || logs_.is_due(state_.global_step, epoch_ends);
}

bool TrainingLoop::Run::evaluate() {
  const auto begin = Reporter::Clock::now();
  MetricValues metrics;
  {
    const at::NoGradGuard no_grad;
    // The averaged weights are back out of the model when this scope ends: training goes on from
    // its own, and a checkpoint holds both.
    const AveragedWeights averaged(average_.get());
    metrics = setup_.evaluate({.seed = update_settings_.seed,
                               .epoch = state_.sampler_epoch,
                               .global_step = state_.global_step,
                               .first_trained_group = first_trained_group_,
                               .device = device_});
  }
  restore_modes();
  evaluated_step_ = state_.global_step;
  reporter_.log_evaluation(metrics.values, begin, state_);
  const double metric = deciding_value(metrics);
  schedule_.observe(metric);
  return note_metric(args_, best_metric_.greater_is_better, metric, state_);
}

/// NaN where this evaluation leaves the metric undefined: the run goes on, and nothing that goes by
/// the metric takes it for an improvement.
double TrainingLoop::Run::deciding_value(const MetricValues& metrics) const {
  if (const std::optional<double> value = metrics.find(best_metric_.name)) return *value;
  if (metric_decides(args_)) {
    const auto told = std::ranges::find_if(
        metrics.undefined, [&](const auto& item) { return item.first == best_metric_.name; });
    log_warning("step {}: {}, which metric_for_best_model goes by, is undefined{}: {}",
                state_.global_step, best_metric_.name,
                told == metrics.undefined.end() ? "" : " (" + told->second + ")",
                "this evaluation counts as no improvement");
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void TrainingLoop::Run::end_epoch() {
  reporter_.end_epoch(state_, last_learning_rate_);
  ++state_.sampler_epoch;
  state_.sampler_batch = 0;
  state_.loss_of_epoch = {};
  announced_ = 0;
}

void TrainingLoop::Run::save() {
  const StopShield finish_it;
  reporter_.tell_saved(checkpoints_.save(state_, total_seconds()));
}

TrainResult TrainingLoop::Run::finish() {
  TrainResult result;
  if (!is_done() || is_stopped_) {
    result.signal = requested_signal.load();
    if (!args_.output_dir.empty() && !checkpoints_.is_saved(state_.global_step)) save();
  }
  reporter_.show_progress(state_, last_update_.loss, true);
  const double seconds = std::max(total_seconds(), 1e-9);
  result.global_step = state_.global_step;
  result.epoch = state_.epoch;
  result.train_loss = state_.loss_of_run.value();
  result.train_runtime = seconds;
  result.train_samples_per_second = static_cast<double>(state_.samples) / seconds;
  result.train_steps_per_second = static_cast<double>(state_.global_step) / seconds;
  result.length_unit = setup_.step.length_unit();
  result.train_lengths_per_second =
      static_cast<double>(state_.lengths) / setup_.step.lengths_per_unit() / seconds;
  result.peak_rss_bytes = peak_rss_bytes();
  result.best_metric = state_.best_metric;
  result.best_step = state_.best_step;
  result.stopped_early = state_.stopped_early;
  result.evaluated_step = evaluated_step_;
  result.first_trained_group = std::max<std::int64_t>(first_trained_group_, 0);
  // After a signal no best model is loaded and no last entry written, so that the log of the run
  // that resumes is that of one that was never stopped.
  if (result.signal == 0) {
    result.loaded_best_model = checkpoints_.load_best(state_);
    if (!result.loaded_best_model && average_) average_->swap();
    reporter_.log(result.log_entry(), state_);
  }
  if (!args_.output_dir.empty()) {
    const StopShield finish_it;
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
  if (needs_output_folder(setup_.args) && setup_.args.output_dir.empty()) {
    problems.push_back(
        "output_dir is empty; without it set save_strategy to no, and neither "
        "load_best_model_at_end nor resume_from_checkpoint");
  }
  check(problems.empty(), ErrorKind::user, "{}", join(problems, "\n"));
  best_metric(setup_.args, setup_.metrics);  // a name that is wrong is told before anything else
}

TrainingLoop::~TrainingLoop() = default;

TrainResult TrainingLoop::run() {
  // Before anything computes: the last bits of sums that ATen cuts up depend on the number.
  use_threads(setup_.args.threads);
  // Told here, once a run: uses_bf16() itself is asked several times.
  if (uses_bf16(setup_.args)) warn_of_slow_bf16();
  return Run(setup_).execute();
}

}  // namespace attune
