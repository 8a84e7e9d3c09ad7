#include <algorithm>

#include "attune/base/error.h"
#include "attune/media/medical/dicom/dicom_codecs.h"

namespace attune {
namespace {

constexpr std::size_t kHeaderBytes = 64;

std::size_t header_number(DicomBytes bytes, std::size_t index) {
  std::size_t value = 0;
  for (std::size_t k = 4; k-- > 0;) {
    value = value << 8 | std::to_integer<std::size_t>(bytes[4 * index + k]);
  }
  return value;
}

/// Unpacks one segment; gives every byte with its place to `store`. False where it is too short.
template <typename Store>
bool unpack(DicomBytes segment, std::size_t wanted, const Store& store) {
  std::size_t at = 0, done = 0;
  while (done < wanted && at < segment.size()) {
    const auto control = std::to_integer<std::uint8_t>(segment[at++]);
    // PS3.5 G.3.2: 0 to 127 precede as many literal bytes and one more, 129 to 255 a byte to
    // repeat, 128 nothing.
    if (control == 128) continue;
    const bool is_run = control > 128;
    const std::size_t length = is_run ? 257u - control : control + 1u;
    if (at + (is_run ? 1 : length) > segment.size()) return false;
    for (std::size_t i = 0; i < length && done < wanted; ++i) {
      store(done++, std::to_integer<std::uint32_t>(segment[is_run ? at : at + i]));
    }
    at += is_run ? 1 : length;
  }
  // What is left over is not looked at: segments are padded to even length.
  return done == wanted;
}

}  // namespace

CodecResult decode_rle(DicomBytes bytes, const CodecRequest& request) {
  const auto size = static_cast<std::size_t>(request.bits_allocated / 8);
  const auto channels = static_cast<std::size_t>(request.channels);
  const auto pixels = static_cast<std::size_t>(request.height * request.width);
  check(bytes.size() >= kHeaderBytes, ErrorKind::data,
        "{}: the RLE data has {} bytes, fewer than its header; the file is cut off", request.name,
        bytes.size());
  check(header_number(bytes, 0) == size * channels, ErrorKind::data,
        "{}: the RLE data has {} segments, expected {}", request.name, header_number(bytes, 0),
        size * channels);
  // Two bytes stand for 128 at most: a small file that claims more gets no memory.
  check(pixels * size * channels <= 128 * bytes.size(), ErrorKind::data,
        "{}: {} bytes of RLE data are too few for {} x {} pixels", request.name, bytes.size(),
        request.width, request.height);
  CodecResult result{DeepImage(request.height, request.width, request.channels)};
  for (std::size_t segment = 0; segment < size * channels; ++segment) {
    // PS3.5 G.5: the number of segments, then where each begins. G.2: one for each byte of a
    // sample.
    const std::size_t begin = header_number(bytes, segment + 1);
    const std::size_t end =
        segment + 1 < size * channels ? header_number(bytes, segment + 2) : bytes.size();
    check(begin >= kHeaderBytes && begin <= end && end <= bytes.size(), ErrorKind::data,
          "{}: RLE segment {} runs from byte {} to {} of {}", request.name, segment, begin, end,
          bytes.size());
    const std::size_t channel = segment / size;  // the highest byte comes first
    const auto shift = static_cast<std::uint32_t>(8 * (size - 1 - segment % size));
    const bool is_whole =
        unpack(bytes.subspan(begin, end - begin), pixels, [&](std::size_t i, std::uint32_t value) {
          std::int32_t& sample = result.image.samples[i * channels + channel];
          sample = static_cast<std::int32_t>(static_cast<std::uint32_t>(sample) | value << shift);
        });
    check(is_whole, ErrorKind::data, "{}: RLE segment {} ends too early; the file is damaged",
          request.name, segment);
  }
  return result;
}

}  // namespace attune
