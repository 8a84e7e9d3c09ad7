#pragma once

#include <cstdint>
#include <vector>

namespace attune {

/// How long recordings are cut into pieces that overlap, so that a model sees sound on both sides
/// of every frame that is kept.
struct ChunkOptions {
  std::int64_t chunk_samples = 0;   ///< length of a piece
  std::int64_t stride_samples = 0;  ///< of it on each side whose frames are not kept
  std::int64_t frame_step = 0;      ///< samples from one frame to the next (320)
  std::int64_t frame_samples = 0;   ///< samples that a frame is made of (400)
};

/// A piece of a recording.
struct AudioChunk {
  std::int64_t first_sample = 0, samples = 0;
  std::int64_t skipped = 0;      ///< of its frames at the front that are not kept
  std::int64_t first_frame = 0;  ///< of the recording's: the first that is kept
  std::int64_t frames = 0;       ///< so many are kept; those behind are not
};

/// Frames that a model of unpadded convolutions makes of so many samples.
std::int64_t frames_of(std::int64_t samples, const ChunkOptions& options);

/// The pieces of a recording, as transformers' pipeline cuts them (`chunk_length_s`,
/// `stride_length_s`): lengths are rounded to whole frame steps, pieces begin at multiples of the
/// step. What is kept is every frame of the whole recording, in order, each once. None where it is
/// shorter than a frame; one where it fits in a piece. Throws `user` where a length is not above 0,
/// the strides leave nothing of a piece, or are too short for the frames at a piece's edge.
std::vector<AudioChunk> plan_chunks(std::int64_t total_samples, const ChunkOptions& options);

}  // namespace attune
