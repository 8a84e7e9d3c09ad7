#include "attune/media/audio/pauses.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr double kWindowSeconds = 0.01;
constexpr double kLowest = -100, kHighest = 10;  // dB of full scale
constexpr double kBin = 0.5;
/// Speech over digital silence: what lies further below it is as good as silent.
constexpr double kMostRange = 50;
/// Noise alone varies by less.
constexpr double kLeastRange = 6;
constexpr double kShare = 0.3;

}  // namespace

PauseSplitter::PauseSplitter(std::int64_t sample_rate, const PauseOptions& options)
    : window_(std::max<std::int64_t>(
          1, std::llround(static_cast<double>(sample_rate) * kWindowSeconds))),
      histogram_(static_cast<std::size_t>((kHighest - kLowest) / kBin) + 1) {
  check(
      sample_rate > 0 && options.min_pause > 0 && options.min_piece >= 2 * options.min_pause &&
          options.max_piece >= 2 * options.min_piece && options.max_piece <= 86'400,
      ErrorKind::user,
      "pieces of {} to {} s, cut at pauses of {} s; expected pieces of at least two pauses, and a "
      "longest (a day at most) that is twice the shortest",
      options.min_piece, options.max_piece, options.min_pause);
  const auto windows = [](double seconds) {
    return std::max<std::int64_t>(1, std::llround(seconds / kWindowSeconds));
  };
  min_pause_ = windows(options.min_pause);
  min_piece_ = windows(options.min_piece);
  max_piece_ = windows(options.max_piece);
}

/// dB, from percentiles of all levels so far.
double PauseSplitter::quiet_below() const {
  const auto percentile = [&](double share) {
    auto left = static_cast<std::int64_t>(share * static_cast<double>(measured_));
    std::size_t bin = 0;
    while (bin + 1 < histogram_.size() && (left -= histogram_[bin]) >= 0) ++bin;
    return kLowest + static_cast<double>(bin) * kBin;
  };
  const double speech = percentile(0.9);
  const double floor = std::max(percentile(0.05), speech - kMostRange);
  return speech - floor < kLeastRange ? kLowest : floor + kShare * (speech - floor);
}

/// The longest pause's middle, else the quietest window of the second half that leaves the next
/// piece long enough, whatever comes; windows of the piece.
std::int64_t PauseSplitter::best_cut() const {
  const double quiet = quiet_below();
  const auto count = std::ssize(levels_);
  std::int64_t longest = min_pause_ - 1, cut = 0, run = 0;
  for (std::int64_t i = 0; i <= count; ++i) {
    if (i < count && levels_[i] < quiet) {
      ++run;
      continue;
    }
    const std::int64_t middle = i - run / 2;
    if (run > longest && middle >= min_piece_) longest = run, cut = middle;
    run = 0;
  }
  if (cut > 0) return cut;
  const auto last = std::max(count / 2 + 1, count - min_piece_ + 1);
  return std::min_element(levels_.begin() + count / 2, levels_.begin() + last) - levels_.begin();
}

void PauseSplitter::cut(std::int64_t window, std::vector<AudioPiece>& out) {
  const std::int64_t end = begin_ + window * window_;
  out.push_back({begin_, end});
  begin_ = end;
  levels_.erase(levels_.begin(), levels_.begin() + window);
}

void PauseSplitter::end_window(std::vector<AudioPiece>& out) {
  const auto count = static_cast<double>(in_window_);
  // Without the mean: a microphone's offset is no sound.
  const double power = std::max(0.0, squares_ / count - sum_ / count * (sum_ / count));
  const double level = std::clamp(10 * std::log10(power + 1e-12), kLowest, kHighest);
  sum_ = squares_ = 0;
  in_window_ = 0;
  levels_.push_back(static_cast<float>(level));
  ++histogram_[static_cast<std::size_t>((level - kLowest) / kBin)];
  ++measured_;
  const auto length = std::ssize(levels_);
  if (length > min_piece_) {
    // Sound again: was there a pause before it?
    const double quiet = quiet_below();
    std::int64_t run = 0;
    if (levels_.back() >= quiet) {
      while (run + 1 < length && levels_[length - 2 - run] < quiet) ++run;
    }
    const std::int64_t middle = length - 1 - (run + 1) / 2;
    if (run >= min_pause_ && middle >= min_piece_) return cut(middle, out);
  }
  if (length == max_piece_) cut(best_cut(), out);
}

void PauseSplitter::push(std::span<const float> samples, std::vector<AudioPiece>& out) {
  for (const float sample : samples) {
    sum_ += sample;
    squares_ += double{sample} * sample;
    if (++in_window_ == window_) end_window(out);
  }
  pushed_ += std::ssize(samples);
}

void PauseSplitter::finish(std::vector<AudioPiece>& out) {
  if (pushed_ > begin_) out.push_back({begin_, pushed_});
  levels_.clear();
  std::ranges::fill(histogram_, 0);
  measured_ = begin_ = pushed_ = in_window_ = 0;
  sum_ = squares_ = 0;
}

}  // namespace attune
