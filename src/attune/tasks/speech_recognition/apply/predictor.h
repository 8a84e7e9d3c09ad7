#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/data/bad_rows.h"
#include "attune/media/text/subtitles/cues.h"
#include "attune/tasks/run/predict/answer_sink.h"
#include "attune/tasks/run/predict/predictor.h"
#include "attune/tasks/speech_recognition/apply/recognizer.h"
#include "attune/tasks/speech_recognition/apply/speech_decoder.h"

namespace attune {

/// What of an answer has times.
enum class Timestamps { no, word, character };

constexpr auto enum_names(Timestamps) {
  return std::to_array<std::pair<Timestamps, std::string_view>>(
      {{Timestamps::no, "no"}, {Timestamps::word, "word"}, {Timestamps::character, "char"}});
}

/// Recognises recordings. An input is {"file": "PATH"}, of a piece with "begin" and "end" in
/// seconds. An answer repeats it, with "text" and "seconds", and with "words" or "characters", each
/// {"text", "start", "end", "confidence"} with seconds, where they are asked for.
class SpeechPredictor : public Predictor {
 public:
  struct Options {
    Recognizer::Options recognizer;
    DecodingOptions decoding;
    std::string language;  ///< of hot words, see `SpeechDecoder`
    Timestamps timestamps = Timestamps::no;
    bool splits_pauses = false;  ///< cuts long recordings at their pauses
    /// `skip`: the answer to a recording that cannot be read holds an "error".
    OnBadRow on_bad_recording = OnBadRow::error;
  };

  SpeechPredictor(OpenedSpeechModel opened, const Options& options);

  std::vector<Json> answer(std::span<const Json> inputs) override;
  /// The words of one input with their seconds, for subtitles. Throws `data` where it cannot be
  /// read.
  std::vector<SpokenWord> spoken(const Json& input);
  /// Columns of a table of answers, and what else an answer may hold.
  std::vector<AnswerColumn> columns() const;

 private:
  /// An input, and the clips that it goes through the model as.
  struct Asked {
    std::string problem;
    double begin = 0;  ///< seconds, of the first clip
    std::size_t first_clip = 0, end_clip = 0;
  };

  /// What was understood of an input, clip by clip.
  struct Heard {
    std::string problem;  ///< why it cannot be read, or ""
    std::vector<CtcText> texts;
    std::vector<double> begins;  ///< seconds from the input's begin to each text's clip
    double seconds = 0;
  };

  std::vector<Heard> recognise(std::span<const Json> inputs);
  Asked prepare(const Json& input, std::vector<AudioExample>& clips) const;
  std::vector<AudioExample> pieces_of(const AudioExample& clip) const;
  Json describe(const Json& input, const Heard& heard) const;

  OpenedSpeechModel opened_;
  Options options_;
  SpeechDecoder decoder_;
  Recognizer recognizer_;
};

}  // namespace attune
