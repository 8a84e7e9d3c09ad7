#include "attune/tasks/classification/suspects.h"

#include <fmt/format.h>

namespace attune {

void add_suspects(const ClassificationEvaluation& evaluation,
                  const std::vector<std::string>& labels,
                  const std::pair<std::int32_t, std::string>& part, DataCheck& check) {
  if (evaluation.mistakes.empty()) return;
  Finding finding{.severity = Severity::note,
                  .kind = "suspicious_labels",
                  .text = fmt::format("labels of {} that the model doubts most", part.second),
                  .advice =
                      "look at them: a model is wrong too. It doubts little of what it has "
                      "learnt from; one that was trained on other data doubts more"};
  for (const Mistake& mistake : evaluation.mistakes) {
    const auto other = std::ranges::max_element(mistake.probabilities);
    const auto label = static_cast<std::size_t>(other - mistake.probabilities.begin());
    finding.examples.push_back({{{part.first, mistake.example}},
                                fmt::format("rather {} ({:.3f})", labels[label], *other)});
  }
  check.add(std::move(finding));
}

Finding no_suspects(const std::string& reason) {
  return {.severity = Severity::note,
          .kind = "no_suspicious_labels",
          .text = "labels were not doubted: " + reason};
}

}  // namespace attune
