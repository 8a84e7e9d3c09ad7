#include "attune/tasks/speech_recognition/apply/predictor.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/strings.h"
#include "attune/data/audio/recordings/clip_stream.h"
#include "attune/media/audio/pauses.h"

namespace attune {
namespace {

AudioExample clip_of(const Json& input) {
  AudioExample clip{.path = input.at("file").get<std::string>()};
  if (input.contains("begin")) clip.begin = input.at("begin").get<double>();
  if (input.contains("end")) clip.end = input.at("end").get<double>();
  if (clip.end) clip.seconds = *clip.end - clip.begin;
  return clip;
}

/// Of what a header does not tell 0: it is read as a long recording, piece by piece.
double seconds_of(const AudioExample& clip) {
  if (clip.end) return *clip.end - clip.begin;
  return std::max(0.0, probe_audio(clip.path).seconds().value_or(0) - clip.begin);
}

}  // namespace

SpeechPredictor::SpeechPredictor(OpenedSpeechModel opened, const Options& options)
    : opened_(std::move(opened)),
      options_(options),
      decoder_(opened_.vocabulary, options.decoding, options.language),
      recognizer_(opened_, options.recognizer) {}

std::vector<AudioExample> SpeechPredictor::pieces_of(const AudioExample& clip) const {
  const std::int64_t rate = opened_.processor.sampling_rate();
  const double longest = options_.recognizer.chunk_seconds;
  const PauseOptions pauses{.min_piece = std::min(PauseOptions().min_piece, longest / 2),
                            .max_piece = longest};
  PauseSplitter splitter(rate, pauses);
  ClipStream stream(clip, rate);
  std::vector<AudioPiece> found;
  std::vector<float> block;
  do {
    check_stop();
    block.clear();
    stream.read(rate, block);
    splitter.push(block, found);
  } while (!block.empty());
  splitter.finish(found);
  std::vector<AudioExample> pieces;
  for (const AudioPiece& piece : found) {
    AudioExample& example = pieces.emplace_back(clip);
    example.begin = clip.begin + static_cast<double>(piece.begin) / static_cast<double>(rate);
    example.end = clip.begin + static_cast<double>(piece.end) / static_cast<double>(rate);
    example.seconds = *example.end - example.begin;
  }
  return pieces;
}

SpeechPredictor::Asked SpeechPredictor::prepare(const Json& input,
                                                std::vector<AudioExample>& clips) const {
  Asked asked{.first_clip = clips.size(), .end_clip = clips.size()};
  AudioExample clip = clip_of(input);
  asked.begin = clip.begin;
  try {
    clip.seconds = seconds_of(clip);
    std::vector<AudioExample> pieces;
    if (options_.splits_pauses && recognizer_.is_long(clip)) pieces = pieces_of(clip);
    // A recording without a sample has no piece: the recogniser says what is wrong with it.
    if (pieces.empty()) pieces.push_back(std::move(clip));
    std::ranges::move(pieces, std::back_inserter(clips));
  } catch (const Error& error) {
    if (options_.on_bad_recording == OnBadRow::error) throw;
    asked.problem = error.what();
  }
  asked.end_clip = clips.size();
  return asked;
}

Json SpeechPredictor::describe(const Json& input, const Heard& heard) const {
  const double frame = recognizer_.seconds_per_frame();
  Json answer = input, words = Json::array(), characters = Json::array();
  std::vector<std::string> parts;
  for (std::size_t n = 0; n < heard.texts.size(); ++n) {
    const auto timed = [&](const auto& part, double probability) {
      const auto at = [&](std::int64_t index) {
        return rounded(heard.begins[n] + static_cast<double>(index) * frame);
      };
      return Json{{"text", part.text},
                  {"start", at(part.begin)},
                  {"end", at(part.end)},
                  {"confidence", rounded(probability)}};
    };
    const CtcText& text = heard.texts[n];
    if (std::string said = text.text(); !said.empty()) parts.push_back(std::move(said));
    for (const TimedWord& word : text.words) {
      words.push_back(timed(word, word.confidence));
      for (const TimedSymbol& symbol : word.symbols) {
        characters.push_back(timed(symbol, symbol.probability));
      }
    }
  }
  answer["text"] = join(parts, " ");
  if (options_.timestamps != Timestamps::no) answer["words"] = std::move(words);
  if (options_.timestamps == Timestamps::character) answer["characters"] = std::move(characters);
  answer["seconds"] = rounded(heard.seconds);
  return answer;
}

std::vector<SpeechPredictor::Heard> SpeechPredictor::recognise(std::span<const Json> inputs) {
  std::vector<AudioExample> clips;
  std::vector<Asked> asked;
  for (const Json& input : inputs) asked.push_back(prepare(input, clips));
  std::vector<std::string> unread;
  const bool skips = options_.on_bad_recording == OnBadRow::skip;
  const std::vector<RecordingScores> scores = recognizer_.scores(clips, skips ? &unread : nullptr);
  std::vector<Heard> all;
  for (const Asked& input : asked) {
    Heard& heard = all.emplace_back(input.problem);
    for (std::size_t c = input.first_clip; c < input.end_clip && heard.problem.empty(); ++c) {
      if (skips) heard.problem = unread[c];
      if (!heard.problem.empty()) break;
      heard.seconds += scores[c].seconds;
      heard.begins.push_back(clips[c].begin - input.begin);
      heard.texts.push_back(
          decoder_.decode(scores[c].logits, {{0, scores[c].logits.size(0)}}).front());
    }
  }
  return all;
}

std::vector<Json> SpeechPredictor::answer(std::span<const Json> inputs) {
  const std::vector<Heard> heard = recognise(inputs);
  std::vector<Json> answers;
  for (std::size_t n = 0; n < inputs.size(); ++n) {
    if (heard[n].problem.empty()) {
      answers.push_back(describe(inputs[n], heard[n]));
    } else {
      answers.push_back(inputs[n]);
      answers.back()["error"] = heard[n].problem;
    }
  }
  return answers;
}

std::vector<SpokenWord> SpeechPredictor::spoken(const Json& input) {
  const Heard heard = std::move(recognise({&input, 1}).front());
  check(heard.problem.empty(), ErrorKind::data, "{}", heard.problem);
  std::vector<SpokenWord> words;
  for (std::size_t n = 0; n < heard.texts.size(); ++n) {
    for (SpokenWord& word : spoken_words(heard.texts[n].words, recognizer_.seconds_per_frame())) {
      word.begin += heard.begins[n];
      word.end += heard.begins[n];
      words.push_back(std::move(word));
    }
  }
  return words;
}

std::vector<AnswerColumn> SpeechPredictor::columns() const {
  std::vector<AnswerColumn> columns = {key_column("file"), key_column("seconds"),
                                       key_column("text")};
  // Not in a table; a column of the input that is called so keeps its content.
  if (options_.timestamps != Timestamps::no) columns.push_back(key_column("words"));
  if (options_.timestamps == Timestamps::character) columns.push_back(key_column("characters"));
  columns.push_back(key_column("error"));
  return columns;
}

}  // namespace attune
