#include "attune/tasks/classification/doubts/held_out.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <ATen/ops/full.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/tasks/classification/folds.h"
#include "attune/tasks/run/saved/run_folder.h"

namespace attune {

std::optional<HeldOutPredictions> HeldOutPredictions::read(const fs::path& run) {
  std::vector<fs::path> folds = complete_folds(run);
  if (folds.empty()) return {};
  HeldOutPredictions result;
  for (const fs::path& fold : folds) result.read_fold(fold / kFoldFile);
  result.models_ = std::move(folds);
  return result;
}

void HeldOutPredictions::read_fold(const fs::path& file) {
  const Json json = read_json(file);
  std::vector<std::string> labels, keys;
  std::vector<float> logits;
  try {
    labels = json.at("settings").at("classes").get<std::vector<std::string>>();
    const Json& predictions = json.at("predictions");
    check_fold_predictions(predictions, labels.size());
    logits = predictions.at("logits").get<std::vector<float>>();
    if (predictions.contains("keys")) {
      keys = predictions.at("keys").get<std::vector<std::string>>();
    }
  } catch (const std::exception& error) {
    fail(ErrorKind::data, "{}: damaged ({}); train the fold again", file.string(), error.what());
  }
  check(labels_.empty() || labels == labels_, ErrorKind::data,
        "{}: the fold has other classes than the one before", file.string());
  check(keys.size() * labels.size() == logits.size(), ErrorKind::user,
        "{}: the fold does not say which examples it held out, as folds from before that was kept; "
        "train the folds again, or give --model the folder of one of them",
        file.string());
  const auto width = static_cast<std::int64_t>(labels.size());
  const at::Tensor probabilities =
      at::softmax(at::tensor(logits, at::TensorOptions(at::kFloat)).view({-1, width}), 1)
          .contiguous();
  const float* row = probabilities.const_data_ptr<float>();
  for (const std::string& key : keys) {
    // Of texts that come again, in two folds, the first: a model has seen the other one anyway.
    if (!key.empty()) by_key_.try_emplace(key, row, row + width);
    row += width;
  }
  labels_ = std::move(labels);
}

at::Tensor HeldOutPredictions::probabilities(std::span<const std::string> keys) const {
  const auto width = static_cast<std::int64_t>(labels_.size());
  at::Tensor result = at::full({std::ssize(keys), width}, std::numeric_limits<double>::quiet_NaN(),
                               at::TensorOptions(at::kFloat));
  float* row = result.mutable_data_ptr<float>();
  for (const std::string& key : keys) {
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      std::ranges::copy(found->second, row);
    }
    row += width;
  }
  return result;
}

}  // namespace attune
