#include "attune/media/text/ctc/beam_search_run.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "attune/base/error.h"
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

BeamSearchRun::BeamSearchRun(const BeamSearch& search, bool keeps_alike)
    : search_(search),
      options_(search.options_),
      model_(search.model_.get()),
      lexicon_(search.lexicon_.get()),
      keeps_alike_(keeps_alike) {
  texts_.push_back({0, 0, 0, {}});
  if (model_) texts_[0].state = model_->begin_state();
  futures_.emplace(texts_[0].state, 0);
  parts_.push_back({});
  sounds_.push_back({});
  word_ends_.push_back({0, 0});
  beams_.push_back({});
}

const std::string& BeamSearchRun::written(std::uint32_t word) const {
  return lexicon_ ? lexicon_->word(word) : parts_[word].letters;
}

std::uint32_t BeamSearchRun::add_word(std::uint32_t text, std::uint32_t word) {
  const auto [node, is_new] = text_numbers_.add(text, word);
  if (!is_new) return node;
  Text next{text, word, texts_[text].score, texts_[text].state};
  const std::string& letters = written(word);
  next.score += search_.hot_words_.score(letters);
  if (model_) {
    double score = model_->score(next.state, model_->id_of(letters));
    if (!model_->knows(letters)) score += options_.unknown_score;
    next.score += options_.lm_weight * std::numbers::ln10 * score + options_.word_bonus;
    next.future =
        futures_.try_emplace(next.state, static_cast<std::uint32_t>(futures_.size())).first->second;
  }
  texts_.push_back(next);
  return node;
}

std::uint32_t BeamSearchRun::add_label(std::uint32_t part, std::int64_t label) {
  const std::string& letters = search_.alphabet_.labels[label];
  std::uint32_t listed = 0;
  if (lexicon_) {
    listed = lexicon_->find(parts_[part].listed, letters);
    if (listed == kNone) return kNone;
  }
  const auto [node, is_new] = part_numbers_.add(part, static_cast<std::uint32_t>(label));
  if (!is_new) return node;
  Part next = parts_[part];
  next.letters += letters;
  next.length += utf8_length(letters);
  next.listed = listed;
  next.hot = search_.hot_words_.find(next.hot, letters);
  if (model_) next.spelling = search_.spellings_.find(next.spelling, letters);
  score_beginning(next);
  parts_.push_back(std::move(next));
  return node;
}

void BeamSearchRun::score_beginning(Part& part) const {
  const auto length = static_cast<double>(part.length);
  part.score = 0;
  if (part.hot != kNone) {
    part.score = search_.hot_words_.beginning_score(part.hot, part.length);
  } else if (part.spelling == kNone) {
    part.score = options_.unknown_score * std::max(1.0, length / kUsualWordLength);
  }
}

double BeamSearchRun::sentence_end(std::uint32_t text) const {
  if (!model_) return 0;
  NGramModel::State state = texts_[text].state;
  return options_.lm_weight * std::numbers::ln10 *
         model_->score(state, model_->id_of(NGramModel::kEnd));
}

std::uint32_t BeamSearchRun::close(Beam& beam) {
  if (beam.closed == kNone) {
    beam.closed = static_cast<std::uint32_t>(sounds_.size());
    sounds_.push_back(beam.open);
    sounds_.back().before = beam.sound;
  }
  return beam.closed;
}

void BeamSearchRun::end_word(Beam& beam, Beam next) {
  std::uint32_t word = beam.part;
  if (lexicon_) word = lexicon_->first_word(parts_[beam.part].listed);
  if (word == kNone) return;
  next.sound = close(beam);
  word_ends_.push_back({beam.word_end, next.sound});
  next.word_end = static_cast<std::uint32_t>(word_ends_.size() - 1);
  next.part = 0;
  next.closed = kNone;
  for (; word != kNone; word = lexicon_ ? lexicon_->next_alike(word) : kNone) {
    next.text = add_word(beam.text, word);
    merge(next);
  }
}

void BeamSearchRun::extend(Beam& beam, std::int64_t label, std::int64_t frame,
                           double log_probability) {
  Beam next = beam;
  next.last = label;
  next.acoustic += log_probability;
  next.way += log_probability;
  // Special symbols are written as nothing.
  if (search_.alphabet_.labels[label].empty() || label == search_.alphabet_.blank) {
    if (label != search_.alphabet_.separator) return merge(next);
  }
  if (label == search_.alphabet_.separator) {
    return label == beam.last || beam.part == 0 ? merge(next) : end_word(beam, next);
  }
  next.closed = kNone;
  if (label == beam.last) {
    next.open.end = frame + 1;
    next.open.probability += std::exp(log_probability);
    return merge(next);
  }
  next.part = add_label(beam.part, label);
  if (next.part == kNone) return;
  if (beam.part != 0) next.sound = close(beam);
  next.open = {0, label, frame, frame + 1, std::exp(log_probability)};
  merge(next);
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
  if (!keeps_alike_) drop_alike();
  if (next_.size() > static_cast<std::size_t>(options_.beam_width)) {
    next_.resize(static_cast<std::size_t>(options_.beam_width));
  }
  beams_.swap(next_);
  next_.clear();
  merged_.clear();
}

/// Of texts in the same state of the model, with the same beginning of a word, what comes is worth
/// the same: only the best can become the best text. The others would fill the beam with variants
/// of what was said long ago (pyctcdecode's `prune_history`, which compares the last words
/// instead).
void BeamSearchRun::drop_alike() {
  seen_.clear();
  std::erase_if(next_, [&](const Beam& beam) {
    return !seen_.insert({texts_[beam.text].future, beam.part, beam.last}).second;
  });
}

void BeamSearchRun::step(std::span<const float> row, std::int64_t frame) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    check(!std::isnan(row[i]), ErrorKind::data,
          "the log probability of label {} in frame {} is NaN", i, frame);
    if (row[i] > row[best]) best = i;
  }
  const auto extend_all = [&](std::size_t label, double log_probability) {
    for (Beam& beam : beams_) {
      extend(beam, static_cast<std::int64_t>(label), frame, log_probability);
    }
  };
  const auto log_probability = [&](std::size_t label) {
    return std::clamp<double>(row[label], kLeastLogProbability, 0);
  };
  for (std::size_t i = 0; i < row.size(); ++i) {
    const double p = log_probability(i);
    if (p >= options_.label_prune || i == best) extend_all(i, p);
  }
  // A lexicon may allow none of the probable labels, most often where a word is said that it does
  // not hold. Then the improbable ones lead to its next best: to go on with the blank alone would
  // leave out all that is said behind.
  if (next_.empty()) {
    for (std::size_t i = 0; i < row.size(); ++i) extend_all(i, log_probability(i));
  }
  for (Beam& beam : next_) {
    beam.score = beam.acoustic + texts_[beam.text].score + parts_[beam.part].score;
  }
  keep_best();
}

std::vector<CtcText> BeamSearchRun::finish(std::int64_t most) {
  for (Beam& beam : beams_) {
    Beam last = beam;
    last.last = -1;
    if (beam.part == 0) {
      merge(last);
    } else {
      end_word(beam, last);
    }
  }
  for (std::size_t i = 0; next_.empty() && i < beams_.size(); ++i) {
    beams_[i].last = -1;
    beams_[i].part = 0;
    merge(beams_[i]);
  }
  for (Beam& beam : next_) {
    beam.score = beam.acoustic + texts_[beam.text].score + sentence_end(beam.text);
  }
  keep_best();
  std::vector<CtcText> results;
  if (std::ssize(beams_) > most) beams_.resize(static_cast<std::size_t>(most));
  for (const Beam& beam : beams_) results.push_back(result_of(beam));
  return results;
}

CtcText BeamSearchRun::result_of(const Beam& beam) const {
  CtcText result{{}, beam.acoustic, beam.score};
  std::uint32_t end = beam.word_end;
  for (std::uint32_t text = beam.text; text != 0; text = texts_[text].before) {
    std::vector<TimedSymbol> symbols;
    const std::uint32_t before = word_ends_[end].before;
    for (std::uint32_t at = word_ends_[end].sound; at != word_ends_[before].sound;
         at = sounds_[at].before) {
      const Sound& sound = sounds_[at];
      symbols.push_back({search_.alphabet_.labels[sound.label], sound.begin, sound.end,
                         sound.probability / static_cast<double>(sound.end - sound.begin)});
    }
    TimedWord word;
    for (auto symbol = symbols.rbegin(); symbol != symbols.rend(); ++symbol) word.add(*symbol);
    word.text = written(texts_[text].word);
    result.words.push_back(std::move(word));
    end = before;
  }
  std::ranges::reverse(result.words);
  return result;
}

}  // namespace attune
