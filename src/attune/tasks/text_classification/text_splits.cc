#include "attune/tasks/text_classification/text_splits.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/data/labels/class_ids.h"
#include "attune/data/split/split.h"
#include "attune/tasks/text_classification/text_data.h"

namespace attune {
namespace {

Split hold_out(const TextDataset& data, double share, std::uint64_t seed, const std::string& name) {
  try {
    switch (data.label_kind) {
      case LabelKind::single_label:
        return stratified_split(data.class_ids(), share, seed);
      case LabelKind::multi_label:
        return multilabel_split(label_sets_of(data), {}, share, seed);
      case LabelKind::none:
      case LabelKind::regression:
        break;
    }
    return random_split(data.size(), share, seed);
  } catch (const Error& error) {
    fail(error.kind(), "--validation-split {} of {}: {}", share, name, error.what());
  }
}

}  // namespace

std::vector<BadRow> TextSplits::bad_rows() const {
  std::vector<BadRow> all;
  for (const auto* part : {&train, validation ? &*validation : nullptr, test ? &*test : nullptr}) {
    if (part != nullptr) all.insert(all.end(), part->bad_rows.begin(), part->bad_rows.end());
  }
  return all;
}

TextSplits load_text_splits(const TextTrainSettings& settings, ProblemType problem) {
  TextDatasetOptions options = dataset_options(settings.columns, problem);
  options.on_bad_row = settings.data.on_bad_row;
  options.label_names = settings.data.labels;
  TextSplits data{.train = load_text_dataset(settings.data.train_file, options)};
  check_trainable(data.train, settings.data.train_file);
  options.label_names = data.train.label_names;
  if (!settings.data.validation_file.empty()) {
    data.validation = load_text_dataset(settings.data.validation_file, options);
  } else if (settings.data.validation_split) {
    const double share = *settings.data.validation_split;
    const auto seed = static_cast<std::uint64_t>(settings.train.seed);
    const Split split = hold_out(data.train, share, seed, settings.data.train_file);
    data.validation = data.train.subset(split.validation);
    std::vector<BadRow> bad_rows = std::move(data.train.bad_rows);
    data.train = data.train.subset(split.train);
    data.train.bad_rows = std::move(bad_rows);
  }
  if (!settings.data.test_file.empty()) {
    data.test = load_text_dataset(settings.data.test_file, options);
  }
  return data;
}

std::string fingerprint(const TextDataset& dataset) {
  Hasher hasher(HashAlgorithm::sha256);
  for (const TextExample& example : dataset.examples) {
    hasher.update(example.text);
    hasher.update(fmt::format("\t{}\t{}\t{}\t{}\n", example.text_pair.value_or(""), example.label,
                              fmt::join(example.label_set, ","), example.target));
  }
  return hasher.hex_digest();
}

ProblemType problem_of(const ClassifierOptions& options) {
  return options.problem_type.value_or(ProblemType::single_label_classification);
}

}  // namespace attune
