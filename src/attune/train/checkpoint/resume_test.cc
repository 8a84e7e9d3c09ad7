// A run that is stopped anywhere and resumed ends with the bits of one that was not.
#include <csignal>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/disk/folder_lock.h"
#include "attune/base/process/stop.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/train/checkpoint/checkpoint.h"
#include "attune/train/checkpoint/output_folder.h"
#include "attune/train/loop.h"
#include "attune/train/schedule/timeline.h"
#include "attune/train/settings.h"
#include "attune/train/testing/toy_step.h"

namespace attune {
namespace {

using testing::HasSubstr;

struct Case {
  const char* name;
  TrainingArguments args;
  AdaptOptions adapt = {};
  bool knows_weight = true, tells_parts = false;
  double memory = 0;
};

TrainingArguments base() {
  return {.num_train_epochs = 2,
          .per_device_train_batch_size = 3,
          .gradient_accumulation_steps = 2,
          .learning_rate = 1e-2,
          .weight_decay = 0.01,
          .save_strategy = SaveStrategy::no,
          .logging_steps = 2,
          .precision = Precision::fp32};
}

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const auto& [name, optimizer] : {std::pair{"adamw", OptimizerName::adamw},
                                        {"adam", OptimizerName::adam},
                                        {"sgd", OptimizerName::sgd},
                                        {"adafactor", OptimizerName::adafactor}}) {
    Case test{name, base()};
    test.args.optim = optimizer;
    result.push_back(test);
  }
  Case plateau{"plateau", base()};
  plateau.args.lr_scheduler_type = ScheduleName::reduce_lr_on_plateau;
  plateau.args.lr_plateau_patience = 0;
  plateau.args.lr_plateau_threshold = 0.5;  // hardly anything counts: the rate falls
  plateau.args.eval_strategy = IntervalStrategy::steps;
  plateau.args.eval_steps = 1;
  result.push_back(plateau);
  Case averaged{"weight_average", base()};
  averaged.args.ema_decay = 0.9;
  result.push_back(averaged);
  Case layers{"layer_wise",
              base(),
              {.strategy = Strategy::layer_wise,
               .unfreeze_every = UnfreezeUnit::steps,
               .unfreeze_interval = 3}};
  result.push_back(layers);
  Case head{"head_first", base(), {.freeze_encoder_steps = 4}};
  result.push_back(head);
  Case best{"best", base()};
  best.args.eval_strategy = IntervalStrategy::steps;
  best.args.eval_steps = 2;
  best.args.load_best_model_at_end = true;
  best.args.metric_for_best_model = "accuracy";
  result.push_back(best);
  Case stopping{"early_stopping", base()};
  stopping.args.eval_strategy = IntervalStrategy::steps;
  stopping.args.eval_steps = 1;
  stopping.args.early_stopping_patience = 3;
  stopping.args.metric_for_best_model = "accuracy";
  result.push_back(stopping);
  Case lengths{"group_by_length_tokens", base()};
  lengths.args.group_by_length = true;
  lengths.args.batch_tokens = 9;
  result.push_back(lengths);
  Case detector{"unknown_weight_and_parts", base()};
  detector.knows_weight = false;
  detector.tells_parts = true;
  detector.args.logging_steps = 3;  // stops fall between logs
  result.push_back(detector);
  Case carried{"carried_state", base()};
  carried.memory = 0.5;
  result.push_back(carried);
  return result;
}

struct OneRun {
  TrainResult result;
  std::vector<at::Tensor> weights;
  std::vector<std::vector<std::int64_t>> batches;
};

/// Where a signal ends something half-way: the evaluation of that number, from 1, or the second
/// batch of the update of that number.
enum class Interrupt { none, evaluation, batch };
struct InterruptAt {
  Interrupt what = Interrupt::none;
  int number = 0;
};

/// `stop_at`: the update after which a signal comes, -1 for none.
OneRun train(const Case& test, const fs::path& folder, std::int64_t stop_at, bool resume,
             const InterruptAt& interrupt = {}) {
  ToyStep step(26);
  step.knows_weight = test.knows_weight;
  step.tells_parts = test.tells_parts;
  step.memory = test.memory;
  TrainingArguments args = test.args;
  args.output_dir = folder.string();
  if (resume) args.resume_from_checkpoint = "last";
  const AdaptPlan plan(test.adapt, step.toy().depth_groups(), step.model(), args.learning_rate,
                       args.weight_decay);
  const BatchSampler sampler(step.example_lengths(), sampler_options(args));
  class StoppingStep : public TrainStep {
   public:
    StoppingStep(ToyStep& toy, std::int64_t at, const InterruptAt& interrupt)
        : toy_(toy), at_(at), interrupt_(interrupt) {}
    nn::Module& model() override { return toy_.model(); }
    std::vector<std::int64_t> example_lengths() const override { return toy_.example_lengths(); }
    std::optional<double> known_weight(Examples examples) const override {
      return toy_.known_weight(examples);
    }
    Loss loss(Examples examples, const StepContext& context) override {
      if (context.global_step + 1 == at_) requested_signal = SIGTERM;
      if (interrupt_.what == Interrupt::batch && context.global_step + 1 == interrupt_.number &&
          context.micro_step == 1) {
        requested_signal = SIGTERM;
        check_stop();
      }
      return toy_.loss(examples, context);
    }
    std::map<std::string, at::Tensor> carried_state() const override {
      return toy_.carried_state();
    }
    void load_carried_state(const std::map<std::string, at::Tensor>& state) override {
      toy_.load_carried_state(state);
    }
    std::string example_name(std::int64_t example) const override {
      return toy_.example_name(example);
    }

   private:
    ToyStep& toy_;
    std::int64_t at_;
    InterruptAt interrupt_;
  } stopping(step, stop_at, interrupt);
  int evaluations = 0;
  requested_signal = stop_at == 0 ? SIGTERM : 0;
  TrainingLoop loop({.step = stopping,
                     .folder = step,
                     .plan = plan,
                     .sampler = sampler,
                     .args = args,
                     .evaluate =
                         [&](const StepContext&) {
                           if (interrupt.what == Interrupt::evaluation &&
                               ++evaluations == interrupt.number) {
                             requested_signal = SIGTERM;
                             check_stop();
                           }
                           return step.evaluate();
                         },
                     .metrics = {{"loss", kFalls}, {"accuracy", kRises}},
                     .settings = run_settings(args, test.adapt)});
  OneRun run;
  run.result = loop.run();
  requested_signal = 0;
  run.weights = step.weights();
  run.batches = step.seen;
  return run;
}

/// The log without what depends on the clock.
std::string timeless(Json history) {
  std::string text;
  for (Json& entry : history) {
    for (const char* key :
         {"samples_per_second", "eval_runtime", "train_runtime", "train_samples_per_second",
          "train_steps_per_second", "train_tokens_per_second", "peak_rss_bytes"}) {
      entry.erase(key);
    }
    text += dump_json_line(entry) + "\n";
  }
  return text;
}

Json read_log(const fs::path& path) {
  Json entries = Json::array();
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) entries.push_back(parse_json(line, "log"));
  return entries;
}

class Resume : public testing::TestWithParam<Case> {};

TEST_P(Resume, SameBitsFromEveryUpdate) {
  const TemporaryFolder whole_folder;
  const OneRun whole = train(GetParam(), whole_folder.path(), -1, false);
  ASSERT_GE(whole.result.global_step, 4);
  for (std::int64_t k = 0; k < whole.result.global_step; ++k) {
    SCOPED_TRACE("stopped after update " + std::to_string(k));
    const TemporaryFolder folder;
    const OneRun first = train(GetParam(), folder.path(), k, false);
    ASSERT_EQ(first.result.signal, SIGTERM);
    ASSERT_EQ(first.result.global_step, k);
    const OneRun second = train(GetParam(), folder.path(), -1, true);
    ASSERT_EQ(second.result.global_step, whole.result.global_step);
    for (std::size_t i = 0; i < whole.weights.size(); ++i) {
      EXPECT_TRUE(at::equal(whole.weights[i], second.weights[i])) << "tensor " << i;
    }
    auto batches = first.batches;
    batches.insert(batches.end(), second.batches.begin(), second.batches.end());
    EXPECT_EQ(batches, whole.batches);  // nothing replayed, nothing left out
    EXPECT_EQ(timeless(second.result.log_history), timeless(whole.result.log_history));
    EXPECT_EQ(timeless(read_log(folder.path() / "log.jsonl")), timeless(whole.result.log_history));
    EXPECT_EQ(second.result.best_metric, whole.result.best_metric);
    EXPECT_EQ(second.result.stopped_early, whole.result.stopped_early);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Resume, testing::ValuesIn(cases()),
                         [](const auto& test) { return std::string(test.param.name); });

std::string resume_error(Case test, const fs::path& folder) {
  return error_of([&] { train(test, folder, -1, true); });
}

TEST(ResumeRefuses, OtherSettingsByName) {
  const TemporaryFolder folder;
  Case test{"test", base()};
  train(test, folder.path(), 2, false);
  Case other = test;
  other.args.learning_rate = 5;
  other.args.seed = 1;
  other.args.logging_steps = 1;  // has no influence
  const std::string message = resume_error(other, folder.path());
  EXPECT_THAT(message, HasSubstr("learning_rate was 0.01, is 5.0"));
  EXPECT_THAT(message, HasSubstr("seed was 42, is 1"));
  EXPECT_THAT(message, testing::Not(HasSubstr("logging_steps")));
}

TEST(ResumeRefuses, OtherLogStepsWhereEvaluationsGoByThem) {
  const TemporaryFolder folder;
  Case test{"test", base()};
  test.args.eval_strategy = IntervalStrategy::steps;
  train(test, folder.path(), 2, false);
  Case other = test;
  other.args.logging_steps = 1;
  EXPECT_THAT(resume_error(other, folder.path()), HasSubstr("eval_steps was 2.0, is 1.0"));
  // Spelt out it is the same setting.
  other.args.eval_steps = test.args.logging_steps;
  EXPECT_EQ(train(other, folder.path(), -1, true).result.signal, 0);
}

TEST(ResumeRefuses, AModelWithoutACheckpoint) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "model.safetensors") << "learnt";
  EXPECT_THAT(resume_error({"test", base()}, folder.path()),
              HasSubstr("holds no checkpoint to resume"));
}

TEST(ResumeRefuses, ACheckpointOfTransformersByThatName) {
  const TemporaryFolder folder;
  make_directories(folder.path() / "checkpoint-500");
  for (const char* name : {"optimizer.pt", "scheduler.pt", "trainer_state.json"}) {
    std::ofstream(folder.path() / "checkpoint-500" / name) << "theirs";
  }
  EXPECT_THAT(resume_error({"test", base()}, folder.path()),
              testing::AllOf(HasSubstr("checkpoint-500 is a checkpoint of a run that transformers"),
                             HasSubstr("optimizer.pt"), HasSubstr("--model ")));
}

TEST(ResumeRefuses, AFolderWithoutACheckpointBeforeAnythingIsRead) {
  const TemporaryFolder folder;
  TrainingArguments args;
  args.output_dir = (folder.path() / "run").string();
  const auto error = [&](const fs::path& checkpoint) {
    args.resume_from_checkpoint = checkpoint.string();
    return error_of([&] { check_output_folder(args); });
  };
  EXPECT_THAT(error(folder.path() / "none"), HasSubstr("there is no checkpoint folder"));
  EXPECT_THAT(error(folder.path()), HasSubstr("holds no checkpoint (there is no manifest.json"));
  make_directories(folder.path() / "checkpoint-7");
  EXPECT_THAT(error(folder.path()), HasSubstr("is a run's folder, not a checkpoint; give " +
                                              (folder.path() / "checkpoint-7").string()));
}

TEST(ResumeRefuses, AFolderThatAnotherProcessWritesTo) {
  const TemporaryFolder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t other = fork();
  if (other == 0) {
    const auto lock = FolderLock::take(folder.path());
    if (write(ready[1], "x", 1) == 1) pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const Case test{"test", base()};
  EXPECT_THAT(error_of(ErrorKind::user, [&] { train(test, folder.path(), -1, false); }),
              HasSubstr("in use by another run (process " + std::to_string(other)));
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_EQ(train(test, folder.path(), -1, false).result.signal, 0);  // a stale one
  EXPECT_FALSE(fs::exists(folder.path() / ".attune.lock"));
}

// Killed before its first checkpoint: there is a log, and events, and no more.
TEST(ResumedRun, ARunWithoutACheckpointStartsAgainByEither) {
  const TemporaryFolder whole_folder;
  const Case test{"test", base()};
  const OneRun whole = train(test, whole_folder.path(), -1, false);
  for (const bool resumes : {false, true}) {
    const TemporaryFolder folder;
    std::ofstream(folder.path() / "log.jsonl") << "{\"loss\": 7, \"step\": 2}\n";
    make_directories(folder.path() / "runs");
    std::ofstream(folder.path() / "runs" / "events.of.the.start") << "x";
    const OneRun again = train(test, folder.path(), -1, resumes);
    for (std::size_t i = 0; i < whole.weights.size(); ++i) {
      EXPECT_TRUE(at::equal(whole.weights[i], again.weights[i]));
    }
    EXPECT_EQ(timeless(read_log(folder.path() / "log.jsonl")), timeless(whole.result.log_history));
    EXPECT_FALSE(fs::exists(folder.path() / "runs" / "events.of.the.start"));
  }
}

TEST(ResumedRun, GoesOnForMoreEpochsThanBefore) {
  const TemporaryFolder folder;
  Case test{"test", base()};
  test.args.save_strategy = SaveStrategy::epoch;
  train(test, folder.path(), -1, false);
  Case longer = test;
  longer.args.num_train_epochs = 3;
  const OneRun more = train(longer, folder.path(), -1, true);
  EXPECT_EQ(more.result.global_step, 15);  // five updates an epoch
  EXPECT_EQ(more.batches.size(), 9u);      // the third epoch's alone
  EXPECT_EQ(read_json(folder.path() / "trainer_state.json").at("max_steps"), 15);
  // One that was longer is not cut short.
  EXPECT_THAT(resume_error(test, folder.path()), HasSubstr("num_train_epochs was 3.0, is 2.0"));
}

// A signal during an evaluation, or while examples are made in the middle of an accumulated update:
// the checkpoint says which, and the resumed run ends as one that was never stopped.
TEST(ResumedRun, SameBitsAfterAStopInTheMiddleOfSomething) {
  Case test{"test", base()};
  test.args.eval_strategy = IntervalStrategy::epoch;
  test.args.ema_decay = 0.9;
  test.memory = 0.5;
  const TemporaryFolder whole_folder;
  const OneRun whole = train(test, whole_folder.path(), -1, false);
  for (const Interrupt at : {Interrupt::evaluation, Interrupt::batch}) {
    for (const int which : {1, 2}) {
      const TemporaryFolder folder;
      const OneRun first = train(test, folder.path(), -1, false, {at, which});
      ASSERT_EQ(first.result.signal, SIGTERM);
      const OneRun second = train(test, folder.path(), -1, true);
      ASSERT_EQ(second.result.signal, 0);
      for (std::size_t i = 0; i < whole.weights.size(); ++i) {
        EXPECT_TRUE(at::equal(whole.weights[i], second.weights[i])) << "tensor " << i;
      }
      EXPECT_EQ(timeless(second.result.log_history), timeless(whole.result.log_history));
      EXPECT_EQ(timeless(read_log(folder.path() / "log.jsonl")),
                timeless(whole.result.log_history));
    }
  }
}

TEST(ResumeRefuses, DamagedFilesByName) {
  for (const char* name : {"model.safetensors", "optimizer.safetensors", "trainer_state.json",
                           "settings.json", "manifest.json"}) {
    for (const bool cut : {false, true}) {
      const TemporaryFolder folder;
      Case test{"test", base()};
      train(test, folder.path(), 3, false);
      const fs::path file = folder.path() / "checkpoint-3" / name;
      std::string bytes = read_file(file, 1 << 20);
      if (cut) {
        bytes.resize(bytes.size() / 2);
      } else {
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
      }
      std::ofstream(file, std::ios::binary) << bytes;
      const std::string message = resume_error(test, folder.path());
      EXPECT_THAT(message, HasSubstr("checkpoint-3"));
      // A changed sum in the manifest shows as one of the files it names.
      if (file.filename() != "manifest.json") {
        EXPECT_THAT(message, HasSubstr(name));
      }
    }
  }
}

TEST(Checkpoints, LeftoversOfAKilledRunDoNotCount) {
  const TemporaryFolder folder;
  Case test{"test", base()};
  train(test, folder.path(), 2, false);
  make_directories(folder.path() / ".checkpoint-9.attune-tmp-123-0");
  std::ofstream(folder.path() / ".checkpoint-9.attune-tmp-123-0" / "model.safetensors") << "half";
  make_directories(folder.path() / "checkpoint-x");
  EXPECT_EQ(find_last_checkpoint(folder.path()), folder.path() / "checkpoint-2");
  EXPECT_EQ(resume_error(test, folder.path()), "no error");
  EXPECT_FALSE(fs::exists(folder.path() / ".checkpoint-9.attune-tmp-123-0"));
  EXPECT_TRUE(fs::exists(folder.path() / "checkpoint-x"));
}

TEST(Checkpoints, LogEntriesAfterTheCheckpointGo) {
  const TemporaryFolder folder, whole_folder;
  Case test{"test", base()};
  test.args.save_strategy = SaveStrategy::steps;
  test.args.save_steps = 3;
  const OneRun whole = train(test, whole_folder.path(), -1, false);
  train(test, folder.path(), 4, false);         // logged update 4, saved it too
  remove_tree(folder.path() / "checkpoint-4");  // as if killed in between
  train(test, folder.path(), -1, true);
  EXPECT_EQ(timeless(read_log(folder.path() / "log.jsonl")), timeless(whole.result.log_history));
}

}  // namespace
}  // namespace attune
