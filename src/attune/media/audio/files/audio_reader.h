#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// What a recording's header says.
struct AudioInfo {
  std::string format;            ///< "WAV", "FLAC", "OGG", "MPEG", ... as libsndfile names it
  std::int64_t sample_rate = 0;  ///< Hz
  std::int64_t channels = 0;
  /// Sampling instants; none where only decoding would tell (a stream written without its length).
  /// Of MP3 without a length of its own it is an estimate.
  std::optional<std::int64_t> frames;
  /// How the file shows that its end is missing ("the header promises 400 bytes more"), or "": it
  /// is whole as far as can be told without decoding (see file_end.h, mp3_frames.h).
  std::string cut_off;

  std::optional<double> seconds() const;
};

/// Samples of one channel, mostly within -1 to 1.
struct Waveform {
  std::vector<float> samples;
  std::int64_t sample_rate = 0;

  double seconds() const;
};

/// Guards of readers of whole recordings, which come from anywhere.
struct AudioLimits {
  std::int64_t max_samples = std::int64_t{1} << 28;  ///< 93 minutes of 48 kHz; 1 GiB
};

/// A recording read piece by piece, so that its length costs no memory: WAV, FLAC, OGG (Vorbis,
/// Opus), MP3 and whatever else libsndfile knows, known by content and never by name. Channels are
/// averaged; integers are divided by their range, so that full scale is -1 to 1, as soundfile and
/// torchaudio give them. Not for use from two threads at once.
class AudioReader {
 public:
  /// Throws `user` and `io` as `InputFile` does; `data`, naming file and reason, where it is empty,
  /// no audio, of a codec that libsndfile does not decode, of an impossible rate, or an MP3 with
  /// more frames than would be read.
  explicit AudioReader(const fs::path& path);
  /// `bytes` must outlive the reader; `name` is for messages.
  AudioReader(std::span<const std::byte> bytes, std::string name);
  ~AudioReader();
  AudioReader(AudioReader&&) noexcept;
  AudioReader& operator=(AudioReader&&) noexcept;

  const AudioInfo& info() const;
  const std::string& name() const;

  /// The next frame that `read` gives. Throws `user` behind the end, `data` where the file cannot
  /// be wound to it.
  void seek(std::int64_t frame);
  /// Fills `samples` from the front and returns how many; fewer than asked for only at the end.
  /// Throws `data` with the place where a sample is NaN or infinite.
  std::int64_t read(std::span<float> samples);

  /// Whether the last of the frames that a FLAC file's header promises is found, which takes no
  /// decoding of those before; other formats show in `cut_off` what is to be known. Read on after a
  /// `seek`.
  bool has_last_frame();

 private:
  struct State;
  explicit AudioReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Header alone; throws as `AudioReader` does.
AudioInfo probe_audio(const fs::path& path);

/// Throws `data` where fewer frames can be `decoded` than the header promises: cut off or damaged.
/// Of MP3 without a length of its own that is an estimate, which promises nothing.
void check_complete(const AudioReader& reader, std::int64_t decoded);

/// All of a recording. Throws `data` beside what `AudioReader` throws: where it holds no sample,
/// more than `limits`, or fewer than its header promises (cut off: its transcript would not fit).
Waveform read_audio(const fs::path& path, const AudioLimits& limits = {});
Waveform read_audio(AudioReader reader, const AudioLimits& limits = {});

}  // namespace attune
