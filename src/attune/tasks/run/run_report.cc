#include "attune/tasks/run/run_report.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include "attune/base/system.h"
#include "attune/base/text/human.h"
#include "attune/eval/report/sections/run/log_history.h"
#include "attune/eval/report/sections/run/machine_section.h"
#include "attune/eval/report/sections/run/settings_section.h"
#include "attune/eval/report/sections/run/training_section.h"

namespace attune {
namespace {

std::vector<KeyValueGroup> settings_of(const config::Schema& schema) {
  std::vector<KeyValueGroup> groups;
  for (const config::Field& field : schema.fields()) {
    const Json value = field.get();
    // Options that are not set would bury the others.
    if (value.is_null() || value == "" || (value.is_array() && value.empty())) continue;
    if (groups.empty() || groups.back().title != field.section)
      groups.push_back({field.section, {}});
    groups.back().items.push_back(
        {field.name, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  return groups;
}

std::vector<TrainedGroup> groups_of(const std::vector<PlanRow>& plan) {
  std::vector<TrainedGroup> groups;
  for (const PlanRow& row : plan) {
    groups.push_back({.name = row.group,
                      .parameters = row.parameters,
                      .trained_parameters = row.trained_parameters,
                      .learning_rate = row.learning_rate,
                      .note = row.trains});
  }
  return groups;
}

std::optional<Section> machine_of(const FinishedRun& run, const ReportTimings& timings) {
  std::int64_t parameters = 0;
  for (const PlanRow& row : run.plan) parameters += row.parameters;
  return machine_section({{"pre-trained model", run.facts.model_name},
                          {"family", run.family},
                          {"parameters", with_thousands(parameters)}},
                         timings,
                         // What the last bits of the numbers depend on.
                         {{"attune", ATTUNE_VERSION},
                          {"LibTorch", TORCH_VERSION},
                          {"processor", cpu_name()},
                          {"matrix products", run.precision},
                          {"threads", std::to_string(at::get_num_threads())}});
}

}  // namespace

Report run_report(const FinishedRun& run) {
  const TrainResult& result = run.result;
  ReportTimings timings{.unit = run.facts.unit,
                        .cost_unit = result.length_unit,
                        .train_seconds = result.train_runtime,
                        .eval_seconds = run.eval_seconds,
                        .train_samples_per_second = result.train_samples_per_second,
                        .train_cost_per_second = result.train_lengths_per_second,
                        .peak_rss_bytes = peak_rss_bytes()};
  if (run.evaluation != nullptr) {
    timings.eval_samples_per_second =
        static_cast<double>(run.evaluation->samples) / run.evaluation->runtime;
  }
  Report report{.subtitle = fmt::format("{}, {}", run.facts.model_name, utc_now()),
                .headline = timing_numbers(timings)};
  report.add(training_section(
      charts_from_log_history(result.log_history, run.facts.metrics, result.best_step),
      groups_of(run.plan)));
  report.add(settings_section(settings_of(run.schema)));
  report.add(machine_of(run, timings));
  return report;
}

}  // namespace attune
