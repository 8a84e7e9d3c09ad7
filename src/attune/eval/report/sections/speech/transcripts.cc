#include "attune/eval/report/sections/speech/transcripts.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace attune {

std::vector<std::int64_t> speakers_of(std::span<const TranscriptResult> texts) {
  std::unordered_map<std::string_view, std::int64_t> numbers;
  std::vector<std::int64_t> result;
  std::int64_t next = 0;
  for (const TranscriptResult& text : texts) {
    const auto found = text.speaker.empty() ? numbers.end() : numbers.find(text.speaker);
    result.push_back(found == numbers.end() ? next++ : found->second);
    if (!text.speaker.empty()) numbers.emplace(text.speaker, result.back());
  }
  if (numbers.empty()) result.clear();
  return result;
}

std::vector<std::size_t> worst_transcripts(const ErrorRates& rates, std::size_t limit) {
  const std::vector<EditCounts>& words = rates.words();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].errors() > 0) order.push_back(i);
  }
  const auto share = [&](std::size_t i) {
    // Of words where nothing was said all are too many.
    return words[i].reference_length() == 0 ? std::numeric_limits<double>::infinity()
                                            : words[i].rate();
  };
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    if (words[a].errors() != words[b].errors()) return words[a].errors() > words[b].errors();
    return share(a) > share(b);
  });
  order.resize(std::min(order.size(), limit));
  return order;
}

}  // namespace attune
