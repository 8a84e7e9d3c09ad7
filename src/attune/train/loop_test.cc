#include "attune/train/loop.h"

#include <cmath>
#include <csignal>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/kernels/bf16_product.h"
#include "attune/kernels/linear.h"
#include "attune/train/checkpoint/checkpoint.h"
#include "attune/train/schedule/timeline.h"
#include "attune/train/settings.h"
#include "attune/train/testing/toy_step.h"

namespace attune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TrainingArguments quiet(TrainingArguments args) {
  if (args.output_dir.empty()) args.save_strategy = SaveStrategy::no;
  args.precision = Precision::fp32;
  args.learning_rate = 1e-2;
  return args;
}

TrainResult train(ToyStep& step, TrainingArguments args, const AdaptOptions& adapt = {},
                  EvaluateFunction evaluate = {}, TrainObserver* observer = nullptr) {
  args = quiet(args);
  const AdaptPlan plan(adapt, step.toy().depth_groups(), step.model(), args.learning_rate,
                       args.weight_decay);
  const BatchSampler sampler(step.example_lengths(), sampler_options(args));
  if (!evaluate) evaluate = [&](const StepContext&) { return step.evaluate(); };
  TrainingLoop loop({.step = step,
                     .folder = step,
                     .plan = plan,
                     .sampler = sampler,
                     .args = args,
                     .evaluate = evaluate,
                     .metrics = {{"loss", kFalls}, {"accuracy", kRises}, {"distance", kFalls}},
                     .settings = run_settings(args, adapt),
                     .observer = observer});
  return loop.run();
}

std::vector<std::int64_t> steps_of(const fs::path& folder) {
  std::vector<std::int64_t> steps;
  for (const auto& checkpoint : list_checkpoints(folder)) steps.push_back(checkpoint.number);
  return steps;
}

TEST(Loop, Learns) {
  ToyStep step(40, 0);
  const double before = step.evaluated_loss();
  const TrainResult result =
      train(step, {.num_train_epochs = 40, .per_device_train_batch_size = 4});
  EXPECT_EQ(result.global_step, 400);
  EXPECT_DOUBLE_EQ(result.epoch, 40);
  EXPECT_LT(step.evaluated_loss(), 0.5 * before);
  EXPECT_GT(result.train_samples_per_second, 0);
  EXPECT_GT(result.train_lengths_per_second, result.train_samples_per_second);
  EXPECT_EQ(result.log_history.back().at("train_tokens_per_second"),
            result.train_lengths_per_second);
  EXPECT_GT(result.peak_rss_bytes, 1u << 20);
}

TEST(Loop, TellsNoTokensWhereLengthsAreNone) {
  ToyStep step(4);
  step.unit = "";
  const TrainResult result = train(step, {.num_train_epochs = 1});
  EXPECT_FALSE(result.log_history.back().contains("train_tokens_per_second"));
}

TEST(Loop, AccumulationEqualsTheBigBatch) {
  std::vector<std::vector<at::Tensor>> weights;
  for (const auto& [batch, accumulation] : {std::pair{32, 1}, {1, 32}, {8, 4}}) {
    ToyStep step(75, 0);  // three updates in an epoch, the last of eleven examples
    train(step, {.num_train_epochs = 2,
                 .per_device_train_batch_size = batch,
                 .gradient_accumulation_steps = accumulation,
                 .optim = OptimizerName::sgd});
    weights.push_back(step.weights());
  }
  for (std::size_t i = 1; i < weights.size(); ++i) {
    for (std::size_t k = 0; k < weights[0].size(); ++k) {
      EXPECT_LT((weights[0][k] - weights[i][k]).abs().max().item<double>(), 1e-6);
    }
  }
}

TEST(Loop, EveryExampleOnceAnEpochAndFractionsOfEpochs) {
  ToyStep step(10);
  const TrainResult result =
      train(step, {.num_train_epochs = 2.5, .per_device_train_batch_size = 4});
  EXPECT_EQ(result.global_step, 8);  // 3 + 3 + ceil(1.5)
  std::vector<int> count(10);
  for (std::size_t b = 0; b < 6; ++b) {
    for (const std::int64_t i : step.seen[b]) ++count[static_cast<std::size_t>(i)];
  }
  EXPECT_EQ(count, std::vector<int>(10, 2));
  ToyStep other(10);
  EXPECT_EQ(train(other, {.max_steps = 7, .per_device_train_batch_size = 4}).global_step, 7);
}

TEST(Loop, AnnouncesEveryBatchOnceInItsOrder) {
  ToyStep step(14);
  train(
      step,
      {.num_train_epochs = 2, .per_device_train_batch_size = 3, .gradient_accumulation_steps = 2});
  EXPECT_EQ(step.announced, step.seen);
}

TEST(Loop, EvaluatesAndEndsWithAveragedWeights) {
  const auto final_weights = [](std::optional<double> decay) {
    ToyStep step(12, 0);
    train(step, {.num_train_epochs = 3, .learning_rate = 1e-2, .ema_decay = decay});
    return step.weights();
  };
  const auto plain = final_weights({}), averaged = final_weights(0.99);
  EXPECT_FALSE(at::allclose(plain[0], averaged[0], 1e-4));
}

TEST(Loop, LogsMeansAndIsReadAsJsonLines) {
  const TemporaryFolder folder;
  ToyStep step(12, 0);
  const TrainResult result = train(step, {.output_dir = folder.path().string(),
                                          .num_train_epochs = 2,
                                          .per_device_train_batch_size = 3,
                                          .lr_scheduler_type = ScheduleName::linear,
                                          .eval_strategy = IntervalStrategy::epoch,
                                          .save_strategy = SaveStrategy::no,
                                          .logging_steps = 2});
  std::vector<double> steps, losses, rates;
  for (const Json& entry : result.log_history) {
    if (!entry.contains("loss")) continue;
    steps.push_back(entry.at("step").get<double>());
    losses.push_back(entry.at("loss").get<double>());
    rates.push_back(entry.at("learning_rate").get<double>());
    EXPECT_TRUE(entry.contains("grad_norm") && entry.contains("epoch"));
  }
  EXPECT_THAT(steps, ElementsAre(2, 4, 6, 8));
  EXPECT_NEAR(rates[0], 1e-2 * 7 / 8, 1e-12);  // that of the second update
  EXPECT_NEAR((losses[0] + losses[1] + losses[2] + losses[3]) / 4, result.train_loss, 1e-12);
  std::string expected;
  for (const Json& entry : result.log_history) expected += dump_json_line(entry) + "\n";
  EXPECT_EQ(read_file(folder.path() / "log.jsonl", 1 << 20), expected);
  const Json state = read_json(folder.path() / "trainer_state.json");
  EXPECT_EQ(state.at("log_history").size(), result.log_history.size());
  EXPECT_EQ(state.at("global_step"), 8);
  EXPECT_TRUE(result.log_history.back().contains("train_runtime"));
}

/// Evaluation results as given, one after the other.
EvaluateFunction scripted(std::vector<double> losses) {
  auto next = std::make_shared<std::size_t>(0);
  return [next, losses](const StepContext&) -> MetricValues {
    const double loss = losses[std::min((*next)++, losses.size() - 1)];
    return {.values = {{"loss", loss}, {"accuracy", 0.5}}};
  };
}

TEST(Loop, KeepsAndLoadsTheBestModel) {
  const TemporaryFolder folder;
  ToyStep step(8);
  const TrainResult result = train(step,
                                   {.output_dir = folder.path().string(),
                                    .num_train_epochs = 5,
                                    .per_device_train_batch_size = 4,
                                    .eval_strategy = IntervalStrategy::epoch,
                                    .save_strategy = SaveStrategy::epoch,
                                    .save_total_limit = 1,
                                    .load_best_model_at_end = true},
                                   {}, scripted({0.9, 0.4, 0.6, 0.5, 0.7}));
  EXPECT_EQ(result.best_step, 4);
  EXPECT_DOUBLE_EQ(*result.best_metric, 0.4);
  EXPECT_TRUE(result.loaded_best_model);
  EXPECT_THAT(steps_of(folder.path()), ElementsAre(4, 10));  // the best and the last stay
  const auto weights = step.weights();
  step.load(folder.path() / "checkpoint-4");
  const auto best = step.weights();
  for (std::size_t i = 0; i < best.size(); ++i) EXPECT_TRUE(at::equal(best[i], weights[i]));
  const Json state = read_json(folder.path() / "trainer_state.json");
  EXPECT_EQ(state.at("best_model_checkpoint"), (folder.path() / "checkpoint-4").string());
}

TEST(Loop, SavesTheBestModelWithoutASaveStrategy) {
  const TemporaryFolder folder;
  ToyStep step(8);
  const TrainResult result = train(step,
                                   {.output_dir = folder.path().string(),
                                    .num_train_epochs = 4,
                                    .per_device_train_batch_size = 4,
                                    .eval_strategy = IntervalStrategy::steps,
                                    .eval_steps = 1,
                                    .save_strategy = SaveStrategy::no,
                                    .load_best_model_at_end = true},
                                   {}, scripted({0.9, 0.8, 0.3, 0.7}));
  EXPECT_EQ(result.best_step, 3);
  EXPECT_THAT(steps_of(folder.path()), ElementsAre(3));
}

TEST(Loop, SavesAtNewBestModelsAloneWhereThatIsTheStrategy) {
  const TemporaryFolder folder;
  ToyStep step(8);
  const TrainResult result = train(step,
                                   {.output_dir = folder.path().string(),
                                    .num_train_epochs = 4,
                                    .per_device_train_batch_size = 4,
                                    .eval_strategy = IntervalStrategy::epoch,
                                    .save_strategy = SaveStrategy::best},
                                   {}, scripted({0.9, 0.3, 0.5, 0.4}));
  // As transformers: nothing at the end, and the model that the run ends with is the last one.
  EXPECT_THAT(steps_of(folder.path()), ElementsAre(2, 4));
  EXPECT_EQ(result.best_step, 4);
  EXPECT_FALSE(result.loaded_best_model);
}

TEST(Loop, ARunThatEndsWithinAnEpochIsEvaluatedThere) {
  ToyStep step(8);
  std::vector<std::int64_t> evaluated;
  const TrainResult result = train(
      step,
      {.max_steps = 3, .per_device_train_batch_size = 4, .eval_strategy = IntervalStrategy::epoch},
      {}, [&](const StepContext& context) {
        evaluated.push_back(context.global_step);
        return step.evaluate();
      });
  EXPECT_THAT(evaluated, ElementsAre(2, 3));
  EXPECT_EQ(result.evaluated_step, 3);
  EXPECT_TRUE(result.best_metric);
}

TEST(Loop, RefusesToKeepABestModelThatNoEvaluationFinds) {
  const TemporaryFolder folder;
  for (const bool best : {false, true}) {
    ToyStep step(8);
    TrainingArguments args{.output_dir = folder.path().string(),
                           .max_steps = 3,
                           .per_device_train_batch_size = 4,
                           .eval_strategy = IntervalStrategy::steps,
                           .eval_steps = 4};
    args.load_best_model_at_end = !best;
    if (best) args.save_strategy = SaveStrategy::best;
    EXPECT_THAT(error_of([&] { train(step, args); }),
                HasSubstr("would be after update 4, and the run has 3"));
  }
}

/// Values of "distance" as given, one evaluation after the other; none: undefined.
EvaluateFunction scripted_distances(std::vector<std::optional<double>> distances) {
  auto next = std::make_shared<std::size_t>(0);
  return [next, distances](const StepContext&) {
    MetricValues values;
    if (const auto& distance = distances.at((*next)++)) {
      values.add("distance", *distance);
    } else {
      values.undefined.emplace_back("distance", "no pairs");
    }
    return values;
  };
}

TEST(Loop, GoesByAMetricInItsDirection) {
  ToyStep step(4);
  TrainingArguments args{.num_train_epochs = 4,
                         .per_device_train_batch_size = 4,
                         .eval_strategy = IntervalStrategy::epoch,
                         .metric_for_best_model = "eval_distance",
                         .greater_is_better = false};
  const TrainResult result = train(step, args, {}, scripted_distances({3, 1, 2, 4}));
  EXPECT_EQ(result.best_step, 2);
  EXPECT_DOUBLE_EQ(*result.best_metric, 1);
  args.greater_is_better = true;
  EXPECT_THAT(error_of([&] { train(step, args); }),
              HasSubstr("contradicts distance, of which less is better"));
  args.metric_for_best_model = {};
  EXPECT_THAT(error_of([&] { train(step, args); }), HasSubstr("contradicts loss"));
}

TEST(Loop, AnUndefinedMetricIsNoImprovementAndSaysSo) {
  std::vector<std::string> warnings;
  const LogSink before = set_log_sink([&](LogLevel level, std::string_view text) {
    if (level == LogLevel::warning) warnings.emplace_back(text);
  });
  ToyStep step(4);
  TrainingArguments args{.num_train_epochs = 20,
                         .per_device_train_batch_size = 4,
                         .lr_scheduler_type = ScheduleName::reduce_lr_on_plateau,
                         .eval_strategy = IntervalStrategy::epoch,
                         .metric_for_best_model = "distance",
                         .early_stopping_patience = 2};
  const TrainResult result =
      train(step, args, {}, scripted_distances({{}, 2, {}, 1, 3, {}, 0.5, 0.1}));
  EXPECT_TRUE(result.stopped_early);
  EXPECT_EQ(result.global_step, 6);  // after 3 and an undefined one
  EXPECT_DOUBLE_EQ(*result.best_metric, 1);
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_THAT(warnings[1], HasSubstr("step 3"));
  EXPECT_THAT(warnings[1], HasSubstr("distance"));
  EXPECT_THAT(warnings[1], HasSubstr("no pairs"));
  // Where nothing goes by the metric, its absence is not worth a word.
  warnings.clear();
  ToyStep other(4);
  EXPECT_EQ(train(other,
                  {.num_train_epochs = 2,
                   .per_device_train_batch_size = 4,
                   .eval_strategy = IntervalStrategy::epoch},
                  {}, scripted_distances({2, {}}))
                .global_step,
            2);
  EXPECT_THAT(warnings, testing::IsEmpty());
  set_log_sink(before);
}

TEST(Loop, StopsEarly) {
  for (const auto& [threshold, stop] : {std::pair{0.0, 7}, {0.15, 4}}) {
    ToyStep step(4);
    const TrainResult result = train(step,
                                     {.num_train_epochs = 20,
                                      .per_device_train_batch_size = 4,
                                      .eval_strategy = IntervalStrategy::epoch,
                                      .early_stopping_patience = 2,
                                      .early_stopping_threshold = threshold},
                                     {}, scripted({1.0, 0.8, 0.7, 0.9, 0.6, 0.6, 0.6, 0.1}));
    EXPECT_EQ(result.global_step, stop);
    EXPECT_TRUE(result.stopped_early);
  }
}

TEST(Loop, CheckpointsByStrategyAndLimit) {
  const TemporaryFolder folder;
  ToyStep step(10);
  TrainingArguments args{.output_dir = folder.path().string(),
                         .num_train_epochs = 3,
                         .per_device_train_batch_size = 2,
                         .save_steps = 4};
  train(step, args);
  EXPECT_THAT(steps_of(folder.path()), ElementsAre(4, 8, 12, 15));
  EXPECT_THAT(error_of([&] { train(step, args); }), HasSubstr("holds another run"));
  args.overwrite_output_dir = true;
  args.save_total_limit = 2;
  args.save_steps = 0.2;  // of 15
  train(step, args);
  EXPECT_THAT(steps_of(folder.path()), ElementsAre(12, 15));
}

// A run that was resumed from an older checkpoint finds those of its earlier self.
TEST(Loop, KeepsWhatItHasJustWritten) {
  const TemporaryFolder folder;
  for (const char* step : {"4", "8", "12", "15"}) {
    fs::create_directory(folder.path() / fmt::format("checkpoint-{}", step));
  }
  remove_old_checkpoints(folder.path(), 3, 8, "checkpoint-15");
  EXPECT_THAT(steps_of(folder.path()), ElementsAre(4, 8, 15));
  remove_old_checkpoints(folder.path(), 1, 8, "");
  EXPECT_THAT(steps_of(folder.path()), ElementsAre(8));
}

TEST(Loop, NonFiniteLossNamesStepAndExamplesAndWritesNothing) {
  const TemporaryFolder folder;
  ToyStep step(20);
  step.poisoned = {7};
  const std::string message = error_of([&] {
    train(step, {.output_dir = folder.path().string(),
                 .num_train_epochs = 1,
                 .per_device_train_batch_size = 5,
                 .save_steps = 1});
  });
  EXPECT_THAT(message, HasSubstr("nan"));
  EXPECT_THAT(message, HasSubstr("toy.csv:9"));
  const auto step_number = std::to_string(step.seen.size());
  EXPECT_THAT(message, HasSubstr("in step " + step_number));
  const auto saved = steps_of(folder.path());
  EXPECT_EQ(saved.size(), step.seen.size() - 1);
  EXPECT_FALSE(fs::exists(folder.path() / "trainer_state.json"));
  for (const at::Tensor& weight : step.weights()) EXPECT_TRUE(weight.isfinite().all().item<bool>());
}

struct Recorder : TrainObserver {
  void on_log(const Json&) override { ++logs; }
  void on_evaluate(const Json&) override { ++evaluations; }
  void on_save(const fs::path& path) override { saved.push_back(path.filename().string()); }
  void on_epoch_end(const EpochSummary& summary) override { epochs.push_back(summary); }
  int logs = 0, evaluations = 0;
  std::vector<std::string> saved;
  std::vector<EpochSummary> epochs;
};

TEST(Loop, TellsItsObserver) {
  const TemporaryFolder folder;
  ToyStep step(8);
  Recorder recorder;
  const TrainResult result = train(step,
                                   {.output_dir = folder.path().string(),
                                    .num_train_epochs = 2,
                                    .per_device_train_batch_size = 4,
                                    .eval_strategy = IntervalStrategy::epoch,
                                    .save_strategy = SaveStrategy::epoch,
                                    .logging_steps = 1},
                                   {}, {}, &recorder);
  EXPECT_EQ(recorder.logs, 7);  // 4 losses, 2 evaluations, the final one
  EXPECT_EQ(recorder.evaluations, 2);
  EXPECT_THAT(recorder.saved, ElementsAre("checkpoint-2", "checkpoint-4"));
  ASSERT_EQ(recorder.epochs.size(), 2u);
  EXPECT_EQ(recorder.epochs[1].epoch, 2);
  EXPECT_EQ(recorder.epochs[1].metrics[0].first, "eval_loss");
  EXPECT_NEAR((recorder.epochs[0].train_loss + recorder.epochs[1].train_loss) / 2,
              result.train_loss, 1e-12);
}

struct Interrupter : TrainObserver {
  void on_log(const Json& entry) override {
    if (entry.at("step") == 3) raise(SIGTERM);
  }
};

TEST(Loop, ASignalSavesAndReturns) {
  const TemporaryFolder folder;
  ToyStep step(20);
  Interrupter interrupter;
  install_stop_signals();
  const TrainResult result = train(step,
                                   {.output_dir = folder.path().string(),
                                    .per_device_train_batch_size = 4,
                                    .save_strategy = SaveStrategy::no,
                                    .logging_steps = 1},
                                   {}, {}, &interrupter);
  requested_signal = 0;
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_EQ(result.global_step, 3);
  EXPECT_THAT(steps_of(folder.path()), ElementsAre(3));
}

std::vector<std::int64_t> first_trained(const std::vector<StepContext>& contexts) {
  std::vector<std::int64_t> groups;
  for (const StepContext& context : contexts) groups.push_back(context.first_trained_group);
  return groups;
}

TEST(Loop, LayerWiseTrainsFromTheHeadDown) {
  ToyStep step(8);
  const auto start = step.weights();
  train(step, {.num_train_epochs = 2, .per_device_train_batch_size = 4},
        {.strategy = Strategy::layer_wise});
  EXPECT_THAT(first_trained(step.contexts), ElementsAre(2, 2, 1, 1));
  const auto end = step.weights();
  EXPECT_TRUE(at::equal(start[0], end[0]));   // embeddings wait for epoch 3
  EXPECT_FALSE(at::equal(start[2], end[2]));  // layer
  EXPECT_FALSE(at::equal(start[4], end[4]));  // head
  EXPECT_FALSE(step.toy().embeddings->is_training());
  EXPECT_TRUE(step.toy().layer->is_training());
}

TEST(Loop, TheHeadTrainsAloneAndTheScheduleRunsOn) {
  const AdaptOptions adapt{.freeze_encoder_steps = 3};
  const TrainingArguments args{.num_train_epochs = 2, .per_device_train_batch_size = 4};
  ToyStep step(8), all(8), long_head(8);
  const TrainResult result = train(step, args, adapt), plain = train(all, args);
  EXPECT_THAT(first_trained(step.contexts), ElementsAre(2, 2, 2, 0));
  const auto start = ToyStep(8).weights(), end = step.weights();
  EXPECT_FALSE(at::equal(start[0], end[0]));  // embeddings: by the last update alone
  EXPECT_TRUE(step.toy().embeddings->is_training());
  EXPECT_EQ(result.first_trained_group, 0);
  // Two batches an epoch: some of three updates see an example again, of two none does.
  const auto recur = [](const ToyStep& of) {
    std::vector<bool> result;
    for (const StepContext& context : of.contexts) result.push_back(context.examples_recur);
    return result;
  };
  EXPECT_THAT(recur(step), testing::Each(true));
  train(long_head, args, {.freeze_encoder_steps = 2});
  EXPECT_THAT(recur(long_head), ElementsAre(false, false, true, true));
  // The rate of an update is that of a run in which all trains.
  const auto rates = [](const TrainResult& of) {
    std::vector<double> result;
    for (const Json& entry : of.log_history) {
      if (entry.contains("learning_rate"))
        result.push_back(entry.at("learning_rate").get<double>());
    }
    return result;
  };
  EXPECT_EQ(rates(result), rates(plain));
}

// Batches are announced two updates before their use: the group that they will train must be told,
// not that of the update at hand; evaluations get the group of the update before them.
TEST(Loop, TellsTheGroupThatABatchWillTrain) {
  ToyStep step(16);
  std::vector<std::int64_t> evaluated;
  const TrainResult result = train(step,
                                   {.num_train_epochs = 1,
                                    .per_device_train_batch_size = 2,
                                    .gradient_accumulation_steps = 2,
                                    .eval_strategy = IntervalStrategy::steps,
                                    .eval_steps = 1},
                                   {.strategy = Strategy::layer_wise,
                                    .unfreeze_every = UnfreezeUnit::steps,
                                    .unfreeze_interval = 1},
                                   [&](const StepContext& context) {
                                     evaluated.push_back(context.first_trained_group);
                                     return step.evaluate();
                                   });
  EXPECT_THAT(first_trained(step.contexts), ElementsAre(2, 2, 1, 1, 0, 0, 0, 0));
  EXPECT_EQ(first_trained(step.announced_contexts), first_trained(step.contexts));
  for (std::size_t b = 0; b < step.contexts.size(); ++b) {
    EXPECT_EQ(step.announced_contexts[b].global_step, step.contexts[b].global_step);
    EXPECT_EQ(step.announced_contexts[b].micro_step, step.contexts[b].micro_step);
  }
  EXPECT_THAT(evaluated, ElementsAre(2, 1, 0, 0));
  EXPECT_EQ(result.evaluated_step, 4);
  EXPECT_EQ(result.first_trained_group, 0);
}

TEST(Loop, LogsTheMeansOfLossPartsByName) {
  ToyStep plain(12), step(12);
  step.tells_parts = true;
  const TrainingArguments args{.num_train_epochs = 2,
                               .per_device_train_batch_size = 2,
                               .gradient_accumulation_steps = 2,
                               .logging_steps = 2};
  const TrainResult without = train(plain, args), result = train(step, args);
  std::size_t entries = 0;
  for (std::size_t i = 0; i < result.log_history.size(); ++i) {
    const Json& entry = result.log_history[i];
    if (!entry.contains("loss")) continue;
    EXPECT_FALSE(without.log_history[i].contains("loss_first"));
    EXPECT_EQ(entry.at("loss"), without.log_history[i].at("loss"));
    const double first = entry.at("loss_first").get<double>();
    EXPECT_NEAR(first + entry.at("loss_rest").get<double>(), entry.at("loss").get<double>(), 1e-6);
    EXPECT_GT(first, 0);
    ++entries;
  }
  EXPECT_EQ(entries, 3u);
}

TEST(Loop, RefusesOptionsThatContradictEachOther) {
  ToyStep step(8);
  EXPECT_THAT(error_of([&] { train(step, {.load_best_model_at_end = true}); }),
              HasSubstr("eval_strategy"));
  EXPECT_THAT(
      error_of([&] {
        train(step, {.eval_strategy = IntervalStrategy::epoch, .metric_for_best_model = "acuracy"});
      }),
      HasSubstr("did you mean \"accuracy\""));
  TrainingArguments args{
      .output_dir = "./results", .num_train_epochs = 3, .per_device_train_batch_size = 4};
  EXPECT_TRUE(find_problems(args).empty());
}

// Whether products are rounded to bfloat16 right now.
bool products_are_bf16() {
  const at::Tensor x = at::full({32, 32}, 1 + 0x1p-10F);
  return !at::equal(linear_map(x, x), at::linear(x, x));
}

TEST(Loop, Bfloat16IsForTrainingAlone) {
  class Watching : public ToyStep {
   public:
    using ToyStep::ToyStep;
    Loss loss(Examples examples, const StepContext& context) override {
      in_training.insert(products_are_bf16());
      return ToyStep::loss(examples, context);
    }
    std::set<bool> in_training, in_evaluation;
  };
  for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::automatic}) {
    Watching step(12);
    TrainingArguments args = quiet({.per_device_train_batch_size = 4});
    args.eval_strategy = IntervalStrategy::epoch;
    args.precision = precision;
    const AdaptPlan plan({}, step.toy().depth_groups(), step.model(), 1e-2, 0);
    const BatchSampler sampler(step.example_lengths(), sampler_options(args));
    TrainingLoop loop({.step = step,
                       .folder = step,
                       .plan = plan,
                       .sampler = sampler,
                       .args = args,
                       .evaluate = [&](const StepContext&) {
                         step.in_evaluation.insert(products_are_bf16());
                         return step.evaluate();
                       }});
    loop.run();
    const bool expected =
        precision == Precision::automatic ? bf16_is_faster() : precision == Precision::bf16;
    EXPECT_EQ(step.in_training, std::set<bool>{expected});
    EXPECT_EQ(step.in_evaluation, std::set<bool>{false});
  }
}

}  // namespace
}  // namespace attune
