#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "attune/base/error.h"

namespace attune {

/// The bytes of a pickle, read from front to back. What is asked of them and is not there throws
/// `data`, naming the source and the byte.
class PickleBytes {
 public:
  /// `bytes` and `source` must outlive the object.
  PickleBytes(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  /// Throws where `ok` is false: "SOURCE: the pickle WHAT (byte N)".
  void need(bool ok, std::string_view what) const {
    check(ok, ErrorKind::data, "{}: the pickle {} (byte {})", source_, what, position_);
  }

  /// A little-endian number.
  template <typename T>
  T read() {
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view take(std::uint64_t size) {
    need(size <= bytes_.size() - position_, "ends in the middle: cut off, download it again");
    const auto part = bytes_.substr(position_, static_cast<std::size_t>(size));
    position_ += part.size();
    return part;
  }
  /// Up to the next line feed, which it takes too.
  std::string_view line() {
    const auto end = bytes_.find('\n', position_);
    need(end != std::string_view::npos, "ends in the middle of a name");
    const auto text = take(end - position_);
    take(1);
    return text;
  }

  std::size_t position() const { return position_; }
  const std::string& source() const { return source_; }

 private:
  std::string_view bytes_;
  const std::string& source_;
  std::size_t position_ = 0;
};

}  // namespace attune
