#include "attune/tasks/speech_recognition/apply/align.h"

#include <algorithm>
#include <utility>

#include <ATen/ops/log_softmax.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/data/readers/row_reader.h"
#include "attune/eval/metrics/text/error_rates.h"
#include "attune/kernels/linear.h"
#include "attune/media/audio/files/audio_reader.h"
#include "attune/media/text/ctc/forced_alignment.h"
#include "attune/tasks/speech_recognition/apply/subtitles.h"

namespace attune {
namespace {

constexpr std::uint64_t kMaxText = 64U << 20;

/// What a trained model says of a right text is near 1, below a half where speech and model differ
/// much; models of digits and tones give a wrong one 0.00 to 0.25.
constexpr double kLeastConfidence = 0.1;

/// The symbols of a text, and how many of them each of its words has.
struct Target {
  std::vector<std::int64_t> ids;
  std::vector<std::string> words;
  std::vector<std::size_t> symbols;
  std::vector<std::string> left_out;
};

Target target_of(std::string_view text, const TranscriptRules& rules,
                 const CtcVocabulary& vocabulary) {
  Target target;
  const std::vector<std::int64_t> between = vocabulary.encode_known(" ", target.left_out);
  for (const std::string_view word : words_of(text)) {
    target.words.emplace_back(word);
    std::size_t& symbols = target.symbols.emplace_back(0);
    // The rules may make several words of one.
    const std::string spoken = rules.apply(word);
    for (const std::string_view said : words_of(spoken)) {
      const std::vector<std::int64_t> ids = vocabulary.encode_known(said, target.left_out);
      if (ids.empty()) continue;
      if (!target.ids.empty()) target.ids.insert(target.ids.end(), between.begin(), between.end());
      target.ids.insert(target.ids.end(), ids.begin(), ids.end());
      symbols += ids.size();
    }
  }
  std::ranges::sort(target.left_out);
  const auto again = std::ranges::unique(target.left_out);
  target.left_out.erase(again.begin(), again.end());
  return target;
}

void warn(const std::string& recording, const AlignedText& aligned) {
  if (!aligned.left_out.empty()) {
    log_warning(
        "the model has no symbol for {}: left out of the alignment, and a word of nothing else has "
        "no time. --remove-punctuation and --chars-to-remove take out what nobody says; numbers "
        "are to be written as they are spoken",
        fmt::join(aligned.left_out, " "));
  }
  if (aligned.confidence < kLeastConfidence) {
    log_warning(
        "{}: the model hears little of the text, the mean confidence of its words is {:.3f}: the "
        "times are of no use if it is the text of another recording, or of another language",
        recording, aligned.confidence);
  }
}

AlignedText place_words(Target target, const CtcAlignment& alignment, const CtcAlphabet& alphabet,
                        double seconds_per_frame) {
  AlignedText aligned{.left_out = std::move(target.left_out)};
  auto symbol = alignment.symbols.begin();
  std::int64_t said = 0;
  for (std::size_t n = 0; n < target.words.size(); ++n) {
    AlignedWord& word = aligned.words.emplace_back(std::move(target.words[n]));
    if (target.symbols[n] == 0) continue;
    TimedWord timed;
    while (timed.symbols.size() < target.symbols[n]) {
      if (symbol->label != alphabet.separator) {
        timed.add({"", symbol->begin, symbol->end, symbol->probability});
      }
      ++symbol;
    }
    word.begin = rounded(static_cast<double>(timed.begin) * seconds_per_frame);
    word.end = rounded(static_cast<double>(timed.end) * seconds_per_frame);
    word.confidence = rounded(timed.confidence);
    aligned.confidence += timed.confidence;
    ++said;
  }
  aligned.confidence = rounded(aligned.confidence / static_cast<double>(said));
  return aligned;
}

Json word_json(const AlignedWord& word) {
  return {{"text", word.text},
          {"start", word.begin ? Json(*word.begin) : Json()},
          {"end", word.end ? Json(*word.end) : Json()},
          {"confidence", word.confidence}};
}

/// Those that are said.
std::vector<SpokenWord> spoken_words_of(const std::vector<AlignedWord>& words) {
  std::vector<SpokenWord> spoken;
  for (const AlignedWord& word : words) {
    if (word.begin) spoken.push_back({.text = word.text, .begin = *word.begin, .end = *word.end});
  }
  return spoken;
}

std::string given_text(const AlignData& data) {
  if (!data.text.empty()) return data.text;
  std::string text = read_file(data.text_file, kMaxText);
  const std::string problem = utf8_problem(text, 1);
  check(problem.empty(), ErrorKind::data, "{}: {}", data.text_file, problem);
  return text;
}

}  // namespace

AlignedText align_text(const OpenedSpeechModel& opened, const std::string& recording,
                       std::string_view text, const TranscriptOptions& transcripts,
                       const Recognizer::Options& options) {
  const TranscriptRules rules(settle_case(transcripts, &opened.vocabulary));
  Target target = target_of(text, rules, opened.vocabulary);
  check(!target.ids.empty(), ErrorKind::data,
        "the text holds nothing that is said: the rules of transcripts leave no character that the "
        "model has a symbol for{}{}",
        target.left_out.empty() ? "" : "; it has none for ", join(target.left_out, " "));
  const Recognizer recognizer(opened, options);
  const AudioExample clip{.path = recording,
                          .seconds = probe_audio(recording).seconds().value_or(0)};
  const RecordingScores scores = std::move(recognizer.scores({&clip, 1}, nullptr).front());
  const std::int64_t needed = frames_needed(target.ids);
  check(scores.logits.size(0) >= needed, ErrorKind::data,
        "{}: it has {} frames, too few for the text, which needs {}; is it the text of another "
        "recording, or the recording cut?",
        recording, scores.logits.size(0), needed);
  const at::Tensor log_probabilities = at::log_softmax(scores.logits, -1).contiguous();
  const CtcAlignment alignment =
      align_forced(std::span(log_probabilities.const_data_ptr<float>(),
                             static_cast<std::size_t>(log_probabilities.numel())),
                   log_probabilities.size(1), target.ids, opened.vocabulary.blank());
  return place_words(std::move(target), alignment, opened.vocabulary.alphabet(),
                     recognizer.seconds_per_frame());
}

void align(const AlignSettings& settings) {
  const Bf16Scope products(begin_computing(settings.apply));
  const OpenedSpeechModel opened =
      open_saved_recognizer(settings.pretrained, settings.language.language, settings.apply.device);
  const AlignedText aligned =
      align_text(opened, settings.data.input, given_text(settings.data), settings.transcripts,
                 {.chunk_seconds = settings.chunks.chunk_seconds,
                  .stride_seconds = settings.chunks.stride(),
                  .threads = settings.apply.threads});
  warn(settings.data.input, aligned);
  Json answer = {
      {"file", settings.data.input}, {"confidence", aligned.confidence}, {"words", Json::array()}};
  for (const AlignedWord& word : aligned.words) answer["words"].push_back(word_json(word));
  log_info("{}: the mean confidence of its words is {:.3f}", settings.data.input,
           aligned.confidence);
  const std::string& file = settings.data.output_file;
  if (file.empty()) {
    fmt::print("{}\n", dump_json_line(answer));
  } else if (is_subtitle_file(file)) {
    write_subtitles(file, spoken_words_of(aligned.words));
  } else {
    write_file_atomically(file, dump_json(answer));
  }
}

}  // namespace attune
