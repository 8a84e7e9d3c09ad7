#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/data/audio/audio_dataset.h"
#include "attune/media/audio/chunks.h"
#include "attune/tasks/speech_recognition/apply/speech_decoder.h"
#include "attune/tasks/speech_recognition/speech_model.h"

namespace attune {

/// What a model makes of a recording.
struct RecordingScores {
  at::Tensor logits;   ///< float [frames, symbols], on the CPU
  double seconds = 0;  ///< that it lasts
};

/// Seconds as answers give them: to the millisecond, which is finer than a frame.
double rounded(double value);

/// A saved model applied to recordings of any length. One that is longer than a chunk goes through
/// the model in chunks that overlap, each normalised for itself, of which the edges are left out
/// (transformers' pipeline with `chunk_length_s` and `stride_length_s`): memory does not grow with
/// its length but for the scores.
class Recognizer {
 public:
  struct Options {
    double chunk_seconds = 30;
    double stride_seconds = 5;  ///< that a chunk has in common with each neighbour
    double batch_seconds = 40;  ///< of short recordings that go through the model together
    std::int64_t threads = 0;   ///< that decode; 0: all cores
  };

  /// `opened` must outlive the object. Throws `user` where the strides leave nothing of a chunk.
  Recognizer(const OpenedSpeechModel& opened, const Options& options);

  /// Of each clip its scores, or, where `problems` is given, none and the reason why it cannot be
  /// read.
  std::vector<RecordingScores> scores(std::span<const AudioExample> clips,
                                      std::vector<std::string>* problems) const;

  double seconds_per_frame() const;
  /// Whether a recording goes through the model in chunks, as one does whose length is not known.
  bool is_long(const AudioExample& clip) const {
    return clip.seconds <= 0 || clip.seconds > options_.chunk_seconds;
  }

 private:
  void read_short(std::span<const AudioExample> clips, std::span<std::vector<float>> waves,
                  std::vector<std::string>* problems) const;
  void run_batches(std::vector<std::vector<float>> waves,
                   std::vector<RecordingScores>& result) const;
  RecordingScores scores_of_long(const AudioExample& clip) const;
  at::Tensor run(std::vector<std::vector<float>> clips) const;

  const OpenedSpeechModel& opened_;
  Options options_;
  ChunkOptions chunks_;  ///< in samples
};

}  // namespace attune
