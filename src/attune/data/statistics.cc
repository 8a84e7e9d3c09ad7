#include "attune/data/statistics.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <unordered_map>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/base/strings.h"

namespace attune {
namespace {

constexpr std::size_t kMaxBins = 12;
constexpr std::size_t kMaxSamples = 5;

std::uint64_t hash_bytes(std::string_view text, std::uint64_t hash) {
  hash = mix_key(hash, text.size());
  for (std::size_t i = 0; i < text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, std::min<std::size_t>(8, text.size() - i));
    hash = mix_key(hash, word);
  }
  return hash;
}

std::uint64_t hash_example(const TextExample& example) {
  const std::uint64_t hash = hash_bytes(normalise_for_comparison(example.text), 1);
  if (!example.text_pair) return hash;
  return hash_bytes(normalise_for_comparison(*example.text_pair), hash);
}

bool same_label(const TextExample& a, const TextExample& b) {
  return a.label == b.label && a.label_set == b.label_set && a.target == b.target;
}

/// Index of the first example with each text.
using FirstSeen = std::unordered_map<std::uint64_t, std::int64_t>;

/// Counts the examples of `later` whose text was seen in `earlier`; within one split `seen` grows.
DuplicateStatistics find_duplicates(const SplitView& earlier, const SplitView& later,
                                    const std::vector<std::uint64_t>& hashes, FirstSeen& seen) {
  DuplicateStatistics result{earlier.name, later.name, 0, 0, {}};
  const bool is_within = earlier.data == later.data;
  for (std::int64_t i = 0; i < later.data->size(); ++i) {
    const std::uint64_t hash = hashes[static_cast<std::size_t>(i)];
    const auto found = seen.find(hash);
    if (found == seen.end()) {
      if (is_within) seen.emplace(hash, i);
      continue;
    }
    ++result.count;
    const auto& first = earlier.data->examples[static_cast<std::size_t>(found->second)];
    result.conflicting += !same_label(first, later.data->examples[static_cast<std::size_t>(i)]);
    if (result.samples.size() < kMaxSamples) {
      result.samples.emplace_back(earlier.data->source_name(found->second),
                                  later.data->source_name(i));
    }
  }
  return result;
}

std::vector<DuplicateStatistics> all_duplicates(std::span<const SplitView> splits) {
  std::vector<DuplicateStatistics> result;
  std::vector<FirstSeen> seen(splits.size());
  for (std::size_t later = 0; later < splits.size(); ++later) {
    std::vector<std::uint64_t> hashes;
    for (const TextExample& example : splits[later].data->examples) {
      hashes.push_back(hash_example(example));
    }
    for (std::size_t k = 0; k <= later; ++k) {  // itself first, then those before it
      const std::size_t earlier = k == 0 ? later : k - 1;
      auto found = find_duplicates(splits[earlier], splits[later], hashes, seen[earlier]);
      if (found.count > 0) result.push_back(std::move(found));
    }
  }
  return result;
}

LengthStatistics length_statistics(std::span<const std::int64_t> lengths, std::int64_t max_length) {
  LengthStatistics result;
  if (lengths.empty()) return result;
  std::vector<std::int64_t> sorted(lengths.begin(), lengths.end());
  std::sort(sorted.begin(), sorted.end());
  check(sorted.front() >= 0, ErrorKind::internal, "a text has {} tokens", sorted.front());
  const std::size_t n = sorted.size();
  result.min = sorted.front();
  result.max = sorted.back();
  result.median = sorted[(n - 1) / 2];
  result.p95 = sorted[(n * 95 + 99) / 100 - 1];  // nearest rank
  result.total_tokens = std::accumulate(sorted.begin(), sorted.end(), std::int64_t{0});
  result.mean = static_cast<double>(result.total_tokens) / static_cast<double>(n);
  while (result.max / result.bin_width >= static_cast<std::int64_t>(kMaxBins)) {
    result.bin_width *= 2;
  }
  result.histogram.resize(static_cast<std::size_t>(result.max / result.bin_width) + 1);
  for (const std::int64_t length : sorted) {
    ++result.histogram[static_cast<std::size_t>(length / result.bin_width)];
    if (max_length > 0 && length > max_length) {
      ++result.truncated_examples;
      result.truncated_tokens += length - max_length;
    }
  }
  return result;
}

SplitStatistics split_statistics(const SplitView& split, std::int64_t max_length) {
  const TextDataset& data = *split.data;
  check(split.lengths.empty() || static_cast<std::int64_t>(split.lengths.size()) == data.size(),
        ErrorKind::internal, "{} lengths for {} examples", split.lengths.size(), data.size());
  SplitStatistics result;
  result.name = split.name;
  result.examples = data.size();
  result.bad_rows = static_cast<std::int64_t>(data.bad_rows.size());
  result.class_counts = data.class_counts();
  result.lengths = length_statistics(split.lengths, max_length);
  if (data.label_kind != LabelKind::regression || data.examples.empty()) return result;
  result.target_min = result.target_max = data.examples[0].target;
  for (const TextExample& example : data.examples) {
    result.target_min = std::min(result.target_min, example.target);
    result.target_max = std::max(result.target_max, example.target);
    result.target_mean += example.target / static_cast<double>(data.size());
  }
  return result;
}

}  // namespace

std::string normalise_for_comparison(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_space) {
      result.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    } else if (!result.empty() && result.back() != ' ') {
      result.push_back(' ');
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

void DatasetStatistics::note_labels(LabelKind kind, const std::vector<std::string>& names) {
  if (splits.empty()) {
    label_kind = kind;
    label_names = names;
  }
  check(kind == label_kind && names == label_names, ErrorKind::internal,
        "the splits of a dataset have different labels");
}

DatasetStatistics compute_statistics(std::span<const SplitView> splits, std::int64_t max_length) {
  DatasetStatistics result;
  result.max_length = max_length;
  for (const SplitView& split : splits) {
    result.note_labels(split.data->label_kind, split.data->label_names);
    result.splits.push_back(split_statistics(split, max_length));
  }
  result.duplicates = all_duplicates(splits);
  return result;
}

}  // namespace attune
