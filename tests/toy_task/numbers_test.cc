// A task without labels, texts or pictures goes through tasks/run/ like any other: numbers are
// regressed on numbers, trained, stopped and resumed, evaluated, and predicted from what was saved.
#include <csignal>
#include <memory>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/base/process/stop.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/nn/layers/linear.h"
#include "attune/tasks/run/fine_tuning.h"
#include "attune/tasks/run/predict/predictor.h"
#include "attune/tasks/run/run_report.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/tasks/run/sections.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Line : public Model {
 public:
  std::vector<DepthGroup> depth_groups() const override { return {{"line", {"line."}}}; }
  Json config_json() const override { return {{"model_type", "line"}}; }
  at::Tensor forward(const at::Tensor& x) const {
    return line_->forward(x.unsqueeze(1)).squeeze(1);
  }

 private:
  std::shared_ptr<nn::Linear> line_ = register_module("line", std::make_shared<nn::Linear>(1, 1));
};

/// y = 3 x - 2.
struct Numbers {
  at::Tensor x = at::linspace(-1, 1, 64), y = 3 * x - 2;
};

class LineStep : public TrainStep {
 public:
  explicit LineStep(Line& line) : line_(line) {}
  nn::Module& model() override { return line_; }
  std::vector<std::int64_t> example_lengths() const override {
    return std::vector<std::int64_t>(64, 1);
  }
  std::string example_name(std::int64_t example) const override { return std::to_string(example); }
  std::optional<double> known_weight(Examples examples) const override {
    return static_cast<double>(examples.size());
  }
  Loss loss(Examples examples, const StepContext& context) override {
    if (context.global_step == stop_before) requested_signal = SIGTERM;
    const at::Tensor index =
        at::tensor(std::vector<std::int64_t>(examples.begin(), examples.end()));
    return {.sum = at::mse_loss(line_.forward(data_.x.index_select(0, index)),
                                data_.y.index_select(0, index), at::Reduction::Sum),
            .weight = *known_weight(examples)};
  }
  std::int64_t stop_before = -1;

 private:
  Line& line_;
  Numbers data_;
};

class LinePredictor : public Predictor {
 public:
  explicit LinePredictor(const fs::path& folder) { FineTunedFolder(line_).load(folder); }
  std::vector<Json> answer(std::span<const Json> inputs) override {
    const at::NoGradGuard no_grad;
    std::vector<Json> answers;
    for (const Json& input : inputs) {
      const at::Tensor y = line_.forward(at::tensor({input.at("x").get<float>()}));
      answers.push_back({{"y", y.item<double>()}});
    }
    return answers;
  }

 private:
  Line line_;
};

/// What a task's `train` verb is: settings, model, step and evaluation, handed to the run.
struct Training {
  RunSettings settings;
  config::Schema schema;
  Line line;
  LineStep step{line};
  Evaluation evaluation, old;
  int evaluations = 0;

  explicit Training(const fs::path& output) {
    add_run_options(schema, settings, std::tie(), std::tie(), std::tie());
    settings.train.output_dir = output.string();
    settings.train.learning_rate = 0.05;
    settings.train.num_train_epochs = 30;
    settings.train.save_strategy = SaveStrategy::no;  // a signal saves one all the same
  }

  const Evaluation& evaluate() {
    const at::NoGradGuard no_grad;
    const Numbers data;
    ++evaluations;
    evaluation = {.runtime = 1, .samples = 64};
    const at::Tensor found = line.forward(data.x);
    evaluation.values.add("loss", at::mse_loss(found, data.y).item<double>());
    evaluation.values.add("worst", (found - data.y).abs().max().item<double>());
    evaluation.values.add("novelty", (found - data.y).abs().mean().item<double>());
    return evaluation;
  }

  const Evaluation& evaluate_old() {
    const at::NoGradGuard no_grad;
    old = {.infos = {{"loss", kFalls, kHeadline}}, .runtime = 1, .samples = 1};
    old.values.add("loss", slope_of_line());
    return old;
  }

  double slope_of_line() const { return line.tensor("line.weight").item<double>(); }

  int run() {
    complete_arguments(settings.train, true, schema);
    FineTunedFolder folder(line);
    return fine_tune({.facts = {.task = "line",
                                .model_name = "a line",
                                .unit = "points",
                                .metrics = {{"loss", kFalls, kHeadline},
                                            {"worst", kFalls, kHeadline, "Largest error"},
                                            // A score that learning lowers.
                                            {"novelty", kRises, kDetail, "Mean error"}},
                                .sampling = {.batch_size = 8}},
                      .model = line,
                      .step = step,
                      .folder = folder,
                      .validate = [this](std::int64_t, const std::string&) -> const Evaluation& {
                        return evaluate();
                      },
                      .old = [this](std::int64_t, const std::string&) -> const Evaluation& {
                        return evaluate_old();
                      },
                      .report =
                          [](const FinishedRun& run) {
                            Report report = run_report(run);
                            report.title = run.facts.model_name;
                            return report;
                          }},
                     settings, schema);
  }
};

at::Tensor slope_of(const Training& training) {
  return training.line.tensor("line.weight");
}

TEST(ToyTask, IsTrainedEvaluatedSavedAndPredicted) {
  const TemporaryFolder folder;
  Training training(folder.path() / "out");
  EXPECT_EQ(training.run(), 0);
  const Json metrics = read_json(folder.path() / "out" / kMetricsFile);
  EXPECT_LT(metrics.at("eval_loss").get<double>(), 1e-3);
  // Before anything was learnt, and after: the slope becomes 3.
  EXPECT_LE(std::abs(metrics.at("old_before_loss").get<double>()), 1);
  EXPECT_NEAR(metrics.at("old_loss").get<double>(), 3, 0.1);
  EXPECT_THAT(read_file(folder.path() / "out" / kRunFile, 1 << 20), HasSubstr("task: \"line\""));
  EXPECT_THAT(read_file(folder.path() / "out" / kReportFile, 1 << 24),
              AllOf(HasSubstr("a line"), HasSubstr("Largest error"), HasSubstr("lower is better")));

  LinePredictor predictor(folder.path() / "out");
  int asked = 0;
  const NextInput next = [&]() -> std::optional<PredictInput> {
    return asked++ < 3 ? std::optional(PredictInput{.question = {{"x", 1.0}}}) : std::nullopt;
  };
  const fs::path lines = folder.path() / "y.jsonl";
  const PredictOptions options{.inputs_at_once = 2, .output = {.file = lines.string()}};
  EXPECT_EQ(predict_lines(predictor, next, options), 3);
  const std::string text = read_file(lines, 1 << 20);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_NEAR(parse_json(text.substr(0, text.find('\n')), "y").at("y").get<double>(), 1.0, 0.05);
}

TEST(ToyTask, ResumesWithTheSameBits) {
  const TemporaryFolder folder;
  Training whole(folder.path() / "whole");
  ASSERT_EQ(whole.run(), 0);
  {
    Training stopped(folder.path() / "parts");
    stopped.step.stop_before = 100;
    ASSERT_EQ(stopped.run(), SIGTERM);
    requested_signal = 0;
  }
  Training resumed(folder.path() / "parts");
  resumed.settings.train.resume_from_checkpoint = "last";
  ASSERT_EQ(resumed.run(), 0);
  EXPECT_TRUE(at::equal(slope_of(whole), slope_of(resumed)));
}

TEST(ToyTask, IsEvaluatedAtTheEndOnlyWhereTheLastEpochsIsOfOtherWeights) {
  const TemporaryFolder folder;
  Training plain(folder.path() / "plain");
  plain.settings.train.num_train_epochs = 3;
  ASSERT_EQ(plain.run(), 0);
  EXPECT_EQ(plain.evaluations, 3);

  Training best(folder.path() / "best");
  best.settings.train.num_train_epochs = 3;
  best.settings.train.load_best_model_at_end = true;
  best.settings.train.save_strategy = SaveStrategy::epoch;
  best.settings.train.metric_for_best_model = "novelty";  // the first epoch's weights
  ASSERT_EQ(best.run(), 0);
  EXPECT_EQ(best.evaluations, 4);
  const Json log = read_json(folder.path() / "best" / kMetricsFile);
  EXPECT_GT(log.at("eval_loss").get<double>(), plain.evaluation.values.values.front().second);
}

TEST(ToyTask, OtherMetricsThanItsOwnAreRefused) {
  const TemporaryFolder folder;
  Training training(folder.path() / "out");
  training.settings.train.metric_for_best_model = "accuracy";
  EXPECT_THAT(error_of(ErrorKind::user, [&] { training.run(); }),
              HasSubstr("metrics are: loss, worst, novelty"));
}

}  // namespace
}  // namespace attune
