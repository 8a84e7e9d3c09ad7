#include "attune/media/audio/files/mp3_frames.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace attune {
namespace {

constexpr std::int64_t kBlockBytes = 1 << 16;
constexpr std::int64_t kMostSkipped = 1 << 20;  // bytes between frames that are none

/// The header of a frame.
struct Mp3Header {
  int version = 0, layer = 0;  // 1, 2, 3 (MPEG 2.5); 1 to 3
  std::int64_t rate = 0, samples = 0, bytes = 0;
  bool is_mono = false;

  bool is_like(const Mp3Header& other) const {
    return version == other.version && layer == other.layer && rate == other.rate;
  }
};

// Kbit a second by index: MPEG 1 layers I, II, III, then MPEG 2 layer I, layers II and III.
constexpr std::array<std::array<int, 15>, 5> kBitRates = {
    {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
     {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
     {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
     {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
     {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}};
constexpr std::array<int, 3> kMp3Rates = {44100, 48000, 32000};

std::optional<Mp3Header> header_at(std::string_view bytes) {
  if (bytes.size() < 4) return std::nullopt;
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[i]));
  };
  const unsigned version = byte(1) >> 3 & 3, layer = byte(1) >> 1 & 3;
  const unsigned bit_rate = byte(2) >> 4, rate = byte(2) >> 2 & 3;
  if (byte(0) != 0xFF || (byte(1) & 0xE0) != 0xE0 || version == 1 || layer == 0 || bit_rate == 0 ||
      bit_rate == 15 || rate == 3) {
    return std::nullopt;
  }
  Mp3Header header{.version = version == 3   ? 1
                              : version == 2 ? 2
                                             : 3,
                   .layer = 4 - static_cast<int>(layer)};
  header.rate = kMp3Rates[rate] >> (header.version - 1);
  const std::size_t row = header.version == 1 ? static_cast<std::size_t>(header.layer - 1)
                                              : (header.layer == 1 ? 3U : 4U);
  const std::int64_t bits = kBitRates[row][bit_rate] * 1000LL;
  const std::int64_t padding = byte(2) >> 1 & 1;
  header.samples = header.layer == 1 ? 384 : header.layer == 3 && header.version > 1 ? 576 : 1152;
  header.bytes = header.layer == 1 ? (12 * bits / header.rate + padding) * 4
                                   : header.samples / 8 * bits / header.rate + padding;
  header.is_mono = byte(3) >> 6 == 3;
  return header;
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// A window of the file.
class Mp3Window {
 public:
  Mp3Window(const ReadAt& read, std::int64_t size) : read_(read), size_(size) {}

  /// At most `most` bytes from `offset` on.
  std::string_view at(std::int64_t offset, std::int64_t most) {
    if (offset < begin_ || offset + std::min(most, size_ - offset) > begin_ + length_) {
      begin_ = offset;
      const auto got = read_(offset, std::span(block_));
      length_ = static_cast<std::int64_t>(got);
    }
    const std::int64_t skipped = offset - begin_;
    if (skipped >= length_) return {};
    return {block_.data() + skipped, static_cast<std::size_t>(std::min(most, length_ - skipped))};
  }

 private:
  const ReadAt& read_;
  std::int64_t size_, begin_ = 0, length_ = 0;
  std::array<char, kBlockBytes> block_ = {};
};

/// Behind tags of ID3v2.
std::int64_t first_byte(Mp3Window& file) {
  std::int64_t at = 0;
  for (int tags = 0; tags < 8; ++tags) {
    const std::string_view head = file.at(at, 10);
    if (head.size() < 10 || !head.starts_with("ID3")) break;
    std::int64_t length = 0;
    for (std::size_t i = 6; i < 10; ++i) length = length << 7 | (head[i] & 0x7F);
    at += 10 + length + ((head[5] & 0x10) != 0 ? 10 : 0);
  }
  return at;
}

/// The next place from `at` on that a frame begins at, like `first` where that is given, and
/// another follows (or the end).
std::int64_t next_frame(Mp3Window& file, std::int64_t at, std::int64_t size,
                        const std::optional<Mp3Header>& first) {
  for (const std::int64_t end = std::min(size, at + kMostSkipped); at + 4 <= end; ++at) {
    const auto header = header_at(file.at(at, 4));
    if (!header || (first && !header->is_like(*first))) continue;
    const std::int64_t behind = at + header->bytes;
    if (behind + 4 > size) return behind <= size ? at : -1;
    const auto following = header_at(file.at(behind, 4));
    if (following && following->is_like(*header)) return at;
  }
  return -1;
}

/// What a tag in the first frame says of the file, from that frame on: 0 where there is none.
struct Mp3Tag {
  std::int64_t bytes = 0, frames = 0;
};

Mp3Tag tag_at(Mp3Window& file, std::int64_t at, const Mp3Header& header) {
  const std::string_view frame = file.at(at, std::min<std::int64_t>(header.bytes, 256));
  const std::size_t side =
      header.version == 1 ? (header.is_mono ? 17 : 32) : (header.is_mono ? 9 : 17);
  if (frame.size() >= side + 20) {
    const std::string_view tag = frame.substr(4 + side);
    if (tag.starts_with("Xing") || tag.starts_with("Info")) {
      const std::uint32_t flags = big_endian(tag.substr(4));
      if ((flags & 3) == 3) return {big_endian(tag.substr(12)), big_endian(tag.substr(8))};
    }
  }
  if (frame.size() >= 36 + 18 && frame.substr(36).starts_with("VBRI")) {
    return {big_endian(frame.substr(36 + 10)), big_endian(frame.substr(36 + 14))};
  }
  return {};
}

/// What walking along the frames finds.
struct WalkedFrames {
  std::int64_t frames = 0, samples = 0, missing_bytes = 0;  // missing of the last one
};

WalkedFrames walk(Mp3Window& file, std::int64_t at, std::int64_t size, const Mp3Header& first) {
  WalkedFrames walked;
  while (at >= 0 && at + 4 <= size) {
    const auto header = header_at(file.at(at, 4));
    if (header && header->is_like(first)) {
      if (at + header->bytes > size) {
        walked.missing_bytes = at + header->bytes - size;
        break;
      }
      ++walked.frames;
      walked.samples += header->samples;
      at += header->bytes;
    } else {
      at = next_frame(file, at, size, first);  // a tag, or another file's
    }
  }
  return walked;
}

}  // namespace

Mp3Frames count_mp3_frames(const ReadAt& read, std::int64_t size) {
  Mp3Window file(read, size);
  const std::int64_t at = next_frame(file, first_byte(file), size, std::nullopt);
  if (at < 0) return {};
  const auto first = header_at(file.at(at, 4));
  const Mp3Tag tag = tag_at(file, at, *first);
  const std::int64_t there = size - at;
  Mp3Frames result{.is_told = tag.bytes > 0};
  // Tags at the end (ID3v1, APE) are no sound.
  if (result.is_told && there >= tag.bytes && there - tag.bytes <= 4096 + tag.bytes / 100) {
    return result;
  }
  const WalkedFrames walked = walk(file, at, size, *first);
  if (!result.is_told || there >= tag.bytes) {
    result.samples = walked.samples;
    result.missing_bytes = walked.missing_bytes;
  } else if (walked.frames - 1 < tag.frames || walked.missing_bytes > 0) {
    // The first frame holds the tag and is not counted by it. Bytes alone prove nothing: some
    // writers count a tag in front too (ID3v2).
    result.missing_bytes = tag.bytes - there;
  }
  return result;
}

}  // namespace attune
