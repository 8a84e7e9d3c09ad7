#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/json.h"
#include "attune/eval/metrics/metric_info.h"

namespace attune {

/// Named results of one evaluation, in the order they are shown. A metric that is undefined on the
/// data (AUROC with one class, correlation with a constant) is not among `values`: it is in
/// `undefined` with the reason, so that nobody reads a made-up 0.
struct MetricValues {
  std::vector<std::pair<std::string, double>> values;
  std::vector<std::pair<std::string, std::string>> undefined;

  /// Appends `name` to `values`, or to `undefined` where `value` is not finite.
  void add(std::string name, double value, std::string_view reason_if_undefined = "");
  std::optional<double> find(std::string_view name) const;
};

/// None of `infos` has a value, all for the same reason.
MetricValues all_undefined(const std::vector<MetricInfo>& infos, const std::string& reason);

/// `{"PREFIXaccuracy": 0.9, ...}`; where something is undefined also
/// `"PREFIXundefined": {"auroc": "reason"}`.
Json metrics_to_json(const MetricValues& metrics, const std::string& prefix = "");

/// For people: `f1_macro` -> "F1, macro", `mcc` -> "Matthews correlation"; an unknown name with
/// spaces for underscores.
std::string metric_title(std::string_view name);
/// The title that `infos` give it, else that of the name.
std::string metric_title(std::span<const MetricInfo> infos, std::string_view name);

}  // namespace attune
