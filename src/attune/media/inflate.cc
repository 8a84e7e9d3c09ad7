#include "attune/media/inflate.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/text/human.h"

namespace attune {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18;

}  // namespace

/// Feeds zlib, which counts in 32 bits, from a span of any size.
class InflateStream::Inflater {
 public:
  Inflater(std::span<const std::byte> bytes, InflateFormat format, std::uint64_t max_bytes,
           const std::string& name)
      : bytes_(bytes), format_(format), max_bytes_(max_bytes), name_(name) {
    // zlib.h, inflateInit2: negative means no header around the data, 16 more means that of gzip.
    const int window = format == InflateFormat::raw ? -MAX_WBITS : MAX_WBITS + 16;
    check(inflateInit2(&stream_, window) == Z_OK, ErrorKind::internal, "zlib does not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// The next bytes, at most `count`; none at the end alone.
  std::string_view next(std::uint64_t count) {
    while (rest_.empty() && !is_done_) step();
    const std::string_view part = rest_.substr(0, count);
    rest_.remove_prefix(part.size());
    position_ += part.size();
    return part;
  }
  std::uint64_t position() const { return position_; }
  std::uint64_t most() const { return kMostRatio * bytes_.size(); }

 private:
  /// Fills `rest_`, or finds the end.
  void step() {
    if (stream_.avail_in == 0) {
      const std::size_t part = std::min<std::size_t>(bytes_.size() - given_, 1u << 30);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes_.data() + given_));
      stream_.avail_in = static_cast<uInt>(part);
      given_ += part;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(chunk_.data());
    stream_.avail_out = static_cast<uInt>(chunk_.size());
    const int state = inflate(&stream_, Z_NO_FLUSH);
    rest_ = {chunk_.data(), chunk_.size() - stream_.avail_out};
    // Before the chunk is handed on: a kilobyte of such a file can stand for a megabyte.
    check(rest_.size() <= max_bytes_ - position_, ErrorKind::data,
          "{}: decompressed it is larger than {}, the most that is read of a file of {} (a guard "
          "against decompression bombs)",
          name_, human_bytes(max_bytes_), human_bytes(bytes_.size()));
    if (state == Z_STREAM_END) {
      // RFC 1952, section 2.2: a file is any number of members. What follows and is none, padding
      // mostly, is passed over.
      is_done_ = format_ == InflateFormat::raw ||
                 !looks_like_gzip(bytes_.subspan(given_ - stream_.avail_in));
      if (!is_done_) inflateReset(&stream_);
      return;
    }
    // Z_BUF_ERROR too: no input is left, but the stream has not ended.
    check(state == Z_OK, ErrorKind::data,
          "{}: its compressed data are damaged or cut off after {} decompressed bytes", name_,
          position_ + rest_.size());
  }

  std::span<const std::byte> bytes_;
  InflateFormat format_;
  std::uint64_t max_bytes_;
  const std::string& name_;
  z_stream stream_{};
  std::size_t given_ = 0;
  std::vector<char> chunk_ = std::vector<char>(kChunk);
  std::string_view rest_;  ///< of `chunk_`
  std::uint64_t position_ = 0;
  bool is_done_ = false;
};

InflateStream::InflateStream(std::span<const std::byte> bytes, InflateFormat format,
                             std::uint64_t max_bytes, const std::string& name)
    : inflater_(std::make_unique<Inflater>(bytes, format, max_bytes, name)) {}

InflateStream::~InflateStream() = default;

void InflateStream::read(std::uint64_t count, std::string& result) {
  // A count beyond what deflate can reach is a damaged header's: it gets no memory in advance.
  if (count < inflater_->most()) result.reserve(result.size() + count);
  while (count > 0) {
    const std::string_view part = inflater_->next(count);
    if (part.empty()) return;
    result += part;
    count -= part.size();
  }
}

void InflateStream::skip(std::uint64_t count) {
  while (count > 0) {
    const std::string_view part = inflater_->next(count);
    if (part.empty()) return;
    count -= part.size();
  }
}

std::uint64_t InflateStream::position() const {
  return inflater_->position();
}

bool looks_like_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1F} && bytes[1] == std::byte{0x8B};
}

std::string inflate_bytes(std::span<const std::byte> bytes, InflateFormat format,
                          std::uint64_t max_bytes, const std::string& name) {
  std::string result;
  InflateStream(bytes, format, max_bytes, name)
      .read(std::numeric_limits<std::uint64_t>::max(), result);
  return result;
}

}  // namespace attune
