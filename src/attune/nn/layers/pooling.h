#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "attune/nn/packed.h"

namespace attune {

/// How one vector per sequence is made from its tokens. `cls`: the first token. `mean`: the mean
/// over all tokens. `concat`: first token, mean and maximum side by side (after the concat pooling
/// of ULMFiT, Howard and Ruder 2018, section 3.3, with the summary token in place of the last
/// hidden state of an LSTM).
enum class Pooling { cls, mean, concat };

constexpr auto enum_names(Pooling) {
  return std::to_array<std::pair<Pooling, std::string_view>>(
      {{Pooling::cls, "cls"}, {Pooling::mean, "mean"}, {Pooling::concat, "concat"}});
}

/// Width of what `pool` returns: hidden, or 3 * hidden for `concat`.
std::int64_t pooled_width(Pooling pooling, std::int64_t hidden);

/// x [T, hidden] -> [N, pooled_width]. Differentiable.
at::Tensor pool(const at::Tensor& x, const Segments& segments, Pooling pooling);

/// The first row of each sequence: [N, hidden].
at::Tensor first_rows(const at::Tensor& x, const Segments& segments);

}  // namespace attune
