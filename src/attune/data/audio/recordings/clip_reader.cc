#include "attune/data/audio/recordings/clip_reader.h"

#include <algorithm>
#include <span>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/data/audio/recordings/piece_reader.h"

namespace attune {
namespace {

Waveform read_piece(const AudioExample& clip, const AudioLimits& limits, AudioInfo& info) {
  PieceReader reader(clip);
  info = reader.info();
  Waveform wave{{}, info.sample_rate};
  const auto check_length = [&](std::int64_t length) {
    check(length <= limits.max_samples, ErrorKind::data,
          "{}: more than {} samples; cut it into pieces", piece_name(clip),
          with_thousands(limits.max_samples));
  };
  check_length(reader.left().value_or(0));
  // Without an end the number of samples is not known before they are read.
  std::int64_t length = 0;
  while (true) {
    constexpr std::int64_t kPiece = 1 << 16;
    const std::int64_t part = std::min(kPiece, reader.left().value_or(kPiece));
    wave.samples.resize(static_cast<std::size_t>(length + part));
    const std::int64_t got =
        reader.read(std::span(wave.samples).subspan(static_cast<std::size_t>(length)));
    length += got;
    check_length(length);
    if (got < part || part == 0) break;
  }
  wave.samples.resize(static_cast<std::size_t>(length));
  return wave;
}

}  // namespace

Waveform read_clip(const AudioExample& clip, const AudioLimits& limits, AudioInfo& info) {
  if (clip.begin > 0 || clip.end) return read_piece(clip, limits, info);
  AudioReader reader{fs::path(clip.path)};
  info = reader.info();
  return read_audio(std::move(reader), limits);
}

Waveform read_clip(const AudioExample& clip, const AudioLimits& limits) {
  AudioInfo info;
  return read_clip(clip, limits, info);
}

}  // namespace attune
