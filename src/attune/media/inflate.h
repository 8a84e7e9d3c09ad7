#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace attune {

enum class InflateFormat {
  raw,   ///< deflate data without a header, as in DICOM
  gzip,  ///< .gz; several members one after another are joined
};

/// Decompressed bytes piece by piece, so that a header can be judged before memory is taken for
/// what it describes. Everything throws `data` where the bytes are damaged, cut off or would be
/// more than `max_bytes`. `bytes` and `name`, for messages, must outlive the object.
class InflateStream {
 public:
  static constexpr std::uint64_t kMostRatio = 1032;  ///< what deflate reaches at best

  InflateStream(std::span<const std::byte> bytes, InflateFormat format, std::uint64_t max_bytes,
                const std::string& name);
  ~InflateStream();

  /// Appends the next bytes, at most `count`: fewer only where there are no more.
  void read(std::uint64_t count, std::string& result);
  /// Passes over the next bytes, at most `count`. What is passed over to the end is checked too.
  void skip(std::uint64_t count);
  /// Of those read and passed over.
  std::uint64_t position() const;

 private:
  class Inflater;
  std::unique_ptr<Inflater> inflater_;
};

/// All decompressed bytes, as InflateStream gives them.
std::string inflate_bytes(std::span<const std::byte> bytes, InflateFormat format,
                          std::uint64_t max_bytes, const std::string& name);

/// Whether the bytes start as a .gz file does.
bool looks_like_gzip(std::span<const std::byte> bytes);

}  // namespace attune
