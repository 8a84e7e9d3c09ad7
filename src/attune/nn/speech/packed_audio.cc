#include "attune/nn/speech/packed_audio.h"

#include <vector>

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include "attune/base/error.h"

namespace attune {

PackedAudio pack_audio(const at::Tensor& padded, std::span<const std::int64_t> lengths) {
  check(padded.dim() == 2 && padded.size(0) == static_cast<std::int64_t>(lengths.size()),
        ErrorKind::user, "audio must be [batch, samples] with a length for each clip, got [{}], {}",
        fmt::join(padded.sizes(), ", "), lengths.size());
  PackedAudio packed;
  std::vector<at::Tensor> clips;
  for (std::size_t n = 0; n < lengths.size(); ++n) {
    check(lengths[n] >= 1 && lengths[n] <= padded.size(1), ErrorKind::user,
          "clip {} has {} samples, expected 1 to {}", n, lengths[n], padded.size(1));
    clips.push_back(padded[static_cast<std::int64_t>(n)].narrow(0, 0, lengths[n]));
    packed.clips.offsets.push_back(packed.clips.rows() + lengths[n]);
  }
  packed.samples = at::cat(clips);
  return packed;
}

at::Tensor gather_rows(const at::Tensor& x, std::span<const std::int64_t> starts,
                       const Segments& rows) {
  if (rows.count() == 1 && rows.rows() == x.size(0)) return x;
  std::vector<at::Tensor> parts;
  for (std::size_t n = 0; n < starts.size(); ++n) {
    parts.push_back(x.narrow(0, starts[n], rows.length(static_cast<std::int64_t>(n))));
  }
  return at::cat(parts);
}

at::Tensor spread_rows(const at::Tensor& x, const Segments& rows,
                       std::span<const std::int64_t> starts, std::int64_t total) {
  std::vector<at::Tensor> parts;
  std::int64_t end = 0;
  const auto zeros_up_to = [&](std::int64_t row) {
    if (row == end) return;
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape[0] = row - end;
    parts.push_back(at::zeros(shape, x.options()));
    end = row;
  };
  for (std::size_t n = 0; n < starts.size(); ++n) {
    zeros_up_to(starts[n]);
    const std::int64_t length = rows.length(static_cast<std::int64_t>(n));
    parts.push_back(x.narrow(0, rows.offsets[n], length));
    end += length;
  }
  zeros_up_to(total);
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

}  // namespace attune
