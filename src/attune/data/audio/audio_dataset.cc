#include "attune/data/audio/audio_dataset.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/data/split/groups.h"

namespace attune {
namespace {

const AudioExample& example_at(const AudioDataset& dataset, std::int64_t example) {
  check(example >= 0 && example < dataset.size(), ErrorKind::internal,
        "example {} of {} was asked for", example, dataset.size());
  return dataset.examples[static_cast<std::size_t>(example)];
}

}  // namespace

std::string piece_name(const AudioExample& example) {
  if (example.begin == 0 && !example.end) return example.path;
  if (!example.end) return fmt::format("{}, from {:.2f} s", example.path, example.begin);
  return fmt::format("{}, {:.2f}-{:.2f} s", example.path, example.begin, *example.end);
}

std::string piece_key(const AudioExample& example) {
  return fmt::format("{}\t{}\t{}", example.path, example.begin, example.end.value_or(-1));
}

std::string AudioDataset::source_name(std::int64_t i) const {
  const AudioExample& example = example_at(*this, i);
  // A table's line is where people mend a transcript, the recording where they hear why.
  if (example.file < 0) return piece_name(example);
  const std::string& file = files[static_cast<std::size_t>(example.file)];
  if (example.line == 0) return fmt::format("{} ({})", file, piece_name(example));
  return fmt::format("{}:{} ({})", file, example.line, piece_name(example));
}

BadRow AudioDataset::bad_row(std::int64_t i, const std::string& reason) const {
  const AudioExample& example = example_at(*this, i);
  if (example.file < 0) return {.file = piece_name(example), .reason = reason};
  return {.file = files[static_cast<std::size_t>(example.file)],
          .line = example.line,
          .reason = fmt::format("{}: {}", piece_name(example), reason)};
}

double AudioDataset::seconds() const {
  double sum = 0;
  for (const AudioExample& example : examples) sum += example.seconds;
  return sum;
}

std::vector<std::int64_t> AudioDataset::group_ids() const {
  return group_ids_of(*this);
}

bool AudioDataset::has_groups() const {
  return has_any_group(*this);
}

bool AudioDataset::has_splits() const {
  return has_any_split(*this);
}

AudioDataset AudioDataset::subset(std::span<const std::int64_t> chosen) const {
  AudioDataset result{.label_kind = label_kind,
                      .examples = {},
                      .files = files,
                      .bad_rows = {},
                      .outside_limits = {},
                      .group_note = group_note};
  result.examples.reserve(chosen.size());
  for (const std::int64_t i : chosen) result.examples.push_back(example_at(*this, i));
  return result;
}

AudioDataset AudioDataset::part(GivenSplit split) const {
  return subset(members_of(*this, split));
}

void AudioDataset::append(AudioDataset other) {
  const auto offset = static_cast<std::int32_t>(files.size());
  for (AudioExample& example : other.examples) {
    if (example.file >= 0) example.file += offset;
    examples.push_back(std::move(example));
  }
  std::ranges::move(other.files, std::back_inserter(files));
  std::ranges::move(other.bad_rows, std::back_inserter(bad_rows));
}

void AudioDataset::take_left_out(AudioDataset& whole) {
  bad_rows = std::move(whole.bad_rows);
  outside_limits = std::move(whole.outside_limits);
}

}  // namespace attune
