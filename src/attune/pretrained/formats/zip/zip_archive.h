#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attune/pretrained/formats/byte_store.h"

namespace attune {

/// One file of a ZIP archive.
struct ZipEntry {
  std::string name;
  std::uint64_t size = 0;  ///< unpacked, as the directory declares it
  std::uint32_t crc32 = 0;
  bool deflated = false;              ///< else stored
  std::span<const std::byte> packed;  ///< in the archive's bytes
};

/// A ZIP archive with ZIP64 (PKWARE APPNOTE 6.3), stored and deflated files. The constructor checks
/// the whole directory (bounds, names, files that overlap, sizes that deflate cannot reach) and
/// throws `data`; nothing is unpacked before it is asked for. `bytes` must outlive the object.
class ZipArchive {
 public:
  ZipArchive(std::span<const std::byte> bytes, std::string source);

  /// In the directory's order, folders left out.
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// The file of that name or nullptr.
  const ZipEntry* find(std::string_view name) const;

  /// Its first `count` bytes, or all where it has fewer.
  std::vector<std::byte> read_start(const ZipEntry& entry, std::size_t count) const;
  /// All its bytes: where they lie if it is stored, else unpacked into a buffer of `store`'s, its
  /// checksum compared. Throws `data` where it is damaged.
  std::span<const std::byte> read(const ZipEntry& entry, ByteStore& store) const;
  /// Throws `data` where the checksum of a stored file is not what the directory says. Not done by
  /// `read`: PyTorch writes files without checksums and compares none.
  void check_sum(const ZipEntry& entry, std::span<const std::byte> unpacked) const;

 private:
  void read_directory(std::span<const std::byte> bytes);
  void check_layout(std::span<const std::byte> bytes) const;

  std::string source_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
};

/// Whether the bytes begin as a ZIP archive does.
bool looks_like_zip(std::span<const std::byte> bytes);

}  // namespace attune
