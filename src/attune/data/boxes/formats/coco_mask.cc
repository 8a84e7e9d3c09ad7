#include "attune/data/boxes/formats/coco_mask.h"

#include <algorithm>

namespace attune {

std::optional<std::vector<std::int64_t>> decompress_run_lengths(std::string_view text) {
  std::vector<std::int64_t> runs;
  for (std::size_t at = 0; at < text.size();) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (bool more = true; more;) {
      if (at == text.size() || shift > 55) return std::nullopt;
      const int c = static_cast<unsigned char>(text[at++]) - 48;
      if (c < 0 || c > 63) return std::nullopt;
      value |= static_cast<std::uint64_t>(c & 0x1f) << shift;
      shift += 5;
      more = (c & 0x20) != 0;
      if (!more && (c & 0x10) != 0) value |= ~std::uint64_t{0} << shift;  // a negative difference
    }
    // Differences add up modulo 2^64, as whoever wrote a hostile file may want; the sum is checked.
    if (runs.size() > 2) value += static_cast<std::uint64_t>(runs[runs.size() - 2]);
    runs.push_back(static_cast<std::int64_t>(value));
  }
  return runs;
}

std::optional<Box> box_of_run_lengths(std::span<const std::int64_t> runs, Size size) {
  constexpr std::int64_t kMostSide = std::int64_t{1} << 24;
  if (size.height < 1 || size.width < 1 || size.height > kMostSide || size.width > kMostSide) {
    return std::nullopt;
  }
  const std::int64_t total = size.height * size.width;
  std::int64_t at = 0;
  std::int64_t left = size.width, top = size.height, right = 0, bottom = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i] < 0 || runs[i] > total - at) return std::nullopt;
    const std::int64_t end = at + runs[i];
    if (i % 2 == 1 && end > at) {
      const std::int64_t first = at / size.height, last = (end - 1) / size.height;
      left = std::min(left, first);
      right = std::max(right, last + 1);
      // A run that goes on in the next column reaches the bottom of one and the top of the other.
      top = std::min(top, first == last ? at % size.height : 0);
      bottom = std::max(bottom, first == last ? (end - 1) % size.height + 1 : size.height);
    }
    at = end;
  }
  if (at != total) return std::nullopt;
  if (right <= left) return Box{};
  return Box{static_cast<double>(left), static_cast<double>(top), static_cast<double>(right),
             static_cast<double>(bottom)};
}

}  // namespace attune
