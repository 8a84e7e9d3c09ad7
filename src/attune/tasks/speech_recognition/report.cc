#include "attune/tasks/speech_recognition/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/data/audio/recordings/clip_reader.h"
#include "attune/data/split/groups.h"
#include "attune/eval/report/sections/speech/transcript_mistakes_section.h"
#include "attune/eval/report/sections/speech/transcript_results_section.h"
#include "attune/media/audio/files/encode.h"

namespace attune {
namespace {

/// The sound of the worst clips, for the page.
void embed_sounds(const AudioDataset& data, std::size_t limit, TranscriptEvaluation& shown) {
  for (const std::size_t n : worst_transcripts(shown.rates, std::min(limit, kMaxEmbeddedClips))) {
    try {
      shown.texts[n].audio_uri = audio_data_uri(read_clip(data.examples[n]));
    } catch (const Error& error) {
      // It was read a moment ago; a report without it is better than none.
      log_warning("the report has no sound of {}: {}", shown.texts[n].name, error.what());
    }
  }
}

/// What has become of what the model could do before.
std::vector<KeyValue> notes_of(const FinishedRun& run) {
  if (run.old_before == nullptr) return {};
  const auto before = run.old_before->find("wer"), after = run.old_after->find("wer");
  if (!before || !after) return {};
  return {{"word error rate on old data",
           fmt::format("{:.1f} % before, {:.1f} % after", 100 * *before, 100 * *after)}};
}

}  // namespace

DataSummary summarize_audio(const AudioParts& parts) {
  DataSummary summary;
  for (const auto& [name, data] : parts.parts()) {
    summary.splits.push_back({name, data->files.empty() ? "" : data->files.front(), data->size()});
    summary.facts.push_back({name + ", length", human_duration(data->seconds())});
    if (const std::int64_t speakers = count_groups(*data); speakers > 0) {
      summary.facts.push_back({name + ", speakers", with_thousands(speakers)});
    }
    if (!data->bad_rows.empty()) {
      summary.facts.push_back(
          {name + ", clips left out", with_thousands(std::ssize(data->bad_rows))});
    }
  }
  for (const AudioExample& example : parts.train.examples) {
    summary.lengths.push_back(example.seconds);
  }
  summary.length_unit = "seconds";
  return summary;
}

void add_transcripts(const SpeechEvaluation& evaluation, const AudioDataset& data,
                     const FinishedRun& run, std::int64_t max_mistakes, Report& report) {
  TranscriptEvaluation shown{.texts = {},
                             .rates = evaluation.rates,
                             .intervals = evaluation.intervals,
                             .data_name = run.part_name(),
                             .notes = notes_of(run)};
  for (std::int64_t n = 0; n < data.size(); ++n) {
    const auto i = static_cast<std::size_t>(n);
    const AudioExample& example = data.examples[i];
    shown.texts.push_back({.name = data.source_name(n),
                           .reference = example.text,
                           .hypothesis = evaluation.hypotheses[i],
                           .seconds = example.seconds,
                           .speaker = example.group,
                           .audio_uri = {}});
  }
  embed_sounds(data, static_cast<std::size_t>(max_mistakes), shown);
  std::vector<ReportNumber> headline;
  constexpr std::array<std::pair<const char*, const char*>, 2> kShown = {
      {{"wer", "word error rate"}, {"cer", "character error rate"}}};
  for (std::size_t i = 0; i < kShown.size(); ++i) {
    const auto value = evaluation.values.find(kShown[i].first);
    if (!value) continue;
    ReportNumber& number =
        headline.emplace_back(kShown[i].second, fmt::format("{:.1f} %", 100 * *value), "");
    const Estimate& estimate = evaluation.intervals[i];
    if (!std::isfinite(estimate.low)) continue;
    number.note = fmt::format("95 %: {:.1f} to {:.1f}", 100 * estimate.low, 100 * estimate.high);
  }
  report.headline.insert(report.headline.begin(), headline.begin(), headline.end());
  report.add(transcript_results_section(shown));
  report.add(transcript_mistakes_section(shown, static_cast<std::size_t>(max_mistakes)));
}

}  // namespace attune
