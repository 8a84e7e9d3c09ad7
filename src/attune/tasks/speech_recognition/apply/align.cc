#include "attune/tasks/speech_recognition/apply/align.h"

#include <algorithm>
#include <utility>

#include <ATen/ops/log_softmax.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/log.h"
#include "attune/data/readers/row_reader.h"
#include "attune/eval/metrics/text/error_rates.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/media/text/ctc/forced_alignment.h"
#include "attune/tasks/speech_recognition/apply/subtitles.h"

namespace attune {
namespace {

constexpr std::uint64_t kMaxText = 64U << 20;

/// A word of the text, and how many words the rules make of it.
struct WrittenWord {
  std::string text;
  std::size_t spoken = 0;
};

std::vector<WrittenWord> split_text(std::string_view text, const TranscriptRules& rules,
                                    std::string& normalised) {
  std::vector<WrittenWord> words;
  for (const std::string_view word : words_of(text)) {
    const std::string said = rules.apply(word);
    words.push_back({std::string(word), words_of(said).size()});
    if (said.empty()) continue;
    if (!normalised.empty()) normalised += ' ';
    normalised += said;
  }
  return words;
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

std::vector<AlignedWord> align_text(const OpenedSpeechModel& opened, const std::string& recording,
                                    std::string_view text, const TranscriptOptions& transcripts,
                                    const Recognizer::Options& options) {
  const TranscriptRules rules(settle_case(transcripts, &opened.vocabulary));
  std::string normalised;
  const std::vector<WrittenWord> written = split_text(text, rules, normalised);
  check(!normalised.empty(), ErrorKind::data,
        "the text holds nothing that is said: the rules of transcripts leave no character");
  std::vector<std::string> unknown;
  const std::vector<std::int64_t> target = opened.vocabulary.encode(normalised, &unknown);
  if (!unknown.empty()) {
    std::ranges::sort(unknown);
    unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
    log_warning("the model has no symbol for {}: their times are guesses", fmt::join(unknown, " "));
  }
  const Recognizer recognizer(opened, options);
  const AudioExample clip{.path = recording,
                          .seconds = probe_audio(recording).seconds().value_or(0)};
  const RecordingScores scores = std::move(recognizer.scores({&clip, 1}, nullptr).front());
  const std::int64_t needed = frames_needed(target);
  check(scores.logits.size(0) >= needed, ErrorKind::data,
        "{}: it has {} frames, too few for the text, which needs {}; is it the text of another "
        "recording, or the recording cut?",
        recording, scores.logits.size(0), needed);
  const at::Tensor log_probabilities = at::log_softmax(scores.logits, -1).contiguous();
  const CtcAlignment alignment =
      align_forced(std::span(log_probabilities.const_data_ptr<float>(),
                             static_cast<std::size_t>(log_probabilities.numel())),
                   log_probabilities.size(1), target, opened.vocabulary.blank());
  const std::vector<TimedWord> spoken = words_of(alignment, opened.vocabulary.alphabet());
  const double frame = recognizer.seconds_per_frame();
  std::vector<AlignedWord> words;
  std::size_t next = 0;
  for (const WrittenWord& word : written) {
    AlignedWord& aligned = words.emplace_back(word.text);
    const std::size_t end = std::min(next + word.spoken, spoken.size());
    if (end == next) continue;
    aligned.begin = rounded(static_cast<double>(spoken[next].begin) * frame);
    aligned.end = rounded(static_cast<double>(spoken[end - 1].end) * frame);
    for (std::size_t n = next; n < end; ++n) aligned.confidence += spoken[n].confidence;
    aligned.confidence = rounded(aligned.confidence / static_cast<double>(end - next));
    next = end;
  }
  return words;
}

void align(const AlignSettings& settings) {
  use_threads(settings.apply.threads);
  const OpenedSpeechModel opened =
      open_saved_recognizer(settings.pretrained, settings.language.language, settings.apply.device);
  const std::vector<AlignedWord> words =
      align_text(opened, settings.data.input, given_text(settings.data), settings.transcripts,
                 {.chunk_seconds = settings.chunks.chunk_seconds,
                  .stride_seconds = settings.chunks.stride(),
                  .threads = settings.apply.threads});
  Json answer = {{"file", settings.data.input}, {"words", Json::array()}};
  for (const AlignedWord& word : words) answer["words"].push_back(word_json(word));
  const std::string& file = settings.data.output_file;
  if (file.empty()) {
    fmt::print("{}\n", dump_json_line(answer));
  } else if (is_subtitle_file(file)) {
    write_subtitles(file, spoken_words_of(words));
  } else {
    write_file_atomically(file, dump_json(answer));
  }
}

}  // namespace attune
