#include "attune/tasks/text_classification/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/remainder.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/models/bert/bert.h"
#include "attune/models/bert/bert_load.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::shared_ptr<SequenceClassifier> classifier(std::vector<std::string> labels,
                                               std::optional<ProblemType> problem = {}) {
  BertConfig config;
  config.vocab_size = 30;
  config.hidden_size = 16;
  config.num_hidden_layers = 1;
  config.num_attention_heads = 2;
  config.intermediate_size = 16;
  config.max_position_embeddings = 12;
  config.labels = std::move(labels);
  config.problem_type = problem;
  auto model = std::make_shared<BertForSequenceClassification>(config);
  initialize_bert(*model, 5, [](std::string_view) { return true; });
  return model;
}

TensorDataset dataset(const at::Tensor& labels) {
  const at::Tensor ids = at::arange(labels.size(0) * 4).remainder(29).view({labels.size(0), 4}) + 1;
  return {ids, at::ones({labels.size(0), 4}, at::kLong), labels};
}

TrainingArguments quick() {
  return {.max_steps = 1,
          .per_device_train_batch_size = 2,
          .eval_strategy = IntervalStrategy::epoch,
          .save_strategy = SaveStrategy::no};
}

std::string refusal(const std::shared_ptr<SequenceClassifier>& model, const at::Tensor& labels) {
  return error_of(ErrorKind::user, [&] { Trainer(model, quick(), dataset(labels)); });
}

const at::Tensor kIds = at::tensor({0, 1, 0, 1}, at::kLong);

TEST(Trainer, RefusesLabelsThatDoNotFitTheProblem) {
  using enum ProblemType;
  // Real numbers as classes, ids as several labels, several columns as one number.
  EXPECT_THAT(refusal(classifier({"a", "b"}, single_label_classification), at::zeros({4})),
              AllOf(HasSubstr("single_label_classification"), HasSubstr("one class id each")));
  EXPECT_THAT(refusal(classifier({"a", "b"}, multi_label_classification), kIds),
              HasSubstr("a column of 0 and 1 for each label"));
  EXPECT_THAT(refusal(classifier({"score"}, regression), at::zeros({4, 2})),
              HasSubstr("one number each"));
  EXPECT_THAT(refusal(nullptr, kIds), HasSubstr("the model is null"));
}

TEST(Trainer, RefusesLabelsThatTheHeadDoesNotHave) {
  EXPECT_THAT(refusal(classifier({"a", "b"}), at::tensor({0, 1, 2, 0}, at::kLong)),
              HasSubstr("labels[2] is 2, but the model has 2 labels (0 to 1)"));
  EXPECT_THAT(refusal(classifier({"a", "b"}), at::tensor({0, -1}, at::kLong)),
              HasSubstr("labels[1] is -1"));
  EXPECT_THAT(refusal(classifier({"a", "b"}), at::zeros({4, 3})),
              HasSubstr("labels have 3 columns, but the model has 2 labels"));
}

TEST(Trainer, RefusesAHeadThatIsNotOfItsOwnProblem) {
  EXPECT_THAT(refusal(classifier({"a", "b", "c"}, ProblemType::regression), at::zeros({4})),
              HasSubstr("Trainer"));
}

TEST(Trainer, TakesTheProblemFromTheLabelsWhereTheModelDoesNotSay) {
  Trainer classes(classifier({"a", "b"}), quick(), dataset(kIds), dataset(kIds));
  EXPECT_EQ(classes.train().global_step, 1);
  EXPECT_EQ(classes.evaluate(dataset(kIds)).at(1).first, "accuracy");
  // One output is a regression, as sentence-transformers publish them.
  Trainer numbers(classifier({"score"}), quick(), dataset(at::full({4}, 0.5)),
                  dataset(at::arange(4, at::kFloat)));
  EXPECT_EQ(numbers.train().global_step, 1);
  EXPECT_EQ(numbers.evaluate(dataset(at::arange(4, at::kFloat))).at(1).first, "mse");
}

TEST(Trainer, ChecksTheBestMetricBeforeItTrains) {
  const auto refused = [&](const char* metric, const at::Tensor& validation) {
    TrainingArguments args = quick();
    args.metric_for_best_model = metric;
    Trainer trainer(classifier({"a", "b"}), args, dataset(kIds), dataset(validation));
    return error_of(ErrorKind::user, [&] { trainer.train(); });
  };
  EXPECT_THAT(refused("acuracy", kIds), HasSubstr("did you mean \"accuracy\""));
  EXPECT_THAT(refused("rmse", kIds), HasSubstr("metrics are: loss, accuracy"));
  EXPECT_THAT(refused("roc_auc", at::zeros({4}, at::kLong)), HasSubstr("auroc is undefined"));
  EXPECT_THAT(refused("accuracy", at::tensor({0, 7}, at::kLong)), HasSubstr("labels[1] is 7"));
}

TEST(Trainer, RefusesToEvaluateOnNothing) {
  Trainer trainer(classifier({"a", "b"}), quick(), dataset(kIds));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { trainer.train(); }),
              HasSubstr("there is nothing to evaluate on"));
}

}  // namespace
}  // namespace attune
