#include "attune/pretrained/formats/zip/zip_archive.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <zlib.h>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/pretrained/formats/little_endian.h"
#include "attune/pretrained/formats/zip/zip_fields.h"

namespace attune {
namespace {

using Bytes = std::span<const std::byte>;

// APPNOTE.TXT 6.3.10: local header 4.3.7, directory 4.3.12, ZIP64 end 4.3.14, its locator 4.3.15,
// end 4.3.16; their sizes without names, extra fields and comments.
constexpr std::uint32_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50,
                        kDirectoryEnd = 0x06054b50, kDirectoryEnd64 = 0x06064b50,
                        kLocator64 = 0x07064b50;
constexpr std::size_t kLocalHeaderBytes = 30, kDirectoryEntryBytes = 46, kDirectoryEndBytes = 22,
                      kDirectoryEnd64Bytes = 56, kLocator64Bytes = 20;
constexpr std::uint16_t kStored = 0, kDeflated = 8, kEncryptedFlag = 1;
constexpr std::uint64_t kMaxDeflateRatio = 1032;  // a match of 258 bytes from two bits
// Files that unpack to more than this and more than 64 times the archive are taken for bombs.
constexpr std::uint64_t kAlwaysUnpacked = 1u << 30, kMaxArchiveRatio = 64;

bool fits(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

struct Directory {
  std::uint64_t offset = 0, size = 0, count = 0;
};

/// Where the end record is: behind everything but its own comment.
std::optional<std::size_t> find_end(Bytes bytes) {
  if (bytes.size() < kDirectoryEndBytes) return std::nullopt;
  const std::size_t last = bytes.size() - kDirectoryEndBytes;
  // Searched from the back: the comment (at most 65,535 bytes) may hold the signature too, so a
  // record counts only if its comment ends where the file does.
  for (std::size_t comment = 0; comment <= 0xffff && comment <= last; ++comment) {
    const std::size_t at = last - comment;
    if (load_little_endian<std::uint32_t>(bytes, at) == kDirectoryEnd &&
        load_little_endian<std::uint16_t>(bytes, at + 20) == comment) {
      return at;
    }
  }
  return std::nullopt;
}

Directory directory_64(Bytes bytes, std::size_t end, const std::string& source) {
  const bool locator = end >= kLocator64Bytes && load_little_endian<std::uint32_t>(
                                                     bytes, end - kLocator64Bytes) == kLocator64;
  check(locator, ErrorKind::data, "{}: its ZIP64 locator is missing; download it again", source);
  const auto at = load_little_endian<std::uint64_t>(bytes, end - kLocator64Bytes + 8);
  check(fits(bytes.first(end - kLocator64Bytes), at, kDirectoryEnd64Bytes) &&
            load_little_endian<std::uint32_t>(bytes, at) == kDirectoryEnd64,
        ErrorKind::data, "{}: its ZIP64 end record is not at byte {}", source, at);
  // 4.3.14: entries in all at 32, size at 40, offset at 48.
  return {load_little_endian<std::uint64_t>(bytes, at + 48),
          load_little_endian<std::uint64_t>(bytes, at + 40),
          load_little_endian<std::uint64_t>(bytes, at + 32)};
}

Directory find_directory(Bytes bytes, const std::string& source) {
  const auto end = find_end(bytes);
  check(end.has_value(), ErrorKind::data,
        "{}: begins as a ZIP archive, but has no directory at its end: cut off, download it again",
        source);
  Directory directory{load_little_endian<std::uint32_t>(bytes, *end + 16),
                      load_little_endian<std::uint32_t>(bytes, *end + 12),
                      load_little_endian<std::uint16_t>(bytes, *end + 10)};
  // 4.4.1.4: a field that is too small is all ones, and the ZIP64 record has the value.
  if (directory.offset == 0xffffffff || directory.size == 0xffffffff || directory.count == 0xffff) {
    directory = directory_64(bytes, *end, source);
  }
  check(fits(bytes.first(*end), directory.offset, directory.size), ErrorKind::data,
        "{}: its directory would take bytes {} to {}, but the archive has {}: damaged, or bytes "
        "stand in front of it",
        source, directory.offset, directory.offset + directory.size, bytes.size());
  // Before anything is read in a loop of that many turns.
  check(directory.count <= directory.size / kDirectoryEntryBytes, ErrorKind::data,
        "{}: {} files do not fit into a directory of {} bytes", source, directory.count,
        directory.size);
  return directory;
}

/// Sizes and offset of a directory entry; those too large for 32 bits stand in an extra field.
struct Place {
  std::uint64_t size = 0, packed = 0, offset = 0;
};

Place read_place(Bytes entry, Bytes extra, const std::string& where) {
  Place place{load_little_endian<std::uint32_t>(entry, 24),
              load_little_endian<std::uint32_t>(entry, 20),
              load_little_endian<std::uint32_t>(entry, 42)};
  Bytes wide;
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const auto id = load_little_endian<std::uint16_t>(extra, at);
    const auto size = load_little_endian<std::uint16_t>(extra, at + 2);
    if (!fits(extra, at + 4, size)) break;
    if (id == kExtra64) wide = extra.subspan(at + 4, size);
    at += 4 + std::size_t{size};
  }
  // 4.5.3: in this order, and only those whose own field is all ones.
  for (std::uint64_t* value : {&place.size, &place.packed, &place.offset}) {
    if (*value != 0xffffffff) continue;
    check(wide.size() >= 8, ErrorKind::data, "{}: its ZIP64 sizes are missing", where);
    *value = load_little_endian<std::uint64_t>(wide, 0);
    wide = wide.subspan(8);
  }
  return place;
}

std::string_view text_at(Bytes bytes, std::size_t offset, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes.data()) + offset, size};
}

void check_name(std::string_view name, const std::string& source) {
  const bool control = std::any_of(name.begin(), name.end(),
                                   [](char byte) { return static_cast<unsigned char>(byte) < 32; });
  check(!name.empty() && !control && !find_invalid_utf8(name), ErrorKind::data,
        "{}: a file of the archive has a name that is empty, holds control characters or is no "
        "UTF-8",
        source);
}

/// The packed bytes of an entry, behind its local header, which must carry the same name.
Bytes packed_bytes(Bytes bytes, const Place& place, std::string_view name, std::uint16_t method,
                   const std::string& where) {
  check(fits(bytes, place.offset, kLocalHeaderBytes) &&
            load_little_endian<std::uint32_t>(bytes, place.offset) == kLocalHeader,
        ErrorKind::data, "{}: its header is not at byte {}", where, place.offset);
  const Bytes header = bytes.subspan(place.offset);
  const std::size_t name_size = load_little_endian<std::uint16_t>(header, 26);
  const std::size_t extra_size = load_little_endian<std::uint16_t>(header, 28);
  // A reader that goes by the local headers would otherwise see other files than one that goes by
  // the directory. The sizes may differ: with a data descriptor (4.4.4, bit 3) they are 0 here.
  const bool same = load_little_endian<std::uint16_t>(header, 8) == method &&
                    fits(header, kLocalHeaderBytes, name_size) &&
                    text_at(header, kLocalHeaderBytes, name_size) == name;
  check(same, ErrorKind::data, "{}: directory and header disagree on its name or packing", where);
  const std::uint64_t begin = kLocalHeaderBytes + name_size + extra_size;
  check(fits(header, begin, place.packed), ErrorKind::data,
        "{}: its {} bytes at byte {} reach behind the archive's data", where, place.packed,
        place.offset);
  return header.subspan(begin, place.packed);
}

/// Reads the directory's entry at the start of `rest` and moves `rest` behind it.
ZipEntry take_entry(Bytes& rest, Bytes data, const std::string& source, std::uint64_t number) {
  check(rest.size() >= kDirectoryEntryBytes &&
            load_little_endian<std::uint32_t>(rest, 0) == kDirectoryEntry,
        ErrorKind::data, "{}: entry {} of its directory is damaged", source, number);
  const std::size_t name_size = load_little_endian<std::uint16_t>(rest, 28);
  const std::size_t extra_size = load_little_endian<std::uint16_t>(rest, 30);
  const std::size_t comment_size = load_little_endian<std::uint16_t>(rest, 32);
  const std::size_t total = kDirectoryEntryBytes + name_size + extra_size + comment_size;
  check(total <= rest.size(), ErrorKind::data, "{}: entry {} of its directory is cut off", source,
        number);
  ZipEntry entry;
  entry.name = text_at(rest, kDirectoryEntryBytes, name_size);
  check_name(entry.name, source);
  const std::string where = fmt::format("{}: {}", source, entry.name);
  const auto flags = load_little_endian<std::uint16_t>(rest, 8);
  const auto method = load_little_endian<std::uint16_t>(rest, 10);
  check((flags & kEncryptedFlag) == 0, ErrorKind::data, "{}: is encrypted", where);
  check(method == kStored || method == kDeflated, ErrorKind::data,
        "{}: is packed by method {}, expected stored (0) or deflated (8)", where, method);
  const Place place =
      read_place(rest, rest.subspan(kDirectoryEntryBytes + name_size, extra_size), where);
  entry.size = place.size;
  entry.crc32 = load_little_endian<std::uint32_t>(rest, 16);
  entry.deflated = method == kDeflated;
  entry.packed = packed_bytes(data, place, entry.name, method, where);
  // No allocation follows a size that the packed bytes cannot reach.
  const bool possible = entry.deflated ? entry.size / kMaxDeflateRatio <= entry.packed.size()
                                       : entry.size == entry.packed.size();
  check(possible, ErrorKind::data, "{}: {} bytes cannot be packed into {}", where, entry.size,
        entry.packed.size());
  rest = rest.subspan(total);
  return entry;
}

/// Unpacks until `out` is full; returns the bytes that came. `whole` says that the data must end
/// there.
std::size_t inflate_into(Bytes packed, std::span<std::byte> out, bool whole,
                         const std::string& where) {
  z_stream stream{};
  // Negative: deflate without zlib's header and checksum, as ZIP has it.
  check(inflateInit2(&stream, -MAX_WBITS) == Z_OK, ErrorKind::internal, "zlib does not start");
  struct End {
    z_stream* stream;
    ~End() { inflateEnd(stream); }
  } const end{&stream};
  constexpr std::size_t kChunk = std::numeric_limits<int>::max();
  std::size_t taken = 0, given = 0;
  int status = Z_OK;
  // One byte of room beyond `out`: zlib writes there where the data go on.
  Bytef beyond = 0;
  bool overflows = false;
  while (status == Z_OK && !overflows) {
    const std::size_t in = std::min(packed.size() - taken, kChunk);
    const std::size_t room = std::min(out.size() - given, kChunk);
    if (room == 0 && !whole) break;
    stream.next_in =
        const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data() + taken));  // not written
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = room > 0 ? reinterpret_cast<Bytef*>(out.data() + given) : &beyond;
    stream.avail_out = room > 0 ? static_cast<uInt>(room) : 1;
    const uInt offered = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    taken += in - stream.avail_in;
    overflows = room == 0 && stream.avail_out < offered;
    if (room > 0) given += room - stream.avail_out;
  }
  const bool good = whole ? status == Z_STREAM_END && !overflows && given == out.size()
                          : status == Z_OK || status == Z_STREAM_END;
  check(good, ErrorKind::data,
        "{}: its packed data is damaged or does not have the {} bytes that the directory says",
        where, out.size());
  return given;
}

}  // namespace

bool looks_like_zip(Bytes bytes) {
  if (bytes.size() < 4) return false;
  const auto mark = load_little_endian<std::uint32_t>(bytes, 0);
  return mark == kLocalHeader || mark == kDirectoryEnd;
}

ZipArchive::ZipArchive(Bytes bytes, std::string source) : source_(std::move(source)) {
  read_directory(bytes);
  check_layout(bytes);
}

void ZipArchive::read_directory(Bytes bytes) {
  const Directory directory = find_directory(bytes, source_);
  Bytes rest = bytes.subspan(directory.offset, directory.size);
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    ZipEntry entry = take_entry(rest, bytes.first(directory.offset), source_, i);
    if (entry.name.ends_with('/')) continue;
    check(index_.emplace(entry.name, entries_.size()).second, ErrorKind::data,
          "{}: {} stands twice in the archive", source_, entry.name);
    entries_.push_back(std::move(entry));
  }
}

void ZipArchive::check_layout(Bytes bytes) const {
  std::vector<const ZipEntry*> order;
  for (const ZipEntry& entry : entries_) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const ZipEntry* a, const ZipEntry* b) {
    return a->packed.data() < b->packed.data();
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const ZipEntry &before = *order[i - 1], &entry = *order[i];
    // Fifield, "A better zip bomb" (2019): entries that share their packed bytes unpack to far more
    // than deflate's ratio allows.
    const auto gap = entry.packed.data() - (before.packed.data() + before.packed.size());
    check(gap >= static_cast<std::ptrdiff_t>(kLocalHeaderBytes + entry.name.size()),
          ErrorKind::data, "{}: the files {} and {} overlap", source_, before.name, entry.name);
  }
  std::uint64_t unpacked = 0;  // cannot overflow: a bounded multiple of bytes that do not overlap
  for (const ZipEntry& entry : entries_) unpacked += entry.deflated ? entry.size : 0;
  check(unpacked <= std::max(kAlwaysUnpacked, bytes.size() * kMaxArchiveRatio), ErrorKind::data,
        "{}: {} bytes would unpack to {}; such an archive is not read", source_, bytes.size(),
        unpacked);
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &entries_[found->second];
}

std::vector<std::byte> ZipArchive::read_start(const ZipEntry& entry, std::size_t count) const {
  std::vector<std::byte> out(static_cast<std::size_t>(std::min<std::uint64_t>(count, entry.size)));
  if (!entry.deflated) {
    std::copy_n(entry.packed.begin(), out.size(), out.begin());
  } else {
    out.resize(inflate_into(entry.packed, out, false, source_ + ": " + entry.name));
  }
  return out;
}

std::span<const std::byte> ZipArchive::read(const ZipEntry& entry, ByteStore& store) const {
  if (!entry.deflated) return entry.packed;
  const auto out = store.allocate(static_cast<std::size_t>(entry.size));
  inflate_into(entry.packed, out, true, source_ + ": " + entry.name);
  check_sum(entry, out);
  return out;
}

void ZipArchive::check_sum(const ZipEntry& entry, Bytes unpacked) const {
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(unpacked.data()), unpacked.size());
  check(sum == entry.crc32, ErrorKind::data,
        "{}: {}: its checksum is {:08x}, but the directory says {:08x}: damaged, download it again",
        source_, entry.name, sum, entry.crc32);
}

}  // namespace attune
