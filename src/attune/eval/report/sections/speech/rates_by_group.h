#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/eval/report/page/html.h"
#include "attune/eval/report/sections/speech/transcripts.h"

namespace attune {

/// Word errors of some of the recordings.
struct RateGroup {
  std::string name;
  std::int64_t clips = 0;
  EditCounts words;
};

/// By length, in steps of a round number of seconds; the last takes all that are longer. Empty
/// where there is one step.
std::vector<RateGroup> rates_by_duration(const TranscriptEvaluation& evaluation);

/// By speaker, the one with the highest word error rate first; recordings of none that is known are
/// a group of their own. Empty where no speaker is known.
std::vector<RateGroup> rates_by_speaker(const TranscriptEvaluation& evaluation);

/// A table with bars, longest for the highest rate.
Html rates_card(std::string_view title, std::string_view what,
                const std::vector<RateGroup>& groups);

}  // namespace attune
