#include "attune/data/readers/byte_source.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

#include "attune/base/disk/input_file.h"
#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/human.h"

namespace attune {
namespace {

class FileSource : public ByteSource {
 public:
  explicit FileSource(const fs::path& path) : file_(path) {}

  std::size_t read(char* bytes, std::size_t size) override { return file_.read(bytes, size); }
  const std::string& name() const override { return file_.name(); }

 private:
  InputFile file_;
};

/// The descriptor is the process's, and stays open.
class StandardInput : public ByteSource {
 public:
  std::size_t read(char* bytes, std::size_t size) override {
    for (;;) {
      check_stop();
      const ssize_t got = ::read(STDIN_FILENO, bytes, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) fail_io("read", name_, errno);
    }
  }
  const std::string& name() const override { return name_; }

 private:
  std::string name_ = "standard input";
};

class MemorySource : public ByteSource {
 public:
  MemorySource(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  std::size_t read(char* bytes, std::size_t size) override {
    const std::size_t count = std::min(size, bytes_.size());
    if (count > 0) std::memcpy(bytes, bytes_.data(), count);
    bytes_.remove_prefix(count);
    return count;
  }
  const std::string& name() const override { return name_; }

 private:
  std::string_view bytes_;
  std::string name_;
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPacked = {
    {{"\x1F\x8B", "gzip"},
     {"BZh91AY&SY", "bzip2"},
     {"\xFD"
      "7zXZ",
      "xz"},
     {"PK\x03\x04", "zip"},
     {"\x28\xB5\x2F\xFD", "zstd"}}};

// What a file begins with is told by so many bytes, however small the chunks are.
constexpr std::size_t kLongestMark = 10;

/// The encoding of more than a byte a character that a file begins in, by its mark or, since text
/// holds no zero bytes, without; "" where it is none. `start`: four bytes where there are as many.
std::string_view wide_encoding(std::string_view start) {
  using namespace std::string_view_literals;
  if (start.starts_with("\xFF\xFE\0\0"sv) || start.starts_with("\0\0\xFE\xFF"sv)) return "utf-32";
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) return "utf-16";
  if (start.size() < 4) return "";
  const auto is_zero = [&](std::size_t i) { return start[i] == '\0'; };
  if (!is_zero(0) && is_zero(1) && is_zero(2) && is_zero(3)) return "utf-32-le";
  if (is_zero(0) && is_zero(1) && is_zero(2) && !is_zero(3)) return "utf-32-be";
  if (!is_zero(0) && is_zero(1) && !is_zero(2) && is_zero(3)) return "utf-16-le";
  if (is_zero(0) && !is_zero(1) && is_zero(2) && !is_zero(3)) return "utf-16-be";
  return "";
}

}  // namespace

std::unique_ptr<ByteSource> open_file(const fs::path& path) {
  return std::make_unique<FileSource>(path);
}

std::unique_ptr<ByteSource> open_memory(std::string_view bytes, std::string name) {
  return std::make_unique<MemorySource>(bytes, std::move(name));
}

std::unique_ptr<ByteSource> open_standard_input() {
  return std::make_unique<StandardInput>();
}

std::string_view PeekedSource::first_line(std::size_t most) {
  while (kept_.size() < most && kept_.find('\n') == std::string::npos) {
    const std::size_t before = kept_.size();
    kept_.resize(most);
    const std::size_t got = source_->read(kept_.data() + before, most - before);
    kept_.resize(before + got);
    if (got == 0) break;
  }
  return std::string_view(kept_).substr(0, kept_.find('\n'));
}

std::size_t PeekedSource::read(char* bytes, std::size_t size) {
  if (begin_ == kept_.size()) return source_->read(bytes, size);
  const std::size_t count = std::min(size, kept_.size() - begin_);
  std::memcpy(bytes, kept_.data() + begin_, count);
  begin_ += count;
  return count;
}

RecordWindow::RecordWindow(std::unique_ptr<ByteSource> source, std::size_t chunk)
    : source_(std::move(source)), buffer_(kPadding), chunk_(std::max<std::size_t>(chunk, 1)) {
  while (rest().size() < kLongestMark && refill(1)) {
  }
  // The byte order marks of UTF-16 are no valid UTF-8: told here, or each row would be told as bad.
  const std::string_view start = rest();
  const std::string_view wide = wide_encoding(start);
  check(wide.empty(), ErrorKind::data, "{}:1: the file is {}, expected UTF-8; set --encoding {}",
        name(), wide, wide);
  for (const auto& [magic, program] : kPacked) {
    check(!start.starts_with(magic), ErrorKind::data,
          "{}: the file is packed by {}, expected text; unpack it first{}", name(), program,
          program == "gzip" ? ", or give it a name that ends in .gz" : "");
  }
  if (start.starts_with("\xEF\xBB\xBF")) consume(3);
}

bool RecordWindow::refill(std::int64_t line) {
  if (at_end_) return false;
  const std::size_t kept = end_ - begin_;
  // A quote that never closes makes the rest of a file one row: memory is bounded all the same.
  check(kept < kMaxRecordBytes, ErrorKind::data,
        "{}:{}: the row that starts here is longer than {}; is a line end missing, or a quote? "
        "(--quote none where quotes are text)",
        name(), line, human_bytes(kMaxRecordBytes));
  if (kept > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
  begin_ = 0;
  end_ = kept;
  const std::size_t room = std::max(chunk_, kept);  // doubling: a long record is scanned O(1) times
  if (buffer_.size() < kept + room + kPadding) buffer_.resize(kept + room + kPadding);
  while (end_ < kept + room && !at_end_) {
    const std::size_t got = source_->read(buffer_.data() + end_, kept + room - end_);
    end_ += got;
    at_end_ = got == 0;
  }
  return end_ > kept;
}

}  // namespace attune
