#include "attune/data/readers/gzip_source.h"

#include <utility>
#include <vector>

#include <zlib.h>

#include "attune/base/error.h"

namespace attune {
namespace {

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), input_(std::size_t{1} << 16) {
    // 15: the largest window there is; 16 more: a gzip header and nothing else (zlib.h).
    check(inflateInit2(&stream_, 15 + 16) == Z_OK, ErrorKind::internal, "zlib cannot be set up");
  }
  ~GzipSource() override { inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t read(char* bytes, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(bytes);
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1U << 30));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0 && !refill()) {
        check(!in_member_, ErrorKind::data, "{}: the .gz file is cut off", name());
        return 0;
      }
      in_member_ = true;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        // Another member may follow, as `cat a.gz b.gz` makes.
        in_member_ = false;
        inflateReset(&stream_);
      } else {
        check(status == Z_OK || status == Z_BUF_ERROR, ErrorKind::data,
              "{}: no .gz file, or a damaged one ({})", name(),
              stream_.msg != nullptr ? stream_.msg : "zlib");
      }
    }
    return room - stream_.avail_out;
  }
  const std::string& name() const override { return source_->name(); }

 private:
  bool refill() {
    const std::size_t got = source_->read(input_.data(), input_.size());
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(got);
    return got > 0;
  }

  std::unique_ptr<ByteSource> source_;
  std::vector<char> input_;
  z_stream stream_{};
  bool in_member_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> inflate_source(std::unique_ptr<ByteSource> source) {
  return std::make_unique<GzipSource>(std::move(source));
}

}  // namespace attune
