#include "attune/tasks/classification/prediction.h"

#include <algorithm>
#include <cmath>

namespace attune {

Json describe_prediction(std::span<const float> scores, ProblemType problem,
                         const std::vector<std::string>& labels) {
  if (problem == ProblemType::regression) return {{"score", scores[0]}};
  Json by_label = Json::object(), chosen = Json::array();
  for (std::size_t c = 0; c < scores.size(); ++c) {
    by_label[labels[c]] = scores[c];
    if (scores[c] >= 0.5F) chosen.push_back(labels[c]);
  }
  // Told for several labels too, where none may reach one half.
  const auto best = std::max_element(scores.begin(), scores.end());
  Json result = {{"label", labels[static_cast<std::size_t>(best - scores.begin())]},
                 {"score", *best}};
  if (problem == ProblemType::multi_label_classification) result["labels"] = chosen;
  result["scores"] = by_label;
  return result;
}

std::string output_problem(std::span<const float> logits) {
  if (std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); })) return "";
  return "the model's output for it is not finite";
}

std::span<const float> row_of(const at::Tensor& rows, std::size_t n) {
  const auto width = static_cast<std::size_t>(rows.size(1));
  return std::span(rows.const_data_ptr<float>(), static_cast<std::size_t>(rows.numel()))
      .subspan(n * width, width);
}

}  // namespace attune
