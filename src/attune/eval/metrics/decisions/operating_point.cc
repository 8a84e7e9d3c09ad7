#include "attune/eval/metrics/decisions/operating_point.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/eval/metrics/decisions/binary_counts.h"

namespace attune {
namespace {

using Kind = ThresholdRule::Kind;
constexpr double kRounding = 1e-12;  // 0.95 x 20 samples shall be 19 of them

double parse_rate(std::string_view number, std::string_view whole) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  check(
      error == std::errc() && end == number.data() + number.size() && value >= 0.0 && value <= 1.0,
      ErrorKind::user,
      "threshold rule \"{}\": expected youden, specificity=X, sensitivity=X or X, with a number "
      "X from 0 to 1",
      whole);
  return value;
}

// What the rule maximises at a point; lower values are tried only where this one is not allowed.
// Exact: both rates over the same denominator.
std::pair<std::int64_t, std::int64_t> merit(const ThresholdRule& rule, const ThresholdCurve& curve,
                                            std::size_t i) {
  const auto& [threshold, true_positives, false_positives] = curve.points[i];
  const auto rate = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  switch (rule.kind) {
    case Kind::youden:
      // Youden's J is TP / P - FP / N. Times P N it is a whole number, and equal merits compare as
      // equal.
      return {1, true_positives * curve.negatives - false_positives * curve.positives};
    case Kind::specificity:
      // Points that reach the rate come first; among them, and among those that do not, the most
      // positives found.
      return {rate(curve.negatives - false_positives, curve.negatives) >= rule.value - kRounding,
              true_positives};
    case Kind::sensitivity:
      // The same for the fewest false alarms.
      return {rate(true_positives, curve.positives) >= rule.value - kRounding, -false_positives};
    case Kind::fixed:
      break;
  }
  fail(ErrorKind::internal, "a fixed threshold needs no curve");
}

std::size_t best_point(const ThresholdRule& rule, const ThresholdCurve& curve) {
  check(curve.positives > 0 && curve.negatives > 0, ErrorKind::data,
        "the rule \"{}\" needs samples of both classes, got {} positive and {} negative; use a "
        "larger validation set or a fixed threshold",
        to_string(rule), curve.positives, curve.negatives);
  std::size_t best = 0;
  for (std::size_t i = 1; i < curve.points.size(); ++i) {
    // Points go from the highest threshold down, so the first of equal ones has the highest.
    const auto merit_i = merit(rule, curve, i), merit_best = merit(rule, curve, best);
    // Of points with equal specificity the one that finds more, else the higher threshold.
    const bool tie_goes_lower = rule.kind == Kind::sensitivity && merit_i == merit_best;
    if (merit_i > merit_best || tie_goes_lower) best = i;
  }
  return best;
}

double threshold_below(const ThresholdCurve& curve, std::size_t point) {
  // Half way to the next score, so that a score that comes out a little different (another batch
  // size, another processor) is decided the same.
  const double next = point + 1 < curve.points.size() ? curve.points[point + 1].threshold : 0.0;
  if (point > 0) return 0.5 * (curve.points[point].threshold + next);
  // The first point calls nothing: above the highest score, and where that is 1 just above it.
  return next < 1.0 ? 0.5 * (1.0 + next) : std::nextafter(next, 2.0);
}

double number_at(const Json& json, const char* key, const std::string& where) {
  const auto found = json.find(key);
  check(found != json.end() && (found->is_number() || found->is_null()), ErrorKind::data,
        "{}: \"{}\" is {}, expected a number", where, key,
        found == json.end() ? "missing" : found->dump());
  // JSON has no NaN: what is undefined was written as null.
  return found->is_null() ? std::numeric_limits<double>::quiet_NaN() : found->get<double>();
}

std::int64_t count_at(const Json& json, const char* key, const std::string& where) {
  const double value = number_at(json, key, where);
  check(value >= 0.0 && value < 1e15, ErrorKind::data, "{}: \"{}\" is {}, expected a count", where,
        key, value);
  return static_cast<std::int64_t>(value);
}

}  // namespace

ThresholdRule parse_threshold_rule(std::string_view text) {
  const std::string_view rule = trim(text);
  if (rule == "youden") return {Kind::youden, 0.0};
  for (const auto& [prefix, kind] : {std::pair{std::string_view("specificity="), Kind::specificity},
                                     {std::string_view("sensitivity="), Kind::sensitivity}}) {
    if (rule.starts_with(prefix)) return {kind, parse_rate(rule.substr(prefix.size()), text)};
  }
  return {Kind::fixed, parse_rate(rule, text)};
}

std::string to_string(const ThresholdRule& rule) {
  switch (rule.kind) {
    case Kind::youden:
      return "youden";
    case Kind::specificity:
      return fmt::format("specificity={}", rule.value);
    case Kind::sensitivity:
      return fmt::format("sensitivity={}", rule.value);
    case Kind::fixed:
      break;
  }
  return fmt::format("{}", rule.value);
}

OperatingPoint choose_operating_point(std::vector<ScoredSample> validation,
                                      const ThresholdRule& rule) {
  double threshold = rule.value;
  if (rule.kind != Kind::fixed) {
    const ThresholdCurve curve = threshold_curve(validation);
    threshold = threshold_below(curve, best_point(rule, curve));
  }
  const BinaryCounts counts = count_decisions(validation, threshold);
  return {.threshold = threshold,
          .rule = rule,
          .sensitivity = counts.sensitivity(),
          .specificity = counts.specificity(),
          .positives = counts.positives(),
          .negatives = counts.negatives()};
}

double sensitivity_at_specificity(const ThresholdCurve& curve, double specificity) {
  const std::size_t best = best_point({Kind::specificity, specificity}, curve);
  return static_cast<double>(curve.points[best].true_positives) /
         static_cast<double>(curve.positives);
}

Json to_json(const OperatingPoint& point) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  return {{"threshold", point.threshold},
          {"rule", to_string(point.rule)},
          {"sensitivity", number(point.sensitivity)},
          {"specificity", number(point.specificity)},
          {"positives", point.positives},
          {"negatives", point.negatives}};
}

OperatingPoint operating_point_from_json(const Json& json, const std::string& where) {
  check(json.is_object() && json.contains("rule") && json["rule"].is_string(), ErrorKind::data,
        "{}: expected an object with \"threshold\" and \"rule\"", where);
  OperatingPoint point;
  point.threshold = number_at(json, "threshold", where);
  // Just above 1 nothing is called positive.
  check(point.threshold >= 0.0 && point.threshold <= 1.001, ErrorKind::data,
        "{}: the threshold is {}, expected a number from 0 to 1", where, point.threshold);
  try {
    point.rule = parse_threshold_rule(json["rule"].get<std::string>());
  } catch (const Error& error) {
    fail(ErrorKind::data, "{}: {}", where, error.what());
  }
  point.sensitivity = number_at(json, "sensitivity", where);
  point.specificity = number_at(json, "specificity", where);
  point.positives = count_at(json, "positives", where);
  point.negatives = count_at(json, "negatives", where);
  return point;
}

}  // namespace attune
