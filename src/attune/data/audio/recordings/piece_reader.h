#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "attune/data/audio/audio_dataset.h"
#include "attune/media/audio/files/audio_reader.h"

namespace attune {

/// A clip may end so many seconds behind its recording's end, and then ends there: what Kaldi's
/// extract-segments allows (--max-overshoot). Marks are rounded, and a length of MP3 may be an
/// estimate.
inline constexpr double kMaxOvershoot = 0.5;

/// The samples of a clip, all of its recording or its piece, at the recording's own rate.
class PieceReader {
 public:
  /// Throws as `AudioReader`; `data` where the piece is shorter than a sample.
  explicit PieceReader(const AudioExample& clip);

  const AudioInfo& info() const { return reader_.info(); }
  /// Samples that are still to come; none: those to the recording's end.
  std::optional<std::int64_t> left() const { return left_; }

  /// Fills `samples` from the front and returns how many; fewer only at the end. Throws as
  /// `AudioReader::read`; `data` where the recording ends more than `kMaxOvershoot` before the
  /// piece does, holds no sample of it, or, as a whole, has less than its header promises.
  std::int64_t read(std::span<float> samples);

 private:
  void check_end() const;

  const AudioExample& clip_;
  AudioReader reader_;
  std::optional<std::int64_t> left_;
  std::int64_t decoded_ = 0;
};

}  // namespace attune
