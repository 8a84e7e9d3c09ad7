#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/eval/metrics/text/error_rates.h"
#include "attune/eval/report/page/html.h"

namespace attune {

/// What was said in a recording and what a model has heard.
struct TranscriptResult {
  std::string name;                   ///< "test.tsv:17 (clips/a.mp3)"
  std::string reference, hypothesis;  ///< UTF-8
  double seconds = 0;
  std::string speaker;    ///< "": not known
  std::string audio_uri;  ///< `audio_data_uri` (media/audio/files/encode.h) of it; "": none
};

/// Transcripts of a data set, as reports show them.
struct TranscriptEvaluation {
  std::vector<TranscriptResult> texts;
  ErrorRates rates;                 ///< of `texts`, in their order
  std::vector<Estimate> intervals;  ///< `ErrorRates::intervals`; empty: none
  std::string data_name;            ///< "test"; may be empty
  std::vector<KeyValue> notes;      ///< what else belongs to the numbers: how was decoded, the loss
};

/// Numbers for `ErrorRates::intervals`: the same speaker the same one, each text without one its
/// own. Empty where no speaker is known.
std::vector<std::int64_t> speakers_of(std::span<const TranscriptResult> texts);

/// Texts with wrong words, those with most of them first, of as many those with the larger share;
/// at most `limit`.
std::vector<std::size_t> worst_transcripts(const ErrorRates& rates, std::size_t limit);

}  // namespace attune
