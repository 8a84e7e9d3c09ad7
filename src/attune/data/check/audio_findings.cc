#include "attune/data/check/audio_findings.h"

#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/data/audio/audio_statistics.h"
#include "attune/data/check/character_findings.h"
#include "attune/data/check/counted.h"
#include "attune/data/check/example_findings.h"
#include "attune/data/check/transcript_findings.h"

namespace attune {
namespace {

constexpr double kClippedShare = 1e-3;  // of samples; heard as distortion

/// A finding on every clip of which `is_meant(look)` holds.
template <typename IsMeant, typename Detail>
void add_clips(const std::vector<AudioScan>& scans, Finding finding, const std::string& of_one,
               const std::string& of_many, const IsMeant& is_meant, const Detail& detail,
               DataCheck& check) {
  for (std::size_t p = 0; p < scans.size(); ++p) {
    for (std::size_t i = 0; i < scans[p].looks.size(); ++i) {
      if (!is_meant(scans[p].looks[i])) continue;
      finding.examples.push_back({{{static_cast<std::int32_t>(p), static_cast<std::int64_t>(i)}},
                                  detail(scans[p].looks[i])});
    }
  }
  if (finding.examples.empty()) return;
  finding.text = counted(std::ssize(finding.examples), "clips", "", of_one, of_many);
  check.add(std::move(finding));
}

void find_bad_sound(const std::vector<AudioScan>& scans, DataCheck& check) {
  add_clips(
      scans,
      {.severity = Severity::warning,
       .kind = "silent_clips",
       .advice = "no transcript can be learnt from silence: leave them out"},
      "is silent", "are silent", [](const SoundLook& look) { return look.peak < kSilentPeak; },
      [](const SoundLook& look) { return fmt::format("{:.1f} s", look.seconds); }, check);
  add_clips(
      scans,
      {.severity = Severity::warning,
       .kind = "clipped_clips",
       .advice = "they were recorded too loud: record again, or expect more errors on them"},
      "is clipped: more than 0.1 % of its samples are at full scale",
      "are clipped: more than 0.1 % of their samples are at full scale",
      [](const SoundLook& look) { return look.clipped > kClippedShare; },
      [](const SoundLook& look) { return fmt::format("{:.1f} %", 100 * look.clipped); }, check);
}

/// "44,100 Hz: 12 clips", most first, as lines of the finding.
void list_rates(const std::vector<AudioScan>& scans, std::int64_t wanted, Finding& finding) {
  std::map<std::int64_t, std::int64_t> counts;
  for (const AudioScan& scan : scans) {
    for (const SoundLook& look : scan.looks) ++counts[look.sample_rate];
  }
  counts.erase(wanted);
  for (const auto& [rate, count] : counts) {
    finding.lines.push_back(
        fmt::format("{} Hz: {} clips", with_thousands(rate), with_thousands(count)));
  }
}

void find_other_formats(const std::vector<AudioScan>& scans, std::int64_t rate, DataCheck& check) {
  Finding rates{.severity = Severity::note,
                .kind = "other_sample_rates",
                .advice =
                    "they are resampled each time they are read; what a rate below the "
                    "model's lacks stays lacking"};
  list_rates(scans, rate, rates);
  const auto detail = [](const SoundLook& look) {
    return fmt::format("{} Hz", with_thousands(look.sample_rate));
  };
  add_clips(
      scans, std::move(rates), fmt::format("is not of {} Hz", with_thousands(rate)),
      fmt::format("are not of {} Hz", with_thousands(rate)),
      [&](const SoundLook& look) { return look.sample_rate != rate; }, detail, check);
  add_clips(
      scans,
      {.severity = Severity::note,
       .kind = "several_channels",
       .advice = "channels are averaged; where each is another speaker, part them first"},
      "has several channels", "have several channels",
      [](const SoundLook& look) { return look.channels > 1; },
      [](const SoundLook& look) { return fmt::format("{} channels", look.channels); }, check);
}

bool has_several_speakers(const AudioParts& parts) {
  std::set<std::string_view> speakers;
  for (const auto& [name, data] : parts.parts()) {
    for (const AudioExample& clip : data->examples) speakers.insert(clip.group);
  }
  speakers.erase("");
  return speakers.size() > 1;
}

void find_infeasible(const AudioParts& parts, const AudioCheckOptions& options, DataCheck& check) {
  if (!options.is_feasible) return;
  Finding finding{.severity = Severity::warning,
                  .kind = "too_short_for_their_transcripts",
                  .advice =
                      "no alignment is possible and they teach nothing: transcript and clip "
                      "do not belong together, or the clip is cut"};
  const auto all = parts.parts();
  for (std::size_t p = 0; p < all.size(); ++p) {
    for (std::size_t i = 0; i < all[p].second->examples.size(); ++i) {
      const AudioExample& clip = all[p].second->examples[i];
      if (options.is_feasible(clip)) continue;
      finding.examples.push_back({{{static_cast<std::int32_t>(p), static_cast<std::int64_t>(i)}},
                                  fmt::format("{:.2f} s", clip.seconds)});
    }
  }
  if (finding.examples.empty()) return;
  finding.text = counted(std::ssize(finding.examples), "clips", "",
                         "gives the model fewer frames than its transcript has symbols",
                         "give the model fewer frames than their transcripts have symbols");
  check.add(std::move(finding));
}

}  // namespace

DataCheck check_clips(const AudioParts& parts, const std::vector<AudioScan>& scans,
                      const AudioCheckOptions& options) {
  DataCheck check{.unit = AudioDataset::kUnit, .statistics = audio_statistics(parts, scans)};
  check.show = [all = parts.parts()](ExampleId id) -> ShownExample {
    const auto& [name, data] = all[static_cast<std::size_t>(id.part)];
    return {name, data->source_name(id.index), "",
            data->examples[static_cast<std::size_t>(id.index)].text};
  };
  if (options.policy) add_bad_rows(parts.bad_rows(), *options.policy, check);
  // A system for the voices that it has learnt is a fair aim, so a run only warns; of one voice
  // nothing else can be meant.
  if (has_several_speakers(parts)) {
    find_split_groups<AudioDataset>(parts.parts(), Severity::warning, check, "speaker");
  }
  find_infeasible(parts, options, check);
  find_bad_sound(scans, check);
  find_odd_paces(parts, check);
  find_learnt_clips(parts, options.old, !scans.empty(), check);
  find_odd_characters(parts, check);
  find_unknown_characters(parts, options.vocabulary, check);
  add_pairs<AudioDataset>(check.statistics.equal, parts.parts(), "duplicates", "the same samples",
                          check, "transcript");
  find_other_formats(scans, options.sample_rate, check);
  find_rare_characters(parts, check);
  find_frequent_transcripts(parts, check);
  return check;
}

}  // namespace attune
