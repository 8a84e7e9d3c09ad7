#include "attune/tasks/medical_image_classification/decision.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/config/field.h"
#include "attune/eval/metrics/labels/missing_label.h"
#include "attune/tasks/classification/results/prediction.h"

namespace attune {
namespace {

bool is_single(ProblemType problem) {
  return problem == ProblemType::single_label_classification;
}

/// The labels whose decision has a threshold of its own.
std::vector<std::int64_t> labels_with_threshold(ProblemType problem,
                                                const std::vector<std::string>& labels,
                                                const std::string& positive_label) {
  if (is_single(problem)) {
    if (labels.size() != 2) return {};
    return {positive_label_id(positive_label, labels)};
  }
  std::vector<std::int64_t> all(labels.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

/// Temperature scaling (Guo et al. 2017, section 4.2). On data that the model separates, the
/// likelihood rises without end as the temperature falls.
double best_temperature(const ScoredData& validation) {
  const TemperatureFit fit = fit_temperature(labelled_logits(validation));
  if (!fit.at_bound) return fit.temperature;
  log_warning(
      "no temperature is best for the validation data (it is too easy or too small): "
      "probabilities are left as they are");
  return 1;
}

}  // namespace

std::optional<bool> known_truth(const ScoredData& data, std::int64_t sample, std::int64_t label) {
  if (is_single(data.problem)) {
    return data.targets.const_data_ptr<std::int64_t>()[sample] == label;
  }
  const float value = data.targets.const_data_ptr<float>()[sample * data.targets.size(1) + label];
  if (std::isnan(value)) return {};
  return value > 0.5F;
}

std::int64_t positive_label_id(const std::string& positive_label,
                               const std::vector<std::string>& labels) {
  // As scikit-learn takes class 1 for the positive one.
  if (positive_label.empty()) return 1;
  check(labels.size() == 2, ErrorKind::user, "--positive-label is for two classes, the data has {}",
        labels.size());
  const auto found = std::find(labels.begin(), labels.end(), positive_label);
  check(found != labels.end(), ErrorKind::user,
        "--positive-label: no label \"{}\"{}; labels are: {}", positive_label,
        did_you_mean(positive_label, labels), join(labels, ", "));
  return found - labels.begin();
}

LabelledLogits labelled_logits(const ScoredData& data) {
  const auto width = static_cast<std::int64_t>(data.labels.size());
  const bool single = is_single(data.problem);
  LabelledLogits result(
      single ? LabelledLogits::Activation::softmax : LabelledLogits::Activation::sigmoid, width);
  std::vector<std::uint8_t> truth(data.labels.size());
  for (std::int64_t n = 0; n < data.logits.size(0); ++n) {
    const auto row = row_of(data.logits, static_cast<std::size_t>(n));
    if (single) {
      result.add(row, data.targets.const_data_ptr<std::int64_t>()[n]);
      continue;
    }
    for (std::int64_t c = 0; c < width; ++c) {
      const auto known = known_truth(data, n, c);
      truth[static_cast<std::size_t>(c)] = known ? (*known ? 1 : 0) : kMissingLabel;
    }
    result.add(row, truth);
  }
  return result;
}

at::Tensor calibrated_probabilities(const at::Tensor& logits, ProblemType problem,
                                    double temperature) {
  return ClassificationLoss(problem, {}).probabilities(logits / temperature).contiguous();
}

ScoredColumn class_column(const ScoredData& data, const at::Tensor& probabilities,
                          std::int64_t label) {
  ScoredColumn column;
  for (std::int64_t n = 0; n < probabilities.size(0); ++n) {
    const auto known = known_truth(data, n, label);
    if (!known) continue;
    const float score = probabilities.const_data_ptr<float>()[n * probabilities.size(1) + label];
    column.samples.push_back({score, *known});
    column.rows.push_back(n);
  }
  return column;
}

Decision plain_decision(ProblemType problem, const std::vector<std::string>& labels) {
  Decision decision;
  for (const std::int64_t label : labels_with_threshold(problem, labels, "")) {
    decision.points.push_back({label, {}});
  }
  return decision;
}

std::vector<std::int64_t> one_sided_labels(const ScoredData& validation,
                                           const DecisionSettings& options) {
  std::vector<std::int64_t> result;
  // A fixed threshold asks nothing of the data.
  if (parse_threshold_rule(options.threshold_rule).kind == ThresholdRule::Kind::fixed)
    return result;
  for (const std::int64_t label :
       labels_with_threshold(validation.problem, validation.labels, options.positive_label)) {
    bool positive = false, negative = false;
    for (std::int64_t n = 0; n < validation.targets.size(0); ++n) {
      const auto known = known_truth(validation, n, label);
      if (known) (*known ? positive : negative) = true;
    }
    if (!positive || !negative) result.push_back(label);
  }
  return result;
}

Decision choose_decision(const ScoredData& validation, const DecisionSettings& options) {
  Decision decision;
  decision.fitted_on =
      fmt::format("validation, {} samples", with_thousands(validation.logits.size(0)));
  if (options.temperature_scaling) decision.temperature = best_temperature(validation);
  const at::Tensor probabilities =
      calibrated_probabilities(validation.logits, validation.problem, decision.temperature);
  const ThresholdRule rule = parse_threshold_rule(options.threshold_rule);
  const std::vector<std::int64_t> one_sided = one_sided_labels(validation, options);
  for (const std::int64_t label :
       labels_with_threshold(validation.problem, validation.labels, options.positive_label)) {
    // Thresholds are of calibrated probabilities, which are what predict compares with them.
    const bool can_choose = std::find(one_sided.begin(), one_sided.end(), label) == one_sided.end();
    decision.points.push_back(
        {label, choose_operating_point(class_column(validation, probabilities, label).samples,
                                       can_choose ? rule : ThresholdRule())});
  }
  return decision;
}

std::vector<LabelDecisions> label_decisions(const ScoredData& data, const Decision& decision) {
  const at::Tensor probabilities =
      calibrated_probabilities(data.logits, data.problem, decision.temperature);
  std::vector<LabelDecisions> result;
  for (const Decision::ClassPoint& item : decision.points) {
    result.push_back({item.label, class_column(data, probabilities, item.label), item.point, {}});
  }
  if (!decision.points.empty()) return result;
  // Without thresholds each class is judged against all others, by what was called.
  const at::Tensor best = probabilities.argmax(1);
  for (std::int64_t label = 0; label < probabilities.size(1); ++label) {
    const at::Tensor called = best.eq(label).to(at::kByte);
    const auto* const begin = called.const_data_ptr<std::uint8_t>();
    result.push_back(
        {label, class_column(data, probabilities, label), {}, {begin, begin + called.numel()}});
  }
  return result;
}

DecisionOptions options_for(const LabelDecisions& decisions, const JudgingSettings& settings,
                            std::span<const std::int64_t> clusters) {
  return {.operating_point = decisions.point,
          .called = decisions.called,
          .chosen_specificity = settings.at_specificity,
          .resamples = settings.bootstrap_resamples,
          .seed = static_cast<std::uint64_t>(settings.bootstrap_seed),
          .clusters = clusters};
}

std::vector<DecisionResults> judge_decision(const ScoredData& data, const Decision& decision,
                                            const JudgingSettings& settings,
                                            std::span<const std::int64_t> clusters) {
  const std::vector<std::int64_t> cluster_of(clusters.begin(), clusters.end());
  std::vector<DecisionResults> results;
  for (const LabelDecisions& item : label_decisions(data, decision)) {
    const std::vector<std::int64_t> of_column = values_of(item.column, cluster_of);
    results.push_back(decision_results(data.labels[static_cast<std::size_t>(item.label)],
                                       item.column.samples,
                                       options_for(item, settings, of_column)));
  }
  return results;
}

Json decision_to_json(const Decision& decision, const std::vector<std::string>& labels) {
  Json points = Json::object();
  for (const Decision::ClassPoint& item : decision.points) {
    points[labels[static_cast<std::size_t>(item.label)]] = to_json(item.point);
  }
  return {{"temperature", decision.temperature},
          {"fitted_on", decision.fitted_on},
          {"operating_points", points}};
}

Decision load_decision(const fs::path& folder, ProblemType problem,
                       const std::vector<std::string>& labels) {
  const fs::path path = folder / kDecisionFile;
  const std::string name = path.string();
  const Json json = read_json(path);
  const auto valid = [&](const char* key, auto is_right) {
    check(json.is_object() && json.contains(key) && is_right(json.at(key)), ErrorKind::data,
          "{}: \"{}\" is missing or of a wrong kind; fine-tune again, or remove the file to decide "
          "without it",
          name, key);
  };
  // The file decides about patients: every value in it is checked.
  valid("temperature", [](const Json& value) {
    return value.is_number() && value.get<double>() > 0 && std::isfinite(value.get<double>());
  });
  valid("operating_points", [](const Json& value) { return value.is_object(); });
  Decision decision;
  decision.temperature = json.at("temperature").get<double>();
  if (json.contains("fitted_on") && json.at("fitted_on").is_string()) {
    decision.fitted_on = json.at("fitted_on").get<std::string>();
  }
  for (const auto& [label, point] : json.at("operating_points").items()) {
    const auto found = std::find(labels.begin(), labels.end(), label);
    check(found != labels.end(), ErrorKind::data, "{}: the model has no label \"{}\"", name, label);
    decision.points.push_back(
        {found - labels.begin(), operating_point_from_json(point, name + ": " + label)});
  }
  // Of two classes one has a threshold, of several labels each, of more classes none.
  const std::size_t expected = labels_with_threshold(problem, labels, "").size();
  check(decision.points.size() == expected, ErrorKind::data,
        "{}: it has {} thresholds, but a {} model of {} labels has {}; is it of another model?",
        name, decision.points.size(), config::enum_name(problem), labels.size(), expected);
  return decision;
}

}  // namespace attune
