#include "attune/tasks/classification/results/prediction.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/data/labels/separators.h"
#include "attune/data/readers/table_options.h"

namespace attune {

namespace {

/// The labels whose scores are given: all by their ids, or the `top_k` best.
std::vector<std::size_t> shown_labels(std::span<const float> scores,
                                      const PredictionOptions& options) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (!options.top_k) return order;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  order.resize(std::min(order.size(), static_cast<std::size_t>(*options.top_k)));
  return order;
}

/// Number `n` of an answer's scores, its name or its value.
AnswerColumn ranked_column(const std::string& header, std::size_t n, bool is_name) {
  return {header, [n, is_name](const Json& answer) -> Json {
            const auto scores = answer.find("scores");
            if (scores == answer.end() || n >= scores->size()) return {};
            auto item = scores->begin();
            std::advance(item, static_cast<std::ptrdiff_t>(n));
            return is_name ? Json(item.key()) : item.value();
          }};
}

}  // namespace

void check_prediction_options(const PredictionOptions& options, ProblemType problem) {
  check(!options.threshold.threshold || problem == ProblemType::multi_label_classification,
        ErrorKind::user,
        "--threshold is for models of several labels (multi_label_classification); this one has {}",
        problem == ProblemType::regression ? "a number" : "one label for each example");
  check(!options.top_k || problem != ProblemType::regression, ErrorKind::user,
        "--top-k is for models with labels; this one gives a number");
}

Json describe_prediction(std::span<const float> scores, ProblemType problem,
                         const std::vector<std::string>& labels, const PredictionOptions& options) {
  if (problem == ProblemType::regression) return {{"score", scores[0]}};
  Json result = Json::object();
  if (problem == ProblemType::multi_label_classification) {
    // No best one beside: where none reaches the threshold, it would contradict them.
    result["labels"] = Json::array();
    for (std::size_t c = 0; c < scores.size(); ++c) {
      if (static_cast<double>(scores[c]) >= options.threshold.value()) {
        result["labels"].push_back(labels[c]);
      }
    }
  } else {
    const auto best = std::max_element(scores.begin(), scores.end());
    result["label"] = labels[static_cast<std::size_t>(best - scores.begin())];
    result["score"] = *best;
  }
  Json by_label = Json::object();
  for (const std::size_t c : shown_labels(scores, options)) by_label[labels[c]] = scores[c];
  result["scores"] = std::move(by_label);
  return result;
}

std::string separator_of_cells(ProblemType problem, const std::vector<std::string>& labels,
                               const std::string& option, const std::string& file) {
  const char typed = one_character(option, "--label-separator");
  const std::string wanted(1, typed == '\0' ? ',' : typed);
  const auto is_in_a_name = [&](std::string_view separator) {
    return std::ranges::any_of(labels, [&](const std::string& label) {
      return label.find(separator) != std::string::npos;
    });
  };
  const TableFormat format = table_format(file);
  const bool is_table = format == TableFormat::csv || format == TableFormat::tsv;
  if (!is_table || problem != ProblemType::multi_label_classification || !is_in_a_name(wanted)) {
    return wanted;
  }
  for (const char separator : kLabelSeparators) {
    if (is_in_a_name({&separator, 1})) continue;
    log_info(
        "labels in one cell of a table stand between {}, since names of labels have \"{}\" in them "
        "(--label-separator {} reads them)",
        separator_name(separator), wanted, separator_name(separator));
    return {separator};
  }
  log_info(
      "labels in one cell of a table are written as a JSON array, since every separator is in "
      "the name of a label");
  return "";
}

std::vector<AnswerColumn> prediction_columns(ProblemType problem,
                                             const std::vector<std::string>& labels,
                                             const PredictionOptions& options) {
  if (problem == ProblemType::regression) return {key_column("score")};
  std::vector<AnswerColumn> columns;
  if (problem == ProblemType::multi_label_classification) {
    columns.push_back(key_column("labels"));
  } else {
    columns.push_back(key_column("label"));
    columns.push_back(key_column("score"));
  }
  if (options.top_k) {
    const auto count = std::min(labels.size(), static_cast<std::size_t>(*options.top_k));
    for (std::size_t n = 0; n < count; ++n) {
      columns.push_back(ranked_column(fmt::format("label_{}", n + 1), n, true));
      columns.push_back(ranked_column(fmt::format("score_{}", n + 1), n, false));
    }
    return columns;
  }
  for (std::size_t c = 0; c < labels.size(); ++c) {
    columns.push_back(ranked_column("score_" + labels[c], c, false));
  }
  return columns;
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
