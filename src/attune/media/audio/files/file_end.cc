#include "attune/media/audio/files/file_end.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "attune/base/text/human.h"

namespace attune {
namespace {

constexpr int kMostChunks = 1000;
constexpr std::size_t kPageHeader = 27;
constexpr std::int64_t kLargestPage = kPageHeader + 255 + 255 * 255;

std::string bytes_at(const ReadAt& read, std::int64_t offset, std::int64_t count) {
  std::string bytes(static_cast<std::size_t>(count), '\0');
  bytes.resize(read(offset, std::span(bytes)));
  return bytes;
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size,
                        std::endian order) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t place = order == std::endian::big ? at + i : at + size - 1 - i;
    value = value << 8 | static_cast<unsigned char>(bytes[place]);
  }
  return value;
}

/// Of what should be `wanted` bytes from `begin` on.
std::string promised_end(std::int64_t begin, std::uint64_t wanted, std::int64_t size) {
  const auto there = static_cast<std::uint64_t>(std::max<std::int64_t>(0, size - begin));
  if (wanted <= there) return "";
  return fmt::format("the header promises {} bytes more",
                     with_thousands(static_cast<long long>(wanted - there)));
}

/// Of a WAV file that says that it holds no sound: nothing more of it is read.
std::string unclosed_end(std::int64_t begin, std::int64_t size) {
  if (size <= begin) return "";
  return fmt::format(
      "the header says that there is no sound, and {} bytes follow: it was never closed (ffmpeg -i "
      "FILE NEW.wav mends it)",
      with_thousands(size - begin));
}

/// Whether a size is what writers leave who do not know it.
bool is_open_size(std::uint64_t size) {
  return size == 0 || size >= 0x7fff'0000;
}

/// Files of chunks: a name and a size each. `sound` is the name of the one with the samples.
std::string chunks_end(const ReadAt& read, std::int64_t size, std::string_view sound,
                       std::endian order) {
  std::optional<std::uint64_t> long_size;  // of RF64, whose own fields are too small
  std::int64_t at = 12;
  for (int chunk = 0; chunk < kMostChunks && at < size; ++chunk) {
    const std::string head = bytes_at(read, at, 24);
    if (head.size() < 8) break;
    const std::uint64_t length = number_at(head, 4, 4, order);
    if (head.starts_with("ds64") && head.size() == 24) long_size = number_at(head, 16, 8, order);
    if (head.starts_with(sound)) {
      if (length == 0 && order == std::endian::little) return unclosed_end(at + 8, size);
      if (long_size && length == 0xffff'ffff) return promised_end(at + 8, *long_size, size);
      return is_open_size(length) ? "" : promised_end(at + 8, length, size);
    }
    at += 8 + static_cast<std::int64_t>(length + (length & 1));
  }
  return "";
}

std::string au_end(std::string_view start, std::int64_t size) {
  const std::uint64_t begin = number_at(start, 4, 4, std::endian::big);
  const std::uint64_t length = number_at(start, 8, 4, std::endian::big);
  return is_open_size(length) ? "" : promised_end(static_cast<std::int64_t>(begin), length, size);
}

std::string ogg_end(const ReadAt& read, std::int64_t size) {
  const std::int64_t from = std::max<std::int64_t>(0, size - kLargestPage);
  const std::string tail = bytes_at(read, from, size - from);
  const std::size_t page = tail.rfind(std::string_view("OggS\0", 5));
  if (page == std::string::npos) return "what is at its end is no page of Ogg";
  const std::string_view last = std::string_view(tail).substr(page);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(last[i]); };
  std::size_t length = kPageHeader;
  if (last.size() >= length) length += byte(kPageHeader - 1);
  if (last.size() >= length) {
    const std::size_t behind = length;
    for (std::size_t i = kPageHeader; i < behind; ++i) length += byte(i);
  }
  if (last.size() < length) return "its last page is not whole";
  constexpr int kEndOfStream = 4;
  if ((byte(5) & kEndOfStream) != 0) return "";
  return "its last page does not end the stream (if nothing is missing, ffmpeg -i FILE -c copy "
         "NEW.ogg mends it)";
}

}  // namespace

std::string find_missing_end(const ReadAt& read, std::int64_t size) {
  const std::string start = bytes_at(read, 0, 12);
  if (start.size() < 12) return "";
  const std::string_view name = std::string_view(start).substr(0, 4);
  const std::string_view kind = std::string_view(start).substr(8);
  if ((name == "RIFF" || name == "RF64" || name == "BW64") && kind == "WAVE") {
    return chunks_end(read, size, "data", std::endian::little);
  }
  if (name == "FORM" && (kind == "AIFF" || kind == "AIFC")) {
    return chunks_end(read, size, "SSND", std::endian::big);
  }
  if (name == ".snd") return au_end(start, size);
  return name == "OggS" ? ogg_end(read, size) : "";
}

}  // namespace attune
