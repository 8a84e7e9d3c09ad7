#include "attune/tasks/classification/doubts/suspects.h"

#include <fmt/format.h>

namespace attune {
namespace {

std::span<const float> row_of(const at::Tensor& probabilities, std::int64_t n) {
  const std::int64_t width = probabilities.size(1);
  return {probabilities.const_data_ptr<float>() + n * width, static_cast<std::size_t>(width)};
}

std::string told_of(Seen seen) {
  switch (seen) {
    case Seen::no:
      return " (each by a model that has not seen it)";
    case Seen::training:
      return " (the model has seen these examples: it doubts less than one that has not)";
    case Seen::unknown:
      break;
  }
  return "";
}

}  // namespace

std::vector<std::int64_t> rank_suspects(const at::Tensor& probabilities,
                                        std::span<const std::int64_t> labels, std::int64_t limit) {
  std::vector<std::int64_t> suspects;
  const auto belief = [&](std::int64_t n) {
    return row_of(probabilities, n)[static_cast<std::size_t>(labels[static_cast<std::size_t>(n)])];
  };
  for (std::int64_t n = 0; n < std::ssize(labels); ++n) {
    const std::span<const float> row = row_of(probabilities, n);
    if (std::isnan(row[0])) continue;
    if (belief(n) < *std::ranges::max_element(row)) suspects.push_back(n);
  }
  // Equal ones by their number.
  std::ranges::stable_sort(suspects, {}, belief);
  if (std::ssize(suspects) > limit) suspects.resize(static_cast<std::size_t>(limit));
  return suspects;
}

void add_suspects(const at::Tensor& probabilities, std::span<const std::int64_t> labels,
                  const std::vector<std::string>& names,
                  const std::pair<std::int32_t, std::string>& part, Seen seen, std::int64_t limit,
                  DataCheck& check) {
  const std::vector<std::int64_t> suspects = rank_suspects(probabilities, labels, limit);
  if (suspects.empty()) return;
  Finding finding{
      .severity = Severity::note,
      .kind = "suspicious_labels",
      .text = fmt::format("labels of {} that the model doubts most{}", part.second, told_of(seen)),
      .advice = seen == Seen::no ? "look at them: a model is wrong too"
                                 : "look at them: a model is wrong too. One that has not seen the "
                                   "examples doubts more: train with --folds, and give --model "
                                   "that run's folder"};
  for (const std::int64_t n : suspects) {
    const std::span<const float> row = row_of(probabilities, n);
    const auto other = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    finding.examples.push_back(
        {{{part.first, n}}, fmt::format("rather {} ({:.3f})", names[other], row[other])});
  }
  check.add(std::move(finding));
}

Finding no_suspects(const std::string& reason) {
  return {.severity = Severity::note,
          .kind = "no_suspicious_labels",
          .text = "labels were not doubted: " + reason};
}

}  // namespace attune
