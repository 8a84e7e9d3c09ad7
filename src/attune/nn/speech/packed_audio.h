#pragma once

#include <cstdint>
#include <span>

#include <ATen/core/Tensor.h>

#include "attune/nn/packed.h"

namespace attune {

/// A batch of recordings laid end to end, without padding. S is the number of all samples, T that
/// of the frames a model makes of them.
struct PackedAudio {
  at::Tensor samples;  ///< float [S]
  Segments clips;      ///< where each recording has its samples

  /// What is hidden from the encoder, in place of what is drawn in training; outside of training
  /// too. Undefined: nothing is given.
  at::Tensor time_mask = {};     ///< bool [T]: frames
  at::Tensor feature_mask = {};  ///< bool [clips, width]: channels of all of a clip's frames
};

/// Packs a padded batch float [N, L], of which clip n has its first `lengths[n]` samples.
/// Throws `user` where a length is not in 1 .. L.
PackedAudio pack_audio(const at::Tensor& padded, std::span<const std::int64_t> lengths);

/// The rows of each segment one after the other, where segment n has `rows[n]` of x from
/// `starts[n]`: `x` itself where that is all of it.
at::Tensor gather_rows(const at::Tensor& x, std::span<const std::int64_t> starts,
                       const Segments& rows);

/// Rows [total, ...] with segment n of x at `starts[n]` and zeros between and behind them. Starts
/// rise and leave room.
at::Tensor spread_rows(const at::Tensor& x, const Segments& rows,
                       std::span<const std::int64_t> starts, std::int64_t total);

}  // namespace attune
