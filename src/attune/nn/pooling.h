#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attune/nn/packed.h"

namespace attune {

/// How one vector per sequence is made from its tokens. `cls`: the first token. `mean`: the mean
/// over all tokens. `concat`: first token, mean and maximum side by side (after the concat pooling
/// of ULMFiT, Howard and Ruder 2018, section 3.3, with the summary token in place of the last
/// hidden state of an LSTM).
enum class Pooling { cls, mean, concat };

std::string_view pooling_name(Pooling pooling);
std::optional<Pooling> pooling_from_name(std::string_view name);

/// Width of what `pool` returns: hidden, or 3 * hidden for `concat`.
std::int64_t pooled_width(Pooling pooling, std::int64_t hidden);

/// x [T, hidden] -> [N, pooled_width]. Differentiable.
at::Tensor pool(const at::Tensor& x, const Segments& segments, Pooling pooling);

/// The first row of each sequence: [N, hidden].
at::Tensor first_rows(const at::Tensor& x, const Segments& segments);

}  // namespace attune
