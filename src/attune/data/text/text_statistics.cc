#include "attune/data/text/text_statistics.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/base/text/utf8.h"
#include "attune/base/threads.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/statistics_of.h"
#include "attune/media/text/unicode/unicode.h"

namespace attune {
namespace {

constexpr std::size_t kMaxBins = 12;

// 64 bits: among a million texts two differing ones share a hash with a chance of 3e-8.
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
  // A pair goes on from the hash of its first text, so that ("a", "b") is not ("b", "a").
  if (!example.text_pair) return hash;
  return hash_bytes(normalise_for_comparison(*example.text_pair), hash);
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
  // Powers of two: lengths of different data sets can be compared bin by bin.
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
  SplitStatistics result = describe_examples(split.name, data);
  result.lengths = length_statistics(split.lengths, max_length);
  result.text_tokens = split.text_tokens;
  result.unknown_tokens = split.unknown_tokens;
  return result;
}

}  // namespace

std::string normalise_for_comparison(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::u32string lower;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    const char32_t code_point = c < 0x80 ? text[at++] : next_code_point(text, at);
    if (is_white_space(code_point)) {
      if (!result.empty() && result.back() != ' ') result.push_back(' ');
    } else if (is_blank(code_point)) {
      continue;  // nobody sees it, and tokenizers drop it
    } else if (c < 0x80) {
      result.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : text[at - 1]);
    } else {
      lower.clear();
      append_lower_case(code_point, lower);
      for (const char32_t each : lower) append_utf8(result, each);
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

DatasetStatistics compute_statistics(std::span<const SplitView> splits, std::int64_t max_length) {
  DatasetStatistics result;
  result.max_length = max_length;
  for (const SplitView& split : splits) {
    result.note_labels(split.data->label_kind, split.data->label_names);
    result.splits.push_back(split_statistics(split, max_length));
  }
  std::vector<std::vector<std::uint64_t>> hashes(splits.size());
  for (std::size_t s = 0; s < splits.size(); ++s) {
    const auto& examples = splits[s].data->examples;
    hashes[s].resize(examples.size());
    parallel_for(splits[s].data->size(), 256, 0, [&](auto begin, auto end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        hashes[s][i] = hash_example(examples[i]);
      }
    });
  }
  note_equal(equal_pairs(hashes), splits, result);
  return result;
}

}  // namespace attune
