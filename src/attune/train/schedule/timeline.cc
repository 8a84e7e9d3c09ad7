#include "attune/train/schedule/timeline.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"

namespace attune {

SamplerOptions sampler_options(const TrainingArguments& args) {
  return {.order = args.group_by_length ? SamplingOrder::group_by_length : SamplingOrder::random,
          .batch_size = args.per_device_train_batch_size,
          .batch_tokens = args.batch_tokens.value_or(0),
          .drop_last = args.dataloader_drop_last,
          // As in transformers, the order of examples can be kept while all other randomness
          // changes.
          .seed = static_cast<std::uint64_t>(args.data_seed.value_or(args.seed))};
}

Timeline::Timeline(const BatchSampler& sampler, const TrainingArguments& args)
    : sampler_(sampler), accumulation_(args.gradient_accumulation_steps) {
  if (args.max_steps > 0) {
    total_ = args.max_steps;
    return;
  }
  check(args.num_train_epochs > 0 && args.num_train_epochs < 1e6, ErrorKind::user,
        "num_train_epochs: got {}, expected a number above 0 and below a million",
        args.num_train_epochs);
  // Epochs are counted one by one: in batches measured by tokens each has another number of them.
  const auto whole = static_cast<std::int64_t>(std::floor(args.num_train_epochs));
  for (std::int64_t epoch = 0; epoch < whole; ++epoch) total_ += updates_in_epoch(epoch);
  const double rest = args.num_train_epochs - static_cast<double>(whole);
  if (rest > 0) {
    const double updates = rest * static_cast<double>(updates_in_epoch(whole));
    total_ += static_cast<std::int64_t>(std::ceil(updates - 1e-9));  // 2.1 - 2 is above 0.1
  }
  check(total_ > 0, ErrorKind::user, "the run has no update: {} epochs of {} batches",
        args.num_train_epochs, sampler.batches_in_epoch(0));
}

std::int64_t Timeline::updates_in_epoch(std::int64_t epoch) const {
  // Rounded up: what is left of an epoch's batches is an update too.
  return (sampler_.batches_in_epoch(epoch) + accumulation_ - 1) / accumulation_;
}

std::int64_t Timeline::last_epoch() const {
  std::int64_t epoch = 0;
  for (std::int64_t left = total_; (left -= updates_in_epoch(epoch)) > 0;) ++epoch;
  return epoch;
}

IntervalStrategy cadence_of(SaveStrategy strategy) {
  if (strategy == SaveStrategy::steps) return IntervalStrategy::steps;
  return strategy == SaveStrategy::epoch ? IntervalStrategy::epoch : IntervalStrategy::no;
}

void check_best_model_exists(const TrainingArguments& args, std::int64_t total) {
  const bool keeps_best = args.load_best_model_at_end || args.save_strategy == SaveStrategy::best;
  if (!keeps_best || args.eval_strategy != IntervalStrategy::steps) return;
  const Cadence evaluations(args.eval_strategy, args.eval_steps.value_or(args.logging_steps),
                            total);
  check(evaluations.interval() <= total, ErrorKind::user,
        "{}: the first evaluation would be after update {}, and the run has {}: set --eval-steps "
        "to at most that, or --eval-strategy epoch",
        args.load_best_model_at_end ? "--load-best-model-at-end" : "--save-strategy best",
        evaluations.interval(), total);
}

Cadence::Cadence(IntervalStrategy strategy, double steps, std::int64_t total)
    : strategy_(strategy) {
  // transformers' TrainerState.compute_steps rounds a share up too.
  const double count = steps < 1 ? std::ceil(steps * static_cast<double>(total)) : steps;
  interval_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(count));
}

bool Cadence::is_due(std::int64_t step, bool epoch_ends) const {
  if (strategy_ == IntervalStrategy::steps) return step % interval_ == 0;
  return strategy_ == IntervalStrategy::epoch && epoch_ends;
}

}  // namespace attune
