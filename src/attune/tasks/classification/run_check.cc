#include "attune/tasks/classification/run_check.h"

#include "attune/base/error.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/classification/loss.h"
#include "attune/tasks/run/fine_tuning.h"

namespace attune {
namespace {

/// What `train` would refuse is a finding here.
template <typename Refuse>
void add_refusal(const char* kind, const Refuse& refuse, DataCheck& check) {
  try {
    refuse();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::user) throw;
    check.add({.severity = Severity::problem, .kind = kind, .text = error.what()});
  }
}

}  // namespace

void add_run_problems(const ClassificationSettings& settings, ProblemType problem,
                      const std::vector<std::string>& labels,
                      const std::optional<Targets>& validation, DataCheck& check) {
  if (problem != ProblemType::regression) {
    add_refusal(
        "class_weights", [&] { check_class_weights(settings.loss.class_weights, labels); }, check);
  }
  if (!validation) return;
  add_refusal(
      "undefined_metric",
      [&] {
        check_best_metric(settings.train, metric_infos(problem, labels),
                          undefined_metrics(problem, labels, *validation));
      },
      check);
}

}  // namespace attune
