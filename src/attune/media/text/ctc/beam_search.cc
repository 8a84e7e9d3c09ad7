#include "attune/media/text/ctc/beam_search.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_map>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

/// pyctcdecode's constants: what is less probable counts as this; from this many characters on, an
/// unknown beginning of a word is punished in proportion to its length.
const double kLeastLogProbability = std::log(1e-15);
constexpr double kUsualWordLength = 6;

double log_sum(double a, double b) {
  const double high = std::max(a, b);
  return high + std::log1p(std::exp(std::min(a, b) - high));
}

}  // namespace

/// One decode: texts, beginnings of words and lists of times are nodes that point to what they
/// continue, so that a hypothesis is a few numbers however long its text.
class BeamSearchRun {
 public:
  explicit BeamSearchRun(const BeamSearch& search)
      : search_(search), options_(search.options_), model_(search.model_.get()) {
    texts_.push_back({0, 0, 0, {}});
    if (model_) texts_[0].state = model_->begin_state();
    parts_.push_back({});
    times_.push_back({0, 0, 0});
    beams_.push_back({});
  }

  void step(std::span<const float> row, std::int64_t frame);
  std::vector<CtcText> finish();

 private:
  struct Text {
    std::uint32_t before, word;  ///< text and part that it is made of
    double lm_score;             ///< weighted, with word bonus
    NGramModel::State state;
  };
  struct Part {
    std::string letters;
    std::uint32_t spelling = NGramTrie::kRoot;
    double lm_score = 0;  ///< of a beginning that no word has
  };
  struct Times {
    std::uint32_t before;
    std::int64_t begin, end;
  };
  struct Beam {
    std::uint32_t text = 0, part = 0;   ///< words that are complete, letters of the next
    std::int64_t last = -1;             ///< label of the last frame
    std::uint32_t times = 0;            ///< of the complete words
    std::int64_t begin = -1, end = -1;  ///< of the letters
    double acoustic = 0, score = 0;
    double way = 0;  ///< acoustic score of the most probable way, whose times these are
  };
  struct Key {
    std::uint32_t text, part;
    std::int64_t last;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return mix_key(mix_key(static_cast<std::uint64_t>(key.last), key.text), key.part);
    }
  };

  Beam extended(const Beam& beam, std::int64_t label, std::int64_t frame);
  std::uint32_t end_word(std::uint32_t text, std::uint32_t part);
  std::uint32_t add_label(std::uint32_t part, std::int64_t label);
  double sentence_end(std::uint32_t text) const;
  void merge(const Beam& beam);
  void keep_best();

  const BeamSearch& search_;
  const BeamSearchOptions& options_;
  const NGramModel* model_;
  NGramTrie text_numbers_, part_numbers_;  ///< by (text, part) and (part, label)
  std::vector<Text> texts_;
  std::vector<Part> parts_;
  std::vector<Times> times_;
  std::vector<Beam> beams_, next_;
  std::unordered_map<Key, std::size_t, KeyHash> merged_;
};

std::uint32_t BeamSearchRun::end_word(std::uint32_t text, std::uint32_t part) {
  if (part == 0) return text;
  const auto [node, is_new] = text_numbers_.add(text, part);
  if (!is_new) return node;
  Text next{text, part, texts_[text].lm_score, texts_[text].state};
  if (model_) {
    const std::string& word = parts_[part].letters;
    double score = model_->score(next.state, model_->id_of(word));
    if (!model_->knows(word)) score += options_.unknown_score;
    next.lm_score += options_.lm_weight * std::numbers::ln10 * score + options_.word_bonus;
  }
  texts_.push_back(next);
  return node;
}

std::uint32_t BeamSearchRun::add_label(std::uint32_t part, std::int64_t label) {
  const auto [node, is_new] = part_numbers_.add(part, static_cast<std::uint32_t>(label));
  if (!is_new) return node;
  Part next = parts_[part];
  const std::string& letters = search_.alphabet_.labels[label];
  next.letters += letters;
  next.lm_score = 0;
  if (model_) {
    for (const char letter : letters) {
      if (next.spelling == NGramTrie::kNone) break;
      next.spelling = search_.spellings_.find(next.spelling, static_cast<std::uint8_t>(letter));
    }
    if (next.spelling == NGramTrie::kNone) {
      const auto length = static_cast<double>(utf8_length(next.letters));
      next.lm_score = options_.unknown_score * std::max(1.0, length / kUsualWordLength);
    }
  }
  parts_.push_back(std::move(next));
  return node;
}

double BeamSearchRun::sentence_end(std::uint32_t text) const {
  if (!model_) return 0;
  NGramModel::State state = texts_[text].state;
  return options_.lm_weight * std::numbers::ln10 *
         model_->score(state, model_->id_of(NGramModel::kEnd));
}

BeamSearchRun::Beam BeamSearchRun::extended(const Beam& beam, std::int64_t label,
                                            std::int64_t frame) {
  Beam next = beam;
  next.last = label;
  if (label == search_.alphabet_.blank) return next;
  if (label == search_.alphabet_.separator) {
    if (label == beam.last) return next;
    next.text = end_word(beam.text, beam.part);
    if (beam.part != 0) {
      times_.push_back({beam.times, beam.begin, beam.end});
      next.times = static_cast<std::uint32_t>(times_.size() - 1);
    }
    next.part = 0;
    next.begin = next.end = -1;
    return next;
  }
  next.end = frame + 1;
  if (label == beam.last) return next;
  if (beam.part == 0) next.begin = frame;
  next.part = add_label(beam.part, label);
  return next;
}

void BeamSearchRun::merge(const Beam& beam) {
  // Ways to the same prefix, and to the same last frame, add up. Times are those of the best.
  const auto [at, is_new] = merged_.try_emplace(Key{beam.text, beam.part, beam.last}, next_.size());
  if (is_new) {
    next_.push_back(beam);
    return;
  }
  Beam& there = next_[at->second];
  const double sum = log_sum(there.acoustic, beam.acoustic);
  if (beam.way > there.way) there = beam;
  there.acoustic = sum;
}

void BeamSearchRun::keep_best() {
  double best = next_.front().score;
  for (const Beam& beam : next_) best = std::max(best, beam.score);
  std::erase_if(next_, [&](const Beam& beam) { return beam.score < best + options_.beam_prune; });
  std::ranges::stable_sort(next_, std::ranges::greater{}, &Beam::score);
  if (next_.size() > static_cast<std::size_t>(options_.beam_width)) {
    next_.resize(static_cast<std::size_t>(options_.beam_width));
  }
  beams_.swap(next_);
  next_.clear();
  merged_.clear();
}

void BeamSearchRun::step(std::span<const float> row, std::int64_t frame) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    check(!std::isnan(row[i]), ErrorKind::data,
          "the log probability of label {} in frame {} is NaN", i, frame);
    if (row[i] > row[best]) best = i;
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    const double p = std::clamp<double>(row[i], kLeastLogProbability, 0);
    if (p < options_.label_prune && i != best) continue;
    for (const Beam& beam : beams_) {
      Beam next = extended(beam, static_cast<std::int64_t>(i), frame);
      next.acoustic += p;
      next.way += p;
      merge(next);
    }
  }
  for (Beam& beam : next_) {
    beam.score = beam.acoustic + texts_[beam.text].lm_score + parts_[beam.part].lm_score;
  }
  keep_best();
}

std::vector<CtcText> BeamSearchRun::finish() {
  for (const Beam& beam : beams_) {
    Beam last = beam;
    last.last = -1;
    last.text = end_word(beam.text, beam.part);
    if (beam.part != 0) {
      times_.push_back({beam.times, beam.begin, beam.end});
      last.times = static_cast<std::uint32_t>(times_.size() - 1);
    }
    last.part = 0;
    merge(last);
  }
  for (Beam& beam : next_) {
    beam.score = beam.acoustic + texts_[beam.text].lm_score + sentence_end(beam.text);
  }
  keep_best();
  std::vector<CtcText> results;
  for (const Beam& beam : beams_) {
    CtcText result{{}, beam.acoustic, beam.score};
    std::uint32_t times = beam.times;
    for (std::uint32_t text = beam.text; text != 0; text = texts_[text].before) {
      result.words.push_back(
          {parts_[texts_[text].word].letters, times_[times].begin, times_[times].end});
      times = times_[times].before;
    }
    std::ranges::reverse(result.words);
    results.push_back(std::move(result));
  }
  return results;
}

BeamSearch::BeamSearch(CtcAlphabet alphabet, BeamSearchOptions options,
                       std::shared_ptr<const NGramModel> model)
    : alphabet_(std::move(alphabet)), options_(options), model_(std::move(model)) {
  check_alphabet(alphabet_);
  check(options_.beam_width >= 1, ErrorKind::user, "a beam width of {}; expected at least 1",
        options_.beam_width);
  check(options_.beam_prune <= 0 && options_.label_prune <= 0, ErrorKind::user,
        "beam search prunes below {} and {}; expected logarithms of at most 0", options_.beam_prune,
        options_.label_prune);
  for (std::uint32_t word = 0; model_ && word < model_->num_words(); ++word) {
    const std::string& letters = model_->word(word);
    if (letters == NGramModel::kBegin || letters == NGramModel::kEnd ||
        letters == NGramModel::kUnknown) {
      continue;
    }
    std::uint32_t node = NGramTrie::kRoot;
    for (const char letter : letters) {
      node = spellings_.add(node, static_cast<std::uint8_t>(letter)).first;
    }
  }
}

std::vector<CtcText> BeamSearch::decode(std::span<const float> log_probabilities) const {
  const std::size_t labels = alphabet_.labels.size();
  check(log_probabilities.size() % labels == 0, ErrorKind::user,
        "{} log probabilities for frames of {} labels", log_probabilities.size(), labels);
  BeamSearchRun run(*this);
  for (std::size_t frame = 0; frame < log_probabilities.size() / labels; ++frame) {
    run.step(log_probabilities.subspan(frame * labels, labels), static_cast<std::int64_t>(frame));
  }
  return run.finish();
}

}  // namespace attune
