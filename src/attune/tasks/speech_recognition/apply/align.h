#pragma once

#include <string>
#include <vector>

#include "attune/config/schema.h"
#include "attune/data/audio/transcript_rules.h"
#include "attune/pretrained/options.h"
#include "attune/tasks/run/settings.h"
#include "attune/tasks/speech_recognition/apply/options.h"

namespace attune {

/// What is aligned with which text.
struct AlignData {
  std::string input, text, text_file, output_file;

  template <typename V>
  void visit(V& v) {
    v("input", input, "The recording");
    v("text", text, "What is said in it");
    v("text_file", text_file, "A UTF-8 file that holds it, of any number of lines");
    v("output_file", output_file,
      "File to write: subtitles where it ends in .srt or .vtt, else JSON (default, and -: "
      "JSON on standard output)")
        .written({".srt", ".vtt", ".json"});
  }
};

/// Settings of `attune align`.
struct AlignSettings {
  PretrainedOptions pretrained;
  LanguageOption language;
  AlignData data;
  TranscriptOptions transcripts;
  LongRecordingOptions chunks;
  ComputeOptions apply;
};

/// A word as it was written, and when it is said; none where the rules of transcripts leave nothing
/// of it ("--"), or the model has no symbol for any of it.
struct AlignedWord {
  std::string text;
  std::optional<double> begin, end;  ///< seconds
  double confidence = 0;
};

struct AlignedText {
  std::vector<AlignedWord> words;
  double confidence = 0;              ///< mean of the words that are said
  std::vector<std::string> left_out;  ///< characters that the model has no symbol for, each once
};

/// When the words of a known text are said in a recording (forced alignment). Words are what lies
/// between white space; what the model has no symbol for is left out, as it would take frames that
/// say something else. Throws `data` where the recording is too short for the text, or nothing of
/// it is left.
AlignedText align_text(const OpenedSpeechModel& opened, const std::string& recording,
                       std::string_view text, const TranscriptOptions& transcripts,
                       const Recognizer::Options& options);

/// `attune align`.
void align(const AlignSettings& settings);

}  // namespace attune
