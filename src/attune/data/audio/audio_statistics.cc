#include "attune/data/audio/audio_statistics.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/data/split/groups.h"
#include "attune/data/statistics_of.h"

namespace attune {
namespace {

constexpr std::size_t kMostSecondBins = 12;

struct AudioSplitView {
  std::string name;
  const AudioDataset* data;
};

void describe_lengths(const AudioDataset& data, SpeechStatistics& speech) {
  std::vector<double> sorted;
  for (const AudioExample& example : data.examples) sorted.push_back(example.seconds);
  std::ranges::sort(sorted);
  const std::size_t n = sorted.size();
  speech.min_seconds = sorted.front();
  speech.median_seconds = sorted[(n - 1) / 2];
  speech.p95_seconds = sorted[(n * 95 + 99) / 100 - 1];  // nearest rank
  speech.max_seconds = sorted.back();
  // Powers of two: lengths of different data sets can be compared bin by bin.
  while (speech.max_seconds / speech.bin_seconds >= static_cast<double>(kMostSecondBins)) {
    speech.bin_seconds *= 2;
  }
  speech.histogram.resize(static_cast<std::size_t>(speech.max_seconds / speech.bin_seconds) + 1);
  for (const double seconds : sorted) {
    ++speech.histogram[static_cast<std::size_t>(seconds / speech.bin_seconds)];
  }
}

SpeechStatistics speech_statistics(const AudioDataset& data) {
  SpeechStatistics speech{.seconds = data.seconds(), .speakers = count_groups(data)};
  if (data.examples.empty()) return speech;
  describe_lengths(data, speech);
  std::unordered_set<char32_t> alphabet;
  for (const AudioExample& example : data.examples) {
    bool in_word = false;
    for (std::size_t at = 0; at < example.text.size();) {
      const char32_t c = next_code_point(example.text, at);
      ++speech.characters;
      if (c != ' ') alphabet.insert(c);
      if (c != ' ' && !in_word) ++speech.words;
      in_word = c != ' ';
    }
  }
  speech.alphabet = static_cast<std::int64_t>(alphabet.size());
  return speech;
}

/// Keys of the sound, 0 where it is not known or says nothing.
std::vector<std::uint64_t> sound_keys(const AudioScan& scan) {
  std::vector<std::uint64_t> keys;
  for (const SoundLook& look : scan.looks) {
    keys.push_back(look.peak < kSilentPeak ? 0 : look.samples);
  }
  return keys;
}

}  // namespace

bool same_label(const AudioDataset& first, std::int64_t i, const AudioDataset& second,
                std::int64_t j) {
  return first.examples[static_cast<std::size_t>(i)].text ==
         second.examples[static_cast<std::size_t>(j)].text;
}

DatasetStatistics audio_statistics(const AudioParts& parts, const std::vector<AudioScan>& scans) {
  DatasetStatistics result;
  std::vector<AudioSplitView> views;
  std::vector<std::vector<std::uint64_t>> keys;
  for (const auto& [name, data] : parts.parts()) {
    SplitStatistics split{.name = name,
                          .examples = data->size(),
                          .bad_rows = std::ssize(data->bad_rows) + std::ssize(data->outside_limits),
                          .speech = speech_statistics(*data)};
    result.note_labels(data->label_kind, {});
    result.splits.push_back(std::move(split));
    if (!scans.empty()) {
      const AudioScan& scan = scans.at(views.size());
      check(std::ssize(scan.looks) == data->size(), ErrorKind::internal, "{} looks at {} clips",
            scan.looks.size(), data->size());
      keys.push_back(sound_keys(scan));
    }
    views.push_back({name, data});
  }
  note_equal<AudioSplitView>(equal_pairs(keys), views, result);
  return result;
}

}  // namespace attune
