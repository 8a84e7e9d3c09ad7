#include "attune/train/checkpoint/run_checkpoints.h"

#include <cstdlib>

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"

namespace attune {

std::string processor_name() {
  // MKL computes as its own variable says.
  const char* const mkl = std::getenv("MKL_CBWR");
  return at::get_cpu_capability() + (mkl == nullptr ? "" : std::string(", MKL_CBWR=") + mkl);
}

TrainerState RunCheckpoints::resume(const fs::path& checkpoint, std::int64_t total_updates) {
  TrainerState state = load_checkpoint(checkpoint, parts_, settings_, total_updates);
  schedule_.load_state(state.schedule);
  saved_step_ = state.global_step;
  // A machine with other cores must be able to go on, so this is a warning: ATen cuts some sums by
  // the number of threads.
  if (state.threads != at::get_num_threads()) {
    log_warning("{} was made with {} threads, this run has {}: the last bits of results may differ",
                checkpoint.string(), state.threads, at::get_num_threads());
    state.threads = at::get_num_threads();
  }
  if (const std::string now = processor_name(); state.processor != now) {
    if (!state.processor.empty()) {
      log_warning("{} was made with {} arithmetic, this run has {}: the last bits may differ",
                  checkpoint.string(), state.processor, now);
    }
    state.processor = now;
  }
  // Told now rather than at the end of the run, which would then have no model to give.
  const fs::path best = fs::path(args_.output_dir) / state.best_checkpoint;
  check(!args_.load_best_model_at_end || state.best_checkpoint.empty() || fs::exists(best),
        ErrorKind::data,
        "{} is missing: it is the best model so far, which load_best_model_at_end needs",
        best.string());
  if (total_updates > state.max_steps) {
    // As transformers has it. The rate is a function of the share of all updates that are done, so
    // what was trained so far had lower rates than a run of this length has from its start.
    log_warning(
        "{} was made by a run of {} updates, this one has {}: the learning rate follows the longer "
        "schedule from here on, and the result is not that of a run that was this long from its "
        "start{}",
        checkpoint.string(), state.max_steps, total_updates,
        state.stopped_early ? "; it had stopped early, so nothing more is trained" : "");
  }
  state.max_steps = total_updates;
  state.num_train_epochs = args_.num_train_epochs;
  log_info("resuming from {}: {} of {} updates are done", checkpoint.string(), state.global_step,
           state.max_steps);
  return state;
}

fs::path RunCheckpoints::save(TrainerState& state, double seconds) {
  const fs::path folder =
      fs::path(args_.output_dir) / fmt::format("checkpoint-{}", state.global_step);
  if (state.best_metric && state.best_step == state.global_step) {
    state.best_checkpoint = folder.filename().string();
  }
  // A copy: `state.seconds` are those before this process, to which the run keeps adding.
  TrainerState saved = state;
  saved.seconds = seconds;
  saved.schedule = schedule_.state();
  save_checkpoint(folder, parts_, saved, settings_);
  saved_step_ = state.global_step;
  // Without a save strategy there are checkpoints for load_best_model_at_end alone, and only the
  // newest best one is of use.
  const bool only_best = args_.save_strategy == SaveStrategy::no;
  if (args_.save_total_limit || only_best) {
    const std::int64_t limit = only_best ? 1 : *args_.save_total_limit;
    remove_old_checkpoints(args_.output_dir, limit, state.global_step, state.best_checkpoint);
  }
  return folder;
}

bool RunCheckpoints::load_best(const TrainerState& state) {
  if (!args_.load_best_model_at_end || state.best_checkpoint.empty() ||
      state.best_step == state.global_step) {
    return false;
  }
  load_final_model(fs::path(args_.output_dir) / state.best_checkpoint, parts_.model,
                   parts_.average);
  return true;
}

}  // namespace attune
