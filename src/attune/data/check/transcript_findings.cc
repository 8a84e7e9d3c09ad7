#include "attune/data/check/transcript_findings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"
#include "attune/data/check/counted.h"
#include "attune/data/check/seen_characters.h"

namespace attune {
namespace {

constexpr std::int64_t kRareCount = 2;
constexpr std::int64_t kEnoughCharacters = 1000;
constexpr std::int64_t kOftenClips = 10;
constexpr double kOftenShare = 0.01;
constexpr std::size_t kLeastClips = 20;
const double kLeastDeviation = std::log(2.5);

SeenCharacters unknown_to(const AudioParts& parts, const CtcVocabulary* vocabulary) {
  std::set<std::string> known;
  if (vocabulary == nullptr) {
    for (const AudioExample& clip : parts.train.examples) {
      for_characters(clip.text, [&](const std::string& c) { known.insert(c); });
    }
  }
  SeenCharacters seen;
  const auto all = parts.parts();
  for (std::size_t p = vocabulary == nullptr ? 1 : 0; p < all.size(); ++p) {
    for (std::size_t i = 0; i < all[p].second->examples.size(); ++i) {
      const std::string& text = all[p].second->examples[i].text;
      std::vector<std::string> unknown;
      if (vocabulary == nullptr) {
        for_characters(text, [&](const std::string& c) {
          if (!known.contains(c)) unknown.push_back(c);
        });
      } else {
        unknown = vocabulary->unknown_in(text);
      }
      for (const std::string& c : unknown) see(c, clip_id(p, i), seen);
    }
  }
  return seen;
}

/// The logarithm of characters a second.
double pace_of(const AudioExample& clip) {
  return std::log(static_cast<double>(utf8_length(clip.text)) / clip.seconds);
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void find_unknown_characters(const AudioParts& parts, const CtcVocabulary* vocabulary,
                             DataCheck& check) {
  const SeenCharacters seen = unknown_to(parts, vocabulary);
  if (seen.empty()) return;
  std::int64_t times = 0;
  for (const auto& [character, entry] : seen) times += entry.count;
  Finding finding{.severity = Severity::warning,
                  .kind = "unknown_characters",
                  .advice =
                      "a model cannot write them: --remove-punctuation, --chars-to-remove, "
                      "--letter-case and --unicode-normalization change transcripts"};
  const std::string to = vocabulary == nullptr ? "training part" : "vocabulary";
  finding.text = fmt::format(
      "{} the {}: {} in all",
      counted(std::ssize(seen), "characters", " of transcripts", "is unknown to", "are unknown to"),
      to, with_thousands(times));
  list_characters(seen, finding);
  check.add(std::move(finding));
}

void find_rare_characters(const AudioParts& parts, DataCheck& check) {
  SeenCharacters seen;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < parts.train.examples.size(); ++i) {
    for_characters(parts.train.examples[i].text, [&](const std::string& c) {
      see(c, clip_id(0, i), seen);
      ++total;
    });
  }
  std::erase_if(seen, [](const auto& entry) { return entry.second.count > kRareCount; });
  if (total < kEnoughCharacters || seen.empty()) return;
  Finding finding{
      .severity = Severity::note,
      .kind = "rare_characters",
      .text =
          counted(std::ssize(seen), "characters", "", "comes once or twice in the training part",
                  "come once or twice in the training part"),
      .advice =
          "little can be learnt of them: those that are slips or foreign are best mended, or taken "
          "out with --chars-to-remove"};
  list_characters(seen, finding);
  check.add(std::move(finding));
}

void find_frequent_transcripts(const AudioParts& parts, DataCheck& check) {
  std::unordered_map<std::string_view, std::vector<ExampleId>> clips;
  for (std::size_t i = 0; i < parts.train.examples.size(); ++i) {
    clips[parts.train.examples[i].text].push_back(clip_id(0, i));
  }
  Finding often{.severity = Severity::note, .kind = "frequent_transcripts"};
  std::vector<std::pair<std::int64_t, std::string_view>> order;
  for (const auto& [text, of_text] : clips) {
    const std::int64_t count = std::ssize(of_text);
    if (count > kOftenClips &&
        static_cast<double>(count) > kOftenShare * static_cast<double>(parts.train.size())) {
      order.emplace_back(-count, text);
    }
  }
  std::ranges::sort(order);
  for (const auto& [count, text] : order) {
    often.examples.push_back({{clips.at(text).front()}, fmt::format("{} clips", -count)});
  }
  if (!order.empty()) {
    often.text =
        counted(std::ssize(order), "transcripts", "", "is that of more than 1 % of the clips",
                "are those of more than 1 % of "
                "the clips each");
    check.add(std::move(often));
  }
  Finding known{.severity = Severity::note,
                .kind = "transcripts_in_two_parts",
                .advice =
                    "results on them tell less of what is not known; of a fixed set of "
                    "phrases nothing else can be had"};
  const auto all = parts.parts();
  for (std::size_t p = 1; p < all.size(); ++p) {
    for (std::size_t i = 0; i < all[p].second->examples.size(); ++i) {
      const auto found = clips.find(all[p].second->examples[i].text);
      if (found == clips.end()) continue;
      known.examples.push_back({{found->second.front(), clip_id(p, i)}, ""});
    }
  }
  if (known.examples.empty()) return;
  known.text = counted(std::ssize(known.examples), "clips", " of other parts",
                       "has a transcript that is learnt from too",
                       "have transcripts that are learnt from too");
  check.add(std::move(known));
}

void find_odd_paces(const AudioParts& parts, DataCheck& check) {
  std::vector<std::pair<double, ExampleId>> paces;
  const auto all = parts.parts();
  for (std::size_t p = 0; p < all.size(); ++p) {
    for (std::size_t i = 0; i < all[p].second->examples.size(); ++i) {
      const AudioExample& clip = all[p].second->examples[i];
      if (clip.seconds > 0 && !clip.text.empty()) paces.emplace_back(pace_of(clip), clip_id(p, i));
    }
  }
  if (paces.size() < kLeastClips) return;
  std::vector<double> values;
  for (const auto& [pace, clip] : paces) values.push_back(pace);
  const double median = median_of(values);
  for (double& value : values) value = std::abs(value - median);
  const double far = std::max(kLeastDeviation, 6 * median_of(values));
  Finding fast{.severity = Severity::warning,
               .kind = "too_much_text",
               .advice = "the transcript is of another clip, or the recording is cut: listen"};
  Finding slow{.severity = Severity::warning,
               .kind = "too_little_text",
               .advice =
                   "the transcript is of another clip or not whole, or most is silence: "
                   "listen"};
  std::ranges::sort(paces, {}, [&](const auto& entry) { return -std::abs(entry.first - median); });
  for (const auto& [pace, clip] : paces) {
    if (std::abs(pace - median) <= far) break;
    (pace > median ? fast : slow)
        .examples.push_back({{clip}, fmt::format("{:.1f} characters a second", std::exp(pace))});
  }
  for (Finding* const finding : {&fast, &slow}) {
    if (finding->examples.empty()) continue;
    finding->text = fmt::format("{} far {} characters a second than others ({:.1f} in the middle)",
                                counted(std::ssize(finding->examples), "clips", "", "has", "have"),
                                finding == &fast ? "more" : "fewer", std::exp(median));
    check.add(std::move(*finding));
  }
}

}  // namespace attune
