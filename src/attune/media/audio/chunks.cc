#include "attune/media/audio/chunks.h"

#include <algorithm>

#include "attune/base/error.h"

namespace attune {

std::int64_t frames_of(std::int64_t samples, const ChunkOptions& options) {
  if (samples < options.frame_samples) return 0;
  return (samples - options.frame_samples) / options.frame_step + 1;
}

std::vector<AudioChunk> plan_chunks(std::int64_t total_samples, const ChunkOptions& options) {
  const std::int64_t step = options.frame_step;
  check(
      step > 0 && options.frame_samples > 0 && options.chunk_samples > 0 &&
          options.stride_samples >= 0,
      ErrorKind::user,
      "pieces of {} samples with strides of {}, of frames of {} samples every {}; expected lengths "
      "above 0",
      options.chunk_samples, options.stride_samples, options.frame_samples, step);
  const auto whole = [&](std::int64_t samples) { return (samples + step / 2) / step; };
  const std::int64_t chunk = whole(options.chunk_samples), stride = whole(options.stride_samples);
  check(chunk > 2 * stride, ErrorKind::user,
        "strides of {} samples on both sides leave nothing of pieces of {}: make pieces longer or "
        "strides shorter",
        options.stride_samples, options.chunk_samples);
  // The last frame that is kept of a piece must lie within it.
  const std::int64_t least = (options.frame_samples + step - 1) / step - 1;
  const std::int64_t frames = frames_of(total_samples, options);
  const bool one = total_samples <= chunk * step;
  check(one || stride >= least, ErrorKind::user,
        "strides of {} samples; expected at least {}, since a frame is made of {} samples",
        options.stride_samples, least * step, options.frame_samples);
  std::vector<AudioChunk> chunks;
  for (std::int64_t begin = 0, kept = 0; kept < frames; begin += chunk - 2 * stride) {
    const bool is_last = (begin + chunk) * step >= total_samples;
    const std::int64_t end = is_last ? frames : begin + chunk - stride;
    chunks.push_back({.first_sample = begin * step,
                      .samples = std::min(chunk * step, total_samples - begin * step),
                      .skipped = kept - begin,
                      .first_frame = kept,
                      .frames = end - kept});
    kept = end;
  }
  return chunks;
}

}  // namespace attune
