#include "attune/tasks/text_classification/report.h"

#include "attune/base/text/human.h"
#include "attune/tasks/classification/results/report.h"

namespace attune {

DataSummary summarize_texts(const DatasetStatistics& statistics, const NamedTexts& splits,
                            std::int64_t max_length) {
  std::vector<std::string> sources;
  std::int64_t truncated = 0;
  for (std::size_t i = 0; i < splits.size(); ++i) {
    const TextDataset& dataset = splits[i].second->dataset;
    sources.push_back(dataset.files.empty() ? "" : dataset.files.front());
    truncated += statistics.splits[i].lengths.truncated_examples;
  }
  DataSummary summary = summarize_data(statistics, sources, "texts");
  summary.max_length = max_length;
  // Of the training texts, before they were cut: they show what --max-length costs.
  const auto& lengths = splits.front().second->full_lengths;
  summary.lengths.assign(lengths.begin(), lengths.end());
  summary.facts.push_back({"texts that were cut", with_thousands(truncated)});
  return summary;
}

ReportMistake describe_text_mistake(const Mistake& mistake, const TextData& data,
                                    const EvaluationInput& input) {
  const TextExample& example = data.dataset.examples[static_cast<std::size_t>(mistake.example)];
  ReportMistake result = describe_labels(mistake, input.problem, input.labels, input.targets);
  result.text = example.text;
  if (example.text_pair) result.text += " | " + *example.text_pair;
  result.where = data.dataset.source_name(mistake.example);
  return result;
}

}  // namespace attune
