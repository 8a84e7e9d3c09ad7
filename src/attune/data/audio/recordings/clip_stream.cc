#include "attune/data/audio/recordings/clip_stream.h"

#include <algorithm>
#include <span>

namespace attune {
namespace {

constexpr std::int64_t kBlock = 1 << 16;

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
    : reader_(example), resampler_(reader_.info().sample_rate, sampling_rate) {}

void ClipStream::fill() {
  ready_.clear();
  taken_ = 0;
  while (ready_.empty() && !is_finished_) {
    block_.resize(kBlock);
    const std::int64_t got = reader_.read(block_);
    resampler_.push(std::span(block_).first(static_cast<std::size_t>(got)), ready_);
    if (got == kBlock) continue;
    resampler_.finish(ready_);
    is_finished_ = true;
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
