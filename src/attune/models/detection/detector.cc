#include "attune/models/detection/detector.h"

#include <fmt/ranges.h>

#include "attune/base/error.h"

namespace attune {

namespace {

template <typename Change>
Activations of_each_part(const Activations& state, const Change& change) {
  Activations result;
  for (const at::Tensor& part : state.parts) result.parts.push_back(change(part));
  return result;
}

// Convolutions work in the layout they are given; a cached state comes in contiguous.
at::Tensor channels_last(const at::Tensor& x) {
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
}

at::Tensor part_in_fp32(const at::Tensor& x) {
  return x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
}

}  // namespace

Activations Detector::run(const Activations& state, std::int64_t first, std::int64_t last) {
  const std::int64_t groups = std::ssize(depth_groups());
  check(0 <= first && first < last && last <= groups, ErrorKind::internal,
        "depth groups [{}, {}) of {} were asked for", first, last, groups);
  if (first == 0) check_pixels(state.only());
  Activations x = of_each_part(state, channels_last);
  for (std::int64_t group = first; group < last; ++group) x = run_group(group, x);
  return of_each_part(x, part_in_fp32);
}

std::vector<at::Tensor> Detector::forward(const at::Tensor& pixels) {
  return run(pixels, 0, std::ssize(depth_groups())).parts;
}

void Detector::check_pixels(const at::Tensor& pixels) const {
  const DetectorInfo known = info();
  const std::int64_t channels = known.input.channels, multiple = known.size_multiple;
  check(pixels.dim() == 4 && pixels.size(1) == channels && pixels.numel() > 0, ErrorKind::user,
        "pixels have the shape {}, expected [N, {}, H, W]", fmt::join(pixels.sizes(), " x "),
        channels);
  check(pixels.size(2) % multiple == 0 && pixels.size(3) % multiple == 0, ErrorKind::user,
        "pictures of {} x {} pixels: the detector takes sides that are multiples of {}",
        pixels.size(3), pixels.size(2), multiple);
}

}  // namespace attune
