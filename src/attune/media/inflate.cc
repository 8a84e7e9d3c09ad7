#include "attune/media/inflate.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/strings.h"

namespace attune {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18;

/// Feeds zlib, which counts in 32 bits, from a span of any size.
class Inflater {
 public:
  Inflater(std::span<const std::byte> bytes, InflateFormat format) : bytes_(bytes) {
    const int window = format == InflateFormat::raw ? -MAX_WBITS : MAX_WBITS + 16;
    check(inflateInit2(&stream_, window) == Z_OK, ErrorKind::internal, "zlib does not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// zlib's state; what came out is in `chunk()`.
  int step() {
    if (stream_.avail_in == 0) {
      const std::size_t part = std::min<std::size_t>(bytes_.size() - given_, 1u << 30);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes_.data() + given_));
      stream_.avail_in = static_cast<uInt>(part);
      given_ += part;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(chunk_.data());
    stream_.avail_out = static_cast<uInt>(chunk_.size());
    return inflate(&stream_, Z_NO_FLUSH);
  }
  std::string_view chunk() const { return {chunk_.data(), chunk_.size() - stream_.avail_out}; }
  std::span<const std::byte> rest() const { return bytes_.subspan(given_ - stream_.avail_in); }
  void restart() { inflateReset(&stream_); }

 private:
  z_stream stream_{};
  std::span<const std::byte> bytes_;
  std::size_t given_ = 0;
  std::vector<char> chunk_ = std::vector<char>(kChunk);
};

}  // namespace

bool looks_like_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1F} && bytes[1] == std::byte{0x8B};
}

std::string inflate_bytes(std::span<const std::byte> bytes, InflateFormat format,
                          std::uint64_t max_bytes, const std::string& name) {
  Inflater inflater(bytes, format);
  std::string result;
  while (true) {
    const int state = inflater.step();
    check(inflater.chunk().size() <= max_bytes - result.size(), ErrorKind::data,
          "{}: decompressed it is larger than {}, the most that is read", name,
          human_bytes(max_bytes));
    result += inflater.chunk();
    if (state == Z_STREAM_END) {
      if (format == InflateFormat::raw || !looks_like_gzip(inflater.rest())) return result;
      inflater.restart();
      continue;
    }
    check(state == Z_OK, ErrorKind::data,
          "{}: its compressed data are damaged or cut off after {} decompressed bytes", name,
          result.size());
  }
}

}  // namespace attune
