#include "attune/media/medical/dicom/dicom_cursor.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr DicomTag kItemEnd = 0xFFFEE00D;
// Each level is a call of `take_value`: without a limit, a file of sequences that only begin runs
// out of stack.
constexpr int kMaxDepth = 32;

/// Explicit headers of these have a length of four bytes (PS3.5 section 7.1.2).
bool has_long_length(std::string_view vr) {
  static constexpr std::array<std::string_view, 13> kLong = {
      "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"};
  return std::find(kLong.begin(), kLong.end(), vr) != kLong.end();
}

}  // namespace

std::string dicom_tag_text(DicomTag tag) {
  return fmt::format("({:04X},{:04X})", tag >> 16, tag & 0xFFFF);
}

DicomEncoding DicomHeader::value_encoding(DicomEncoding around) const {
  return vr == "UN" && !has_length() ? DicomEncoding{false, false} : around;
}

DicomBytes DicomCursor::take(std::size_t size, DicomTag tag) {
  check(size <= left(), ErrorKind::data,
        "{}: element {} has {} bytes, but the file ends {} bytes later; it is cut off", name_,
        dicom_tag_text(tag), size, left());
  const DicomBytes part = bytes_.subspan(position_, size);
  position_ += size;
  return part;
}

std::uint32_t DicomCursor::take_number(int size, bool is_big_endian, DicomTag tag) {
  const DicomBytes part = take(static_cast<std::size_t>(size), tag);
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) {
    const auto byte = std::to_integer<std::uint32_t>(
        part[static_cast<std::size_t>(is_big_endian ? i : size - 1 - i)]);
    value = value << 8 | byte;
  }
  return value;
}

DicomHeader DicomCursor::take_header(const DicomEncoding& encoding) {
  const bool is_big = encoding.is_big_endian;
  const std::uint32_t group = take_number(2, is_big, 0);
  DicomHeader header{.tag = group << 16 | take_number(2, is_big, group << 16)};
  // PS3.5 section 7.5: items and delimiters are implicit in every transfer syntax.
  const bool has_vr = encoding.is_explicit && group != 0xFFFE;
  if (!has_vr) {
    header.length = take_number(4, is_big, header.tag);
    return header;
  }
  for (const std::byte byte : take(2, header.tag)) header.vr.push_back(static_cast<char>(byte));
  const bool is_long = has_long_length(header.vr);
  // Two reserved bytes (PS3.5 section 7.1.2).
  if (is_long) take(2, header.tag);
  header.length = take_number(is_long ? 4 : 2, is_big, header.tag);
  return header;
}

DicomBytes DicomCursor::take_value(const DicomHeader& header, const DicomEncoding& encoding,
                                   int depth) {
  if (header.has_length()) return take(header.length, header.tag);
  check(depth < kMaxDepth, ErrorKind::data, "{}: sequences are nested deeper than {}", name_,
        kMaxDepth);
  const DicomEncoding inner = header.value_encoding(encoding);
  const std::size_t start = position_;
  while (true) {
    const DicomHeader item = take_header(inner);
    if (item.tag == kDicomSequenceEnd) return bytes_.subspan(start, position_ - start);
    check(item.tag == kDicomItem, ErrorKind::data, "{}: {} lies where an item of a sequence is due",
          name_, dicom_tag_text(item.tag));
    take_item(item, inner, depth);
  }
}

DicomBytes DicomCursor::take_item(const DicomHeader& header, const DicomEncoding& encoding,
                                  int depth) {
  if (header.has_length()) return take(header.length, header.tag);
  const std::size_t start = position_;
  while (true) {
    const std::size_t end = position_;
    const DicomHeader inner = take_header(encoding);
    if (inner.tag == kItemEnd) return bytes_.subspan(start, end - start);
    // Taken to find its end, and parsed only when somebody asks for the sequence.
    take_value(inner, encoding, depth + 1);
  }
}

std::vector<DicomBytes> DicomCursor::take_fragments(const DicomEncoding& encoding) {
  // PS3.5 A.4: items of known length, the first of them the offset table, then a delimiter.
  std::vector<DicomBytes> fragments;
  while (true) {
    const DicomHeader item = take_header(encoding);
    if (item.tag == kDicomSequenceEnd) return fragments;
    check(item.tag == kDicomItem && item.has_length(), ErrorKind::data,
          "{}: {} lies where a fragment of the picture is due", name_, dicom_tag_text(item.tag));
    fragments.push_back(take(item.length, item.tag));
  }
}

}  // namespace attune
