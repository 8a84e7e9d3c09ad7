#include "attune/tasks/classification/folds.h"

#include <memory>
#include <utility>

#include <ATen/ops/cat.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include "attune/base/error.h"

namespace attune {
namespace {

struct HeldOut {
  at::Tensor logits;                 ///< float [held out, labels]
  at::Tensor targets;                ///< int64 [held out]
  std::vector<std::int64_t> called;  ///< as in ClassificationEvaluation
};

template <typename Number>
std::vector<Number> numbers_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  const auto* const begin = flat.const_data_ptr<Number>();
  return {begin, begin + flat.numel()};
}

HeldOut read_predictions(const Json& json, std::size_t labels) {
  const auto logits = json.at("logits").get<std::vector<float>>();
  const auto targets = json.at("targets").get<std::vector<std::int64_t>>();
  const auto called = json.at("called").get<std::vector<std::int64_t>>();
  // The numbers are from a file of an earlier process, and are used as indices.
  check(!targets.empty() && logits.size() == targets.size() * labels, ErrorKind::data,
        "{} logits for {} examples and {} labels", logits.size(), targets.size(), labels);
  check(called.empty() || called.size() == targets.size(), ErrorKind::data,
        "{} decisions for {} examples", called.size(), targets.size());
  for (const auto* ids : {&targets, &called}) {
    for (const std::int64_t id : *ids) {
      check(id >= 0 && id < static_cast<std::int64_t>(labels), ErrorKind::data, "label {} of {}",
            id, labels);
    }
  }
  const auto width = static_cast<std::int64_t>(labels);
  return {.logits = at::tensor(logits, at::TensorOptions(at::kFloat)).view({-1, width}),
          .targets = at::tensor(targets, at::TensorOptions(at::kLong)),
          .called = called};
}

}  // namespace

FoldResult fold_result(const PartEvaluation& held_out, std::vector<std::string> keys) {
  const ClassificationEvaluation& evaluation = held_out.last();
  return {.values = evaluation.values,
          .predictions = {{"keys", std::move(keys)},
                          {"targets", numbers_of<std::int64_t>(held_out.input().targets)},
                          {"called", evaluation.called},
                          {"logits", numbers_of<float>(evaluation.logits)}}};
}

void check_fold_predictions(const Json& predictions, std::size_t labels) {
  read_predictions(predictions, labels);
}

void check_fold_metrics(const TrainingArguments& args, const std::vector<Split>& folds,
                        const std::vector<std::string>& labels, const Targets& targets) {
  const auto problem = ProblemType::single_label_classification;
  const std::vector<MetricInfo> metrics = metric_infos(problem, labels);
  for (std::size_t k = 0; k < folds.size(); ++k) {
    const Targets held_out = select_targets(targets, folds[k].validation);
    check_best_metric(args, metrics, undefined_metrics(problem, labels, held_out),
                      fmt::format("the validation data of fold {}", k + 1));
  }
}

MetricValues pool_folds(const std::vector<FoldResult>& folds,
                        const std::vector<std::string>& labels) {
  std::vector<at::Tensor> all_logits, all_targets;
  std::vector<std::vector<std::int64_t>> called;
  for (const FoldResult& fold : folds) {
    // From JSON also where the fold was trained just now: a cross-validation that was resumed pools
    // the same numbers.
    const HeldOut held_out = read_predictions(fold.predictions, labels.size());
    all_logits.push_back(held_out.logits);
    all_targets.push_back(held_out.targets);
    for (const std::int64_t label : held_out.called) called.push_back({label});
  }
  const at::Tensor logits = at::cat(all_logits);
  // One evaluation of all held-out examples, from the logits that are there: F1 or AUROC of all is
  // not the mean of the folds'.
  const EvaluationInput input{
      .problem = ProblemType::single_label_classification,
      .labels = labels,
      .targets = at::cat(all_targets),
      .lengths = std::vector<std::int64_t>(static_cast<std::size_t>(logits.size(0)), 1),
      .logits = [&](std::span<const std::int64_t> examples, std::int64_t) {
        return select_targets(logits, examples);
      }};
  nn::Module no_model;
  ClassificationEvaluation pooled =
      evaluate_classifier(no_model, input, {.max_mistakes = 0, .activity = "pool folds"});
  if (called.size() == static_cast<std::size_t>(logits.size(0))) {  // each fold by its threshold
    recount(pooled, at::softmax(logits, 1).contiguous(), input.targets, called);
  }
  return pooled.values;
}

}  // namespace attune
