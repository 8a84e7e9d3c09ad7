#include "attune/data/audio/recordings/clip_reader.h"

#include <cmath>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/human.h"

namespace attune {
namespace {

Waveform read_piece(AudioReader& reader, const AudioExample& clip, const AudioLimits& limits) {
  const auto rate = static_cast<double>(reader.info().sample_rate);
  const std::int64_t begin = std::llround(clip.begin * rate);
  reader.seek(begin);
  Waveform wave{{}, reader.info().sample_rate};
  // Without an end the number of samples is not known before they are read.
  const std::int64_t wanted = clip.end ? std::llround(*clip.end * rate) - begin : -1;
  check(wanted <= limits.max_samples, ErrorKind::data,
        "{}: more than {} samples; cut it into pieces", piece_name(clip),
        with_thousands(limits.max_samples));
  std::int64_t length = 0;
  while (wanted < 0 || length < wanted) {
    constexpr std::int64_t kPiece = 1 << 16;
    const std::int64_t part = wanted < 0 ? kPiece : std::min(kPiece, wanted - length);
    wave.samples.resize(static_cast<std::size_t>(length + part));
    const std::int64_t got =
        reader.read(std::span(wave.samples).subspan(static_cast<std::size_t>(length)));
    length += got;
    check(length <= limits.max_samples, ErrorKind::data,
          "{}: more than {} samples; cut it into pieces", piece_name(clip),
          with_thousands(limits.max_samples));
    if (got < part) break;
  }
  wave.samples.resize(static_cast<std::size_t>(length));
  // A length of MP3 may be an estimate; half a second is what a table may be wrong by.
  check(length > 0 && (wanted < 0 || static_cast<double>(wanted - length) <= rate / 2),
        ErrorKind::data, "{}: the recording ends before, {} of {} samples are there",
        piece_name(clip), length, wanted);
  return wave;
}

}  // namespace

Waveform read_clip(const AudioExample& clip, const AudioLimits& limits, AudioInfo& info) {
  AudioReader reader{fs::path(clip.path)};
  info = reader.info();
  if (clip.begin == 0 && !clip.end) return read_audio(std::move(reader), limits);
  return read_piece(reader, clip, limits);
}

Waveform read_clip(const AudioExample& clip, const AudioLimits& limits) {
  AudioInfo info;
  return read_clip(clip, limits, info);
}

}  // namespace attune
