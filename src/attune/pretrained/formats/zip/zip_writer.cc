#include "attune/pretrained/formats/zip/zip_writer.h"

#include <algorithm>
#include <initializer_list>

#include <zlib.h>

#include "attune/pretrained/formats/zip/zip_fields.h"

namespace attune {
namespace {

constexpr std::uint32_t kWide = 0xffffffff;  // "see the ZIP64 field"
// 4.5 of the format, the first with ZIP64 (APPNOTE.TXT, 4.4.3.2); bit 11: names are UTF-8 (4.4.4).
constexpr std::uint16_t kVersion = 45, kUtf8Names = 0x0800;
// The first moment that the field can hold (4.4.6): the time of writing would make equal files
// differ.
constexpr std::uint16_t kMidnight = 0, kFirstOfJanuary1980 = 0x0021;
constexpr std::uint16_t kPaddingExtra = 0x4246;  // "FB", as PyTorch pads

template <typename T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}

std::uint32_t narrow(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, kWide));
}

std::string extra_64(std::initializer_list<std::uint64_t> values) {
  std::string wide;
  for (const std::uint64_t value : values) {
    // 4.5.3: the field holds those values alone that its record has no room for.
    if (value >= kWide) put(wide, value);
  }
  std::string extra;
  if (!wide.empty()) {
    put(extra, kExtra64);
    put(extra, static_cast<std::uint16_t>(wide.size()));
    extra += wide;
  }
  return extra;
}

/// The fields that the header of a file and its entry in the directory have in common.
void put_common(std::string& out, std::uint32_t sum, std::uint64_t size, const std::string& name,
                const std::string& extra) {
  put(out, kVersion);
  put(out, kUtf8Names);
  put(out, std::uint16_t{0});  // stored
  put(out, kMidnight);
  put(out, kFirstOfJanuary1980);
  put(out, sum);
  put(out, narrow(size));
  put(out, narrow(size));
  put(out, static_cast<std::uint16_t>(name.size()));
  put(out, static_cast<std::uint16_t>(extra.size()));
}

}  // namespace

void ZipWriter::write(std::string_view bytes) {
  file_.write(bytes);
  position_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::string_view text, std::size_t alignment) {
  add(name, std::as_bytes(std::span(text.data(), text.size())), alignment);
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> data,
                    std::size_t alignment) {
  Entry entry{name, 0, data.size(), position_};
  entry.crc32 = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()));
  // Unpacked and packed size: a local header must give both (4.5.3).
  std::string extra = extra_64({entry.size, entry.size});
  constexpr std::size_t kHeaderBytes = 30, kExtraHeader = 4;
  const std::uint64_t begin = position_ + kHeaderBytes + name.size() + extra.size() + kExtraHeader;
  if (alignment > 1) {
    // An extra field in front of the data, as PyTorch aligns them: a reader that maps the file can
    // use the tensors where they lie.
    const auto padding = static_cast<std::uint16_t>((alignment - begin % alignment) % alignment);
    put(extra, kPaddingExtra);
    put(extra, padding);
    extra.append(padding, 'Z');
  }
  std::string header = "PK\3\4";
  put_common(header, entry.crc32, entry.size, name, extra);
  write(header + name + extra);
  file_.write(data);
  position_ += data.size();
  entries_.push_back(std::move(entry));
}

void ZipWriter::commit() {
  const std::uint64_t offset = position_;
  for (const Entry& entry : entries_) {
    const std::string extra = extra_64({entry.size, entry.size, entry.offset});
    std::string record = "PK\1\2";
    put(record, kVersion);
    put_common(record, entry.crc32, entry.size, entry.name, extra);
    record.append(10, '\0');  // comment, disk, attributes
    put(record, narrow(entry.offset));
    write(record + entry.name + extra);
  }
  const std::uint64_t size = position_ - offset, count = entries_.size(), end = position_;
  std::string tail;
  // Only where it is needed (4.4.1.4): older readers know no ZIP64.
  if (offset >= kWide || size >= kWide || count >= 0xffff) {
    tail = "PK\6\6";
    put(tail, std::uint64_t{44});  // bytes that follow in this record
    put(tail, kVersion);
    put(tail, kVersion);
    put(tail, std::uint64_t{0});  // disks
    for (const std::uint64_t value : {count, count, size, offset}) put(tail, value);
    tail += "PK\6\7";
    put(tail, std::uint32_t{0});
    put(tail, end);
    put(tail, std::uint32_t{1});
  }
  tail += "PK\5\6";
  put(tail, std::uint32_t{0});  // disks
  const auto short_count = static_cast<std::uint16_t>(std::min<std::uint64_t>(count, 0xffff));
  put(tail, short_count);
  put(tail, short_count);
  put(tail, narrow(size));
  put(tail, narrow(offset));
  put(tail, std::uint16_t{0});
  write(tail);
  file_.commit();
}

}  // namespace attune
