#include "attune/media/medical/dicom_elements.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/media/inflate.h"

namespace attune {
namespace {

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr DicomTag kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD;
constexpr DicomTag kPixelData = 0x7FE00010;
constexpr int kMaxDepth = 32;
constexpr std::size_t kPreamble = 132;
constexpr std::uint64_t kMaxInflated = std::uint64_t{1} << 31;

/// Reads element headers one after another.
class Cursor {
 public:
  Cursor(DicomBytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::size_t left() const { return bytes_.size() - position_; }
  std::size_t position() const { return position_; }
  DicomBytes take(std::size_t size, DicomTag tag) {
    check(size <= left(), ErrorKind::data,
          "{}: element {} has {} bytes, but the file ends {} bytes later; it is cut off", name_,
          dicom_tag_text(tag), size, left());
    const DicomBytes part = bytes_.subspan(position_, size);
    position_ += size;
    return part;
  }
  std::uint32_t number(int size, bool is_big_endian, DicomTag tag) {
    const DicomBytes part = take(static_cast<std::size_t>(size), tag);
    std::uint32_t value = 0;
    for (int i = 0; i < size; ++i) {
      const auto byte = std::to_integer<std::uint32_t>(
          part[static_cast<std::size_t>(is_big_endian ? i : size - 1 - i)]);
      value = value << 8 | byte;
    }
    return value;
  }
  DicomTag tag(bool is_big_endian) {
    const std::uint32_t group = number(2, is_big_endian, 0);
    return group << 16 | number(2, is_big_endian, group << 16);
  }

 private:
  DicomBytes bytes_;
  const std::string& name_;
  std::size_t position_ = 0;
};

struct Header {
  DicomTag tag = 0;
  std::string vr;
  std::uint32_t length = 0;
};

/// Explicit headers of these have a length of four bytes (PS3.5 section 7.1.2).
bool has_long_length(std::string_view vr) {
  static constexpr std::array<std::string_view, 13> kLong = {
      "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"};
  return std::find(kLong.begin(), kLong.end(), vr) != kLong.end();
}

Header read_header(Cursor& cursor, const DicomEncoding& encoding) {
  Header header;
  header.tag = cursor.tag(encoding.is_big_endian);
  const bool has_vr = encoding.is_explicit && header.tag >> 16 != 0xFFFE;
  if (!has_vr) {
    header.length = cursor.number(4, encoding.is_big_endian, header.tag);
    return header;
  }
  for (const std::byte byte : cursor.take(2, header.tag)) {
    header.vr.push_back(static_cast<char>(byte));
  }
  if (!has_long_length(header.vr)) {
    header.length = cursor.number(2, encoding.is_big_endian, header.tag);
    return header;
  }
  cursor.take(2, header.tag);
  header.length = cursor.number(4, encoding.is_big_endian, header.tag);
  return header;
}

void skip_items(Cursor& cursor, DicomEncoding encoding, const std::string& name, int depth);

/// Moves behind the value of an element of undefined length. An unknown VR (UN) is written
/// implicitly, whatever is around it (PS3.5 section 6.2.2, note 4).
void skip_undefined(Cursor& cursor, const Header& header, DicomEncoding encoding,
                    const std::string& name, int depth) {
  if (header.vr == "UN") encoding = {false, false};
  skip_items(cursor, encoding, name, depth);
}

void skip_items(Cursor& cursor, DicomEncoding encoding, const std::string& name, int depth) {
  check(depth < kMaxDepth, ErrorKind::data, "{}: sequences are nested deeper than {}", name,
        kMaxDepth);
  while (true) {
    const Header item = read_header(cursor, encoding);
    if (item.tag == kSequenceEnd) return;
    check(item.tag == kItem, ErrorKind::data, "{}: {} lies where an item of a sequence is due",
          name, dicom_tag_text(item.tag));
    if (item.length != kUndefined) {
      cursor.take(item.length, item.tag);
      continue;
    }
    while (true) {
      const Header inner = read_header(cursor, encoding);
      if (inner.tag == kItemEnd) break;
      if (inner.length == kUndefined) {
        skip_undefined(cursor, inner, encoding, name, depth + 1);
      } else {
        cursor.take(inner.length, inner.tag);
      }
    }
  }
}

std::vector<DicomBytes> read_fragments(Cursor& cursor, const DicomEncoding& encoding,
                                       const std::string& name) {
  std::vector<DicomBytes> fragments;
  while (true) {
    const Header item = read_header(cursor, encoding);
    if (item.tag == kSequenceEnd) return fragments;
    check(item.tag == kItem && item.length != kUndefined, ErrorKind::data,
          "{}: {} lies where a fragment of the picture is due", name, dicom_tag_text(item.tag));
    fragments.push_back(cursor.take(item.length, item.tag));
  }
}

std::optional<double> parse_decimal(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string dicom_tag_text(DicomTag tag) {
  return fmt::format("({:04X},{:04X})", tag >> 16, tag & 0xFFFF);
}

DicomElements::DicomElements(DicomBytes bytes, DicomEncoding encoding, std::string name)
    : encoding_(encoding), name_(std::move(name)) {
  Cursor cursor(bytes, name_);
  while (cursor.left() >= 8) {
    const Header header = read_header(cursor, encoding_);
    if (header.tag == kPixelData && header.length == kUndefined) {
      is_encapsulated_ = true;
      fragments_ = read_fragments(cursor, encoding_, name_);
      pixels_ = DicomBytes{};
      return;
    }
    const std::size_t start = cursor.position();
    DicomEncoding inner = encoding_;
    if (header.length == kUndefined) {
      if (header.vr == "UN") inner = {false, false};
      skip_undefined(cursor, header, encoding_, name_, 0);
    } else {
      cursor.take(header.length, header.tag);
    }
    const DicomBytes value = bytes.subspan(start, cursor.position() - start);
    if (header.tag == kPixelData) {
      pixels_ = value;
      return;
    }
    elements_.insert_or_assign(header.tag, DicomElement{header.vr, value, inner});
  }
}

const DicomElement* DicomElements::find(DicomTag tag) const {
  const auto found = elements_.find(tag);
  return found == elements_.end() ? nullptr : &found->second;
}

std::string DicomElements::text(DicomTag tag) const {
  const DicomElement* element = find(tag);
  if (element == nullptr) return "";
  std::string_view value(reinterpret_cast<const char*>(element->value.data()),
                         element->value.size());
  while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) value.remove_suffix(1);
  return std::string(trim(value));
}

std::vector<std::int32_t> DicomElements::shorts(DicomTag tag, bool is_signed) const {
  std::vector<std::int32_t> values;
  const DicomElement* element = find(tag);
  if (element == nullptr) return values;
  Cursor cursor(element->value, name_);
  while (cursor.left() >= 2) {
    const auto value = static_cast<std::uint16_t>(cursor.number(2, encoding_.is_big_endian, tag));
    values.push_back(is_signed ? static_cast<std::int16_t>(value) : std::int32_t{value});
  }
  return values;
}

std::int32_t DicomElements::first_short(DicomTag tag, std::int32_t missing) const {
  const auto values = shorts(tag);
  return values.empty() ? missing : values.front();
}

std::vector<double> DicomElements::decimals(DicomTag tag) const {
  std::vector<double> values;
  const std::string all = text(tag);
  if (all.empty()) return values;
  for (const std::string& part : split(all, '\\')) {
    const auto value = parse_decimal(part);
    check(value.has_value(), ErrorKind::data, "{}: element {} holds \"{}\", expected a number",
          name_, dicom_tag_text(tag), part.substr(0, 20));
    values.push_back(*value);
  }
  return values;
}

std::vector<DicomElements> DicomElements::items(DicomTag tag) const {
  std::vector<DicomElements> result;
  const DicomElement* element = find(tag);
  if (element == nullptr) return result;
  Cursor cursor(element->value, name_);
  while (cursor.left() >= 8) {
    const Header item = read_header(cursor, element->encoding);
    if (item.tag == kSequenceEnd) break;
    check(item.tag == kItem, ErrorKind::data, "{}: {} lies where an item of {} is due", name_,
          dicom_tag_text(item.tag), dicom_tag_text(tag));
    if (item.length != kUndefined) {
      result.emplace_back(cursor.take(item.length, item.tag), element->encoding, name_);
      continue;
    }
    const std::size_t start = cursor.position();
    std::size_t end = start;
    while (true) {
      end = cursor.position();
      const Header inner = read_header(cursor, element->encoding);
      if (inner.tag == kItemEnd) break;
      if (inner.length == kUndefined) {
        skip_undefined(cursor, inner, element->encoding, name_, 1);
      } else {
        cursor.take(inner.length, inner.tag);
      }
    }
    result.emplace_back(element->value.subspan(start, end - start), element->encoding, name_);
  }
  return result;
}

void parse_dicom(DicomBytes bytes, const std::string& name, DicomFile& file) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  check(bytes.size() > kPreamble && std::string_view(text + 128, 4) == "DICM", ErrorKind::data,
        "{}: not a DICOM file: \"DICM\" does not follow its first 128 bytes", name);
  // The file meta information is always explicit, little endian; its length element may be wrong.
  std::size_t end = kPreamble;
  Cursor cursor(bytes.subspan(kPreamble), name);
  while (cursor.left() >= 8) {
    const Header header = read_header(cursor, {});
    if (header.tag >> 16 != 2) break;
    check(header.length != kUndefined, ErrorKind::data,
          "{}: element {} of the file's meta information has no length", name,
          dicom_tag_text(header.tag));
    cursor.take(header.length, header.tag);
    end = kPreamble + cursor.position();
  }
  const DicomElements meta(bytes.subspan(kPreamble, end - kPreamble), {}, name);
  file.transfer_syntax = meta.text(0x00020010);
  check(!file.transfer_syntax.empty(), ErrorKind::data,
        "{}: its meta information does not state a transfer syntax (0002,0010)", name);
  check(!transfer_syntax_name(file.transfer_syntax).empty(), ErrorKind::data,
        "{}: its transfer syntax {} is not read (video, JPIP, HTJ2K and private ones are not); "
        "convert the file, e.g. with gdcmconv --raw",
        name, file.transfer_syntax);
  DicomBytes data = bytes.subspan(end);
  DicomEncoding encoding;
  if (file.transfer_syntax == "1.2.840.10008.1.2") encoding.is_explicit = false;
  if (file.transfer_syntax == "1.2.840.10008.1.2.2") encoding.is_big_endian = true;
  if (file.transfer_syntax == "1.2.840.10008.1.2.1.99") {
    file.inflated = inflate_bytes(data, InflateFormat::raw, kMaxInflated, name);
    data = std::as_bytes(std::span(file.inflated));
  }
  file.elements.emplace(data, encoding, name);
}

std::string_view transfer_syntax_name(std::string_view uid) {
  constexpr std::string_view kRoot = "1.2.840.10008.1.2";
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kNames = {{
      {"", "Implicit VR Little Endian"},
      {".1", "Explicit VR Little Endian"},
      {".1.99", "Deflated Explicit VR Little Endian"},
      {".2", "Explicit VR Big Endian"},
      {".4.50", "JPEG Baseline (Process 1)"},
      {".4.51", "JPEG Extended (Process 2 and 4)"},
      {".4.57", "JPEG Lossless, Non-Hierarchical (Process 14)"},
      {".4.70",
       "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])"},
      {".4.80", "JPEG-LS Lossless Image Compression"},
      {".4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression"},
      {".4.90", "JPEG 2000 Image Compression (Lossless Only)"},
      {".4.91", "JPEG 2000 Image Compression"},
      {".5", "RLE Lossless"},
  }};
  if (!uid.starts_with(kRoot)) return "";
  for (const auto& [suffix, text] : kNames) {
    if (uid.substr(kRoot.size()) == suffix) return text;
  }
  return "";
}

}  // namespace attune
