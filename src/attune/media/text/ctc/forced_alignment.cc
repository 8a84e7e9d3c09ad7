#include "attune/media/text/ctc/forced_alignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"

namespace attune {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();
constexpr std::int64_t kMostBytes = std::int64_t{64} << 20;

/// What a state was reached from: the low bit for the blank before a symbol, the others for the
/// symbol.
constexpr std::uint8_t kBlankFromSymbol = 1;   ///< else from the same blank
constexpr std::uint8_t kSymbolFromBlank = 2;   ///< the one before it
constexpr std::uint8_t kSymbolFromSymbol = 4;  ///< the one before it, without a blank between

/// Best scores of ways that end in the blank before each symbol (and behind the last), and in each
/// symbol.
struct Column {
  std::vector<double> blank, symbol;
};

class Aligner {
 public:
  Aligner(std::span<const float> log_probabilities, std::size_t labels,
          std::span<const std::int64_t> target, std::size_t blank)
      : scores_(log_probabilities),
        labels_(labels),
        target_(target),
        blank_(blank),
        frames_(static_cast<std::int64_t>(scores_.size() / labels)),
        length_(static_cast<std::int64_t>(target.size())) {
    // A block's first column takes 16 bytes a symbol, each of its frames one: together least where
    // a block is 4 * sqrt(frames) long.
    const bool fits = frames_ * (length_ + 1) <= kMostBytes;
    block_ = fits ? std::max<std::int64_t>(frames_, 1)
                  : static_cast<std::int64_t>(4 * std::sqrt(static_cast<double>(frames_)));
  }

  CtcAlignment run();

 private:
  Column start() const;
  void step(Column& column, std::int64_t frame, std::uint8_t* from) const;
  void walk_back(std::int64_t begin, std::int64_t end, CtcAlignment& result);

  std::span<const float> scores_;
  std::size_t labels_;
  std::span<const std::int64_t> target_;
  std::size_t blank_;
  std::int64_t frames_, length_, block_;
  std::vector<std::uint8_t> from_;  ///< [frames of a block, length_ + 1]
  std::int64_t at_ = 0;             ///< walking back: the symbol, or the blank before it
  bool in_blank_ = true;
};

Column Aligner::start() const {
  Column column{std::vector(static_cast<std::size_t>(length_ + 1), kImpossible),
                std::vector(static_cast<std::size_t>(length_ + 1), kImpossible)};
  // Before the first frame: as if a blank had been heard.
  column.blank[0] = 0;
  return column;
}

void Aligner::step(Column& column, std::int64_t frame, std::uint8_t* from) const {
  const float* row = scores_.data() + static_cast<std::size_t>(frame) * labels_;
  for (std::size_t i = 0; i < labels_; ++i) {
    check(!std::isnan(row[i]), ErrorKind::data,
          "the log probability of label {} in frame {} is NaN", i, frame);
  }
  // No way reaches further than a symbol a frame, and the end must be in reach of the rest. From
  // the last to the first, since each state looks at those before it as they were a frame ago.
  const std::int64_t last = std::min(length_, frame + 1);
  const std::int64_t first = std::max<std::int64_t>(0, length_ - (frames_ - frame));
  double* blank = column.blank.data();
  double* symbol = column.symbol.data();
  for (std::int64_t i = last; i >= first; --i) {
    std::uint8_t way = 0;
    const double before = i > 0 ? symbol[i - 1] : kImpossible;
    if (i < length_) {
      double best = symbol[i];
      if (blank[i] > best) best = blank[i], way = kSymbolFromBlank;
      if (before > best && target_[i] != target_[i - 1]) best = before, way = kSymbolFromSymbol;
      symbol[i] = best + row[target_[i]];
    }
    if (before > blank[i]) blank[i] = before, way |= kBlankFromSymbol;
    blank[i] += row[blank_];
    if (from) from[i] = way;
  }
}

/// From the state behind frame `end` - 1 to that behind frame `begin` - 1.
void Aligner::walk_back(std::int64_t begin, std::int64_t end, CtcAlignment& result) {
  for (std::int64_t frame = end - 1; frame >= begin; --frame) {
    const std::uint8_t way = from_[(frame - begin) * (length_ + 1) + at_];
    if (in_blank_) {
      if (way & kBlankFromSymbol) --at_, in_blank_ = false;
      continue;
    }
    AlignedSymbol& symbol = result.symbols[static_cast<std::size_t>(at_)];
    if (symbol.end == 0) symbol.end = frame + 1;
    symbol.begin = frame;
    symbol.probability +=
        std::exp(scores_[static_cast<std::size_t>(frame) * labels_ + target_[at_]]);
    if (way & kSymbolFromBlank) in_blank_ = true;
    if (way & kSymbolFromSymbol) --at_;
  }
}

CtcAlignment Aligner::run() {
  std::vector<Column> kept;  // before each block
  Column column = start();
  for (std::int64_t frame = 0; frame < frames_; ++frame) {
    if (frame % block_ == 0) {
      check_stop();
      kept.push_back(column);
      // With one block these are its ways already.
      if (frame == 0)
        from_.resize(static_cast<std::size_t>(std::min(block_, frames_) * (length_ + 1)));
    }
    step(column, frame, block_ >= frames_ ? from_.data() + frame * (length_ + 1) : nullptr);
  }
  CtcAlignment result;
  result.symbols.resize(static_cast<std::size_t>(length_));
  at_ = length_;
  result.score = column.blank[length_];
  if (length_ > 0 && column.symbol[length_ - 1] >= result.score) {
    at_ = length_ - 1;
    in_blank_ = false;
    result.score = column.symbol[at_];
  }
  check(result.score > kImpossible, ErrorKind::data,
        "the model gives every way through {} frames to the text's {} symbols a probability of 0",
        frames_, length_);
  for (auto block = static_cast<std::int64_t>(kept.size()) - 1; block >= 0; --block) {
    check_stop();
    const std::int64_t begin = block * block_, end = std::min(begin + block_, frames_);
    if (block_ < frames_) {
      for (std::int64_t frame = begin; frame < end; ++frame) {
        step(kept.back(), frame, from_.data() + (frame - begin) * (length_ + 1));
      }
    }
    kept.pop_back();
    walk_back(begin, end, result);
  }
  for (std::int64_t i = 0; i < length_; ++i) {
    AlignedSymbol& symbol = result.symbols[static_cast<std::size_t>(i)];
    symbol.label = target_[i];
    symbol.probability /= static_cast<double>(symbol.end - symbol.begin);
  }
  return result;
}

}  // namespace

std::int64_t frames_needed(std::span<const std::int64_t> target) {
  auto needed = static_cast<std::int64_t>(target.size());
  for (std::size_t i = 1; i < target.size(); ++i) needed += target[i] == target[i - 1];
  return needed;
}

CtcAlignment align_forced(std::span<const float> log_probabilities, std::int64_t labels,
                          std::span<const std::int64_t> target, std::int64_t blank) {
  check(labels > 0 && blank >= 0 && blank < labels, ErrorKind::user,
        "the CTC blank is label {} of {}", blank, labels);
  const auto size = static_cast<std::int64_t>(log_probabilities.size());
  check(size % labels == 0, ErrorKind::user, "{} log probabilities for frames of {} labels", size,
        labels);
  for (std::size_t i = 0; i < target.size(); ++i) {
    check(target[i] >= 0 && target[i] < labels && target[i] != blank, ErrorKind::user,
          "symbol {} of the text to align is label {}; expected one of {}, and not the blank, {}",
          i, target[i], labels, blank);
  }
  const std::int64_t needed = frames_needed(target), symbols = std::ssize(target);
  check(
      size / labels >= needed, ErrorKind::data,
      "the text cannot be said in the recording's {} frames: its {} symbols and the blanks between "
      "{} equal neighbours take {}; is it the text of another recording, or the recording cut?",
      size / labels, symbols, needed - symbols, needed);
  return Aligner(log_probabilities, static_cast<std::size_t>(labels), target,
                 static_cast<std::size_t>(blank))
      .run();
}

}  // namespace attune
