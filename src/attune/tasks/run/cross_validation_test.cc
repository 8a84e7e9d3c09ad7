#include "attune/tasks/run/cross_validation.h"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/tasks/run/sections.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Three folds of three examples; a fold's score is the example it holds out.
class Folds : public ::testing::Test {
 protected:
  Folds() {
    add_run_options(schema_, settings_, std::tie(), std::tie(), std::tie());
    settings_.train.output_dir = (folder_.path() / "out").string();
    validation_.examples = "number";
    validation_.headline = "score";
    for (std::int64_t k = 0; k < 3; ++k) {
      Split fold{.train = {}, .validation = {k}};
      for (std::int64_t n = 0; n < 3; ++n) {
        if (n != k) fold.train.push_back(n);
      }
      validation_.folds.push_back(fold);
    }
    validation_.data = {{"train_data", "hash of three"}};
    validation_.train = [this](const Split& fold, FoldResult& result) {
      if (fold.validation.front() == stop_at_) return SIGTERM;
      trained_.push_back(fold.validation.front());
      make_directories(settings_.train.output_dir);
      result.values.add("score", static_cast<double>(fold.validation.front()));
      result.predictions = fold.validation;
      return 0;
    };
    validation_.check_predictions = [](const Json& predictions) {
      check(predictions.is_array(), ErrorKind::data, "no list");
    };
    validation_.pool = [](const std::vector<FoldResult>& folds) {
      MetricValues pooled;
      double sum = 0;
      for (const FoldResult& fold : folds) sum += fold.predictions.front().get<double>();
      pooled.add("score", sum);
      return pooled;
    };
  }

  int run(bool resume = false, bool overwrite = false) {
    settings_.train.output_dir = (folder_.path() / "out").string();
    settings_.train.resume_from_checkpoint.reset();
    settings_.train.overwrite_output_dir = overwrite;
    if (resume) settings_.train.resume_from_checkpoint = "last";
    return cross_validate(validation_, settings_, schema_);
  }

  TemporaryFolder folder_;
  RunSettings settings_;
  config::Schema schema_;
  CrossValidation validation_;
  std::int64_t stop_at_ = -1;
  std::vector<std::int64_t> trained_;
};

TEST_F(Folds, ArePooledAndTheirSpreadTold) {
  EXPECT_EQ(run(), 0);
  const Json metrics = read_json(folder_.path() / "out" / kMetricsFile);
  EXPECT_EQ(metrics.at("pooled_score"), 3);
  EXPECT_EQ(metrics.at("eval_score_mean"), 1);
  EXPECT_EQ(metrics.at("eval_score_std"), 1);
  EXPECT_EQ(metrics.at("samples"), 3);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { run(); }), HasSubstr("folds of another run"));
}

TEST_F(Folds, TellAMetricThatOnlyTheLastOneHas) {
  const auto train = validation_.train;
  validation_.train = [train](const Split& fold, FoldResult& result) {
    const int signal = train(fold, result);
    if (fold.validation.front() == 2) result.values.add("auroc", 0.75);
    return signal;
  };
  validation_.headline = "auroc";
  EXPECT_EQ(run(), 0);
  const Json metrics = read_json(folder_.path() / "out" / kMetricsFile);
  EXPECT_EQ(metrics.at("eval_auroc"), Json::array({nullptr, nullptr, 0.75}));
  EXPECT_EQ(metrics.at("eval_auroc_mean"), 0.75);
  EXPECT_FALSE(metrics.contains("eval_auroc_std"));  // of a single value
}

TEST_F(Folds, GoOnWhereTheyWereStopped) {
  stop_at_ = 1;
  EXPECT_EQ(run(), SIGTERM);
  EXPECT_FALSE(fs::exists(folder_.path() / "out" / kMetricsFile));
  stop_at_ = -1;
  EXPECT_EQ(run(true), 0);
  EXPECT_THAT(trained_, ElementsAre(0, 1, 2));
  EXPECT_EQ(read_json(folder_.path() / "out" / kMetricsFile).at("pooled_score"), 3);
}

TEST_F(Folds, AreOfTheSameDataWhereverTheyLie) {
  validation_.places = {"model"};
  settings_.pretrained.model = "./here";
  run();
  settings_.pretrained.model = "here";
  EXPECT_EQ(run(true), 0);
  EXPECT_EQ(trained_.size(), 3);  // all were complete
  validation_.data["train_data"] = "hash of three others";
  EXPECT_THAT(error_of(ErrorKind::user, [&] { run(true); }),
              HasSubstr("train_data was hash of three, is hash of three others"));
}

TEST_F(Folds, LeaveNothingOfTheModelTheyReplace) {
  const fs::path out = folder_.path() / "out";
  make_directories(out);
  write_file_atomically(out / "model.safetensors", "x");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { run(); }), HasSubstr("another run or a model"));
  EXPECT_EQ(run(false, true), 0);
  EXPECT_FALSE(fs::exists(out / "model.safetensors"));
}

TEST_F(Folds, ThatBeginAnewAreNotOverwritten) {
  stop_at_ = 1;
  run();
  const fs::path left = folder_.path() / "out" / "fold-2" / "log.jsonl";
  make_directories(left.parent_path());
  write_file_atomically(left, "{}\n");
  stop_at_ = -1;
  const auto train = validation_.train;
  validation_.train = [&](const Split& fold, FoldResult& result) {
    EXPECT_FALSE(settings_.train.overwrite_output_dir);  // the user did not ask for it
    EXPECT_FALSE(fs::exists(left));
    return train(fold, result);
  };
  EXPECT_EQ(run(true), 0);
}

TEST_F(Folds, OfOtherSettingsOrDamagedAreNotTakenOver) {
  run();
  settings_.train.learning_rate = 0.5;
  EXPECT_THAT(error_of(ErrorKind::user, [&] { run(true); }), HasSubstr("learning_rate"));
  settings_.train.learning_rate = TrainingArguments().learning_rate;
  const fs::path file = folder_.path() / "out" / "fold-2" / kFoldFile;
  Json fold = read_json(file);
  fold["predictions"] = "lost";
  write_file_atomically(file, dump_json(fold));
  const std::string message = error_of(ErrorKind::data, [&] { run(true); });
  EXPECT_THAT(message, HasSubstr(file.string()));
  EXPECT_THAT(message, HasSubstr("no list"));
}

}  // namespace
}  // namespace attune
