#include "attune/data/audio/recordings/clip_stream.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr std::int64_t kBlock = 1 << 16;

/// A length of MP3 may be an estimate, and marks are rounded, as for `read_clip`.
constexpr double kMissingSeconds = 0.5;

/// The first frame of the example's piece, and how many it has: none to the recording's end.
std::pair<std::int64_t, std::optional<std::int64_t>> frames_of(const AudioExample& example,
                                                               std::int64_t sample_rate) {
  const auto rate = static_cast<double>(sample_rate);
  const std::int64_t first = std::llround(example.begin * rate);
  if (!example.end) return {first, std::nullopt};
  const std::int64_t count = std::llround(*example.end * rate) - first;
  check(count > 0, ErrorKind::data, "{}: there is no sample in it", piece_name(example));
  return {first, count};
}

}  // namespace

std::int64_t count_samples(const AudioExample& example, std::int64_t sampling_rate) {
  // Headers promise; what is there is known when it was read. Decoding is a hundredth of what
  // recognising costs.
  ClipStream stream(example, sampling_rate);
  std::vector<float> block;
  std::int64_t total = 0;
  do {
    block.clear();
    stream.read(kBlock, block);
    total += std::ssize(block);
  } while (!block.empty());
  return total;
}

ClipStream::ClipStream(const AudioExample& example, std::int64_t sampling_rate)
    : example_(example),
      reader_(example.path),
      resampler_(reader_.info().sample_rate, sampling_rate) {
  const auto [first, count] = frames_of(example, reader_.info().sample_rate);
  left_ = count;
  if (first > 0) reader_.seek(first);
}

void ClipStream::fill() {
  ready_.clear();
  taken_ = 0;
  while (ready_.empty() && !is_finished_) {
    block_.resize(
        static_cast<std::size_t>(left_ ? std::min<std::int64_t>(kBlock, *left_) : kBlock));
    const std::int64_t got = reader_.read(block_);
    block_.resize(static_cast<std::size_t>(got));
    resampler_.push(block_, ready_);
    decoded_ += got;
    if (left_) *left_ -= got;
    if (got > 0 && left_ != 0) continue;
    resampler_.finish(ready_);
    is_finished_ = true;
    check(!left_ || static_cast<double>(*left_) <=
                        kMissingSeconds * static_cast<double>(reader_.info().sample_rate),
          ErrorKind::data, "{}: the recording ends before, {} samples are missing",
          piece_name(example_), left_.value_or(0));
    // A whole recording has what its header promises, as for `read_audio`.
    if (!left_ && example_.begin == 0) check_complete(reader_, decoded_);
  }
}

void ClipStream::read(std::int64_t count, std::vector<float>& samples) {
  while (count > 0) {
    if (taken_ == ready_.size()) fill();
    if (ready_.empty()) return;
    const std::size_t part = std::min(static_cast<std::size_t>(count), ready_.size() - taken_);
    const auto from = ready_.begin() + static_cast<std::ptrdiff_t>(taken_);
    samples.insert(samples.end(), from, from + static_cast<std::ptrdiff_t>(part));
    taken_ += part;
    count -= static_cast<std::int64_t>(part);
  }
}

}  // namespace attune
