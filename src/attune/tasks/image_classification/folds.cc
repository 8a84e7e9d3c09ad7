#include "attune/tasks/image_classification/folds.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <ATen/ops/cat.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include "attune/base/error.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/train/settings.h"

namespace attune {
namespace {

constexpr const char* kFoldFile = "fold.json";

/// Mean and standard deviation (of the sample) over the folds that have the metric.
void add_spread(const std::string& name, const std::vector<FoldResult>& folds, Json& result) {
  std::vector<double> values;
  for (const FoldResult& fold : folds) {
    if (const auto value = fold.values.find(name)) values.push_back(*value);
  }
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  result["eval_" + name] = values;
  result["eval_" + name + "_mean"] = mean;
  if (values.size() > 1) {
    result["eval_" + name + "_std"] = std::sqrt(squares / static_cast<double>(values.size() - 1));
  }
}

template <typename Number>
std::vector<Number> numbers_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  const auto* const begin = flat.const_data_ptr<Number>();
  return {begin, begin + flat.numel()};
}

FoldResult from_json(const Json& json) {
  const auto logits = json.at("logits").get<std::vector<float>>();
  const auto targets = json.at("targets").get<std::vector<std::int64_t>>();
  const auto count = static_cast<std::int64_t>(targets.size());
  const auto width = json.at("num_labels").get<std::int64_t>();
  check(count > 0 && width >= 2 && width <= 1 << 20 &&
            static_cast<std::int64_t>(logits.size()) == count * width,
        ErrorKind::data, "{} logits for {} pictures and {} labels", logits.size(), count, width);
  FoldResult fold{.logits = at::tensor(logits, at::kFloat).view({count, width}),
                  .targets = at::tensor(targets, at::kLong),
                  .called = json.at("called").get<std::vector<std::int64_t>>()};
  check(fold.called.empty() || fold.called.size() == targets.size(), ErrorKind::data,
        "{} decisions for {} pictures", fold.called.size(), count);
  for (const auto* labels : {&targets, &std::as_const(fold).called}) {
    for (const std::int64_t label : *labels) {
      check(label >= 0 && label < width, ErrorKind::data, "label {} of {}", label, width);
    }
  }
  for (const auto& [name, value] : json.at("metrics").items()) {
    fold.values.add(name, value.get<double>());
  }
  return fold;
}

}  // namespace

void save_fold(const fs::path& folder, const FoldResult& result, const Json& settings) {
  Json metrics = Json::object();
  for (const auto& [name, value] : result.values.values) metrics[name] = value;
  write_file_atomically(folder / kFoldFile,
                        dump_json({{"settings", settings},
                                   {"metrics", metrics},
                                   {"num_labels", result.logits.size(1)},
                                   {"targets", numbers_of<std::int64_t>(result.targets)},
                                   {"called", result.called},
                                   {"logits", numbers_of<float>(result.logits)}}));
}

std::optional<FoldResult> load_fold(const fs::path& folder, const Json& settings) {
  const fs::path path = folder / kFoldFile;
  if (!fs::exists(path)) return {};
  const Json json = read_json(path);
  check(json.is_object() && json.contains("settings"), ErrorKind::data,
        "{}: not the results of a fold; remove it to train the fold again", path.string());
  check_same_settings(json.at("settings"), settings, folder);
  try {
    return from_json(json);
  } catch (const std::exception& error) {
    fail(ErrorKind::data, "{}: damaged ({}); remove it to train the fold again", path.string(),
         error.what());
  }
}

Json pool_folds(const std::vector<FoldResult>& folds, const std::vector<std::string>& labels) {
  std::vector<at::Tensor> all_logits, all_targets;
  for (const FoldResult& fold : folds) {
    all_logits.push_back(fold.logits);
    all_targets.push_back(fold.targets);
  }
  const at::Tensor logits = at::cat(all_logits);
  const EvaluationInput input{
      .problem = ProblemType::single_label_classification,
      .labels = labels,
      .targets = at::cat(all_targets),
      .lengths = std::vector<std::int64_t>(static_cast<std::size_t>(logits.size(0)), 1),
      .logits = [&](std::span<const std::int64_t> examples) {
        return select_targets(logits, examples);
      }};
  const auto no_model = std::make_shared<nn::Module>();
  ClassificationEvaluation pooled =
      evaluate_classifier(*no_model, input, {.max_mistakes = 0, .activity = "pool folds"});
  std::vector<std::vector<std::int64_t>> called;
  for (const FoldResult& fold : folds) {
    for (const std::int64_t label : fold.called) called.push_back({label});
  }
  if (called.size() == static_cast<std::size_t>(logits.size(0))) {  // each fold by its threshold
    recount(pooled, at::softmax(logits, 1).contiguous(), input.targets, called);
  }
  Json result = metrics_to_json(pooled.values, "pooled_");
  result["folds"] = folds.size();
  result["samples"] = logits.size(0);
  for (const auto& [name, unused] : folds.front().values.values) add_spread(name, folds, result);
  return result;
}

}  // namespace attune
