#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// Bytes that come in order, from a file or from memory.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads at most `size` bytes and returns how many; 0 only at the end. Throws `io`, and
  /// `Stopped` where a signal has asked to stop.
  virtual std::size_t read(char* bytes, std::size_t size) = 0;
  /// For messages: the file's path.
  virtual const std::string& name() const = 0;
};

/// Throws as `InputFile` (base/disk/input_file.h).
std::unique_ptr<ByteSource> open_file(const fs::path& path);

/// `bytes` must outlive the source.
std::unique_ptr<ByteSource> open_memory(std::string_view bytes, std::string name);

/// Standard input, which is not closed.
std::unique_ptr<ByteSource> open_standard_input();

/// A source whose first bytes can be looked at before it is read.
class PeekedSource : public ByteSource {
 public:
  explicit PeekedSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}
  /// The first line, or as much of it as `most` bytes hold; reading gives it again.
  std::string_view first_line(std::size_t most = std::size_t{1} << 16);
  std::size_t read(char* bytes, std::size_t size) override;
  const std::string& name() const override { return source_->name(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string kept_;
  std::size_t begin_ = 0;
};

/// The part of a source that a reader of records looks at. Holds one chunk, or one record where a
/// record is larger than a chunk, so memory is bounded whatever the file's size.
class RecordWindow {
 public:
  static constexpr std::size_t kMaxRecordBytes = std::size_t{64} << 20;
  /// So many bytes behind `rest()` may be read (not used): simdjson does.
  static constexpr std::size_t kPadding = 64;

  /// Skips a UTF-8 byte order mark. Throws `data` for UTF-16 and UTF-32.
  explicit RecordWindow(std::unique_ptr<ByteSource> source,
                        std::size_t chunk = std::size_t{1} << 18);

  std::string_view rest() const { return {buffer_.data() + begin_, end_ - begin_}; }
  /// Whether `rest()` is all that is left.
  bool at_end() const { return at_end_; }
  void consume(std::size_t bytes) { begin_ += bytes; }
  /// Reads a chunk (or as much as is kept) behind `rest()`, which moves. False where there was no
  /// more, and then `at_end()`. Throws `data` ("NAME:LINE: ...") where `rest()` already holds
  /// `kMaxRecordBytes`.
  bool refill(std::int64_t line);

  const std::string& name() const { return source_->name(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0, chunk_;
  bool at_end_ = false;
};

}  // namespace attune
