#include "attune/media/medical/dicom/dicom_elements.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

constexpr DicomTag kPixelData = 0x7FE00010;
// An element of eight bytes takes about 150 in memory, so that a deflated file of 2 MB could take
// 30 GB. Data sets have hundreds.
constexpr std::size_t kMaxElements = std::size_t{1} << 20;

std::optional<double> parse_decimal(std::string_view text) {
  text = trim(text);
  // PS3.5 section 6.2 allows a sign of either kind (DS, IS); from_chars takes "-" alone.
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

DicomElements::DicomElements(DicomBytes bytes, DicomEncoding encoding, std::string name,
                             std::optional<DicomTag> last)
    : encoding_(encoding), name_(std::move(name)) {
  DicomCursor cursor(bytes, name_);
  // The shortest header has eight bytes: fewer at the end are no element.
  while (cursor.left() >= 8) {
    const DicomHeader header = cursor.take_header(encoding_);
    if (last && header.tag > *last) return;
    if (header.tag == kPixelData && !header.has_length()) {
      is_encapsulated_ = true;
      // Nothing behind the pixel data is of use: digital signatures and padding, (FFFA,FFFA) and
      // (FFFC,FFFC).
      fragments_ = cursor.take_fragments(encoding_);
      pixels_ = DicomBytes{};
      return;
    }
    const DicomBytes value = cursor.take_value(header, encoding_);
    if (header.tag == kPixelData) {
      pixels_ = value;
      return;
    }
    check(elements_.size() < kMaxElements, ErrorKind::data,
          "{}: a data set has more than {} elements; the file is damaged", name_,
          with_thousands(kMaxElements));
    // A tag that stands twice is an error of the writer; the last one counts.
    elements_.insert_or_assign(header.tag,
                               DicomElement{header.vr, value, header.value_encoding(encoding_)});
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
  // PS3.5 section 6.2: values are padded to even length, UIDs with NUL, other text with a space.
  while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) value.remove_suffix(1);
  return std::string(trim(value));
}

std::vector<std::int32_t> DicomElements::shorts(DicomTag tag, bool is_signed) const {
  std::vector<std::int32_t> values;
  const DicomElement* element = find(tag);
  if (element == nullptr) return values;
  DicomCursor cursor(element->value, name_);
  while (cursor.left() >= 2) {
    const auto value =
        static_cast<std::uint16_t>(cursor.take_number(2, encoding_.is_big_endian, tag));
    values.push_back(is_signed ? static_cast<std::int16_t>(value) : std::int32_t{value});
  }
  return values;
}

std::int32_t DicomElements::first_short(DicomTag tag, std::int32_t missing) const {
  const auto values = shorts(tag);
  return values.empty() ? missing : values.front();
}

std::vector<double> DicomElements::decimals(DicomTag tag) const {
  std::vector<double> values = decimals_or_nan(tag);
  const auto bad = std::ranges::find_if(values, [](double value) { return std::isnan(value); });
  if (bad == values.end()) return values;
  const auto index = static_cast<std::size_t>(bad - values.begin());
  fail(ErrorKind::data, "{}: element {} holds \"{}\", expected a number", name_,
       dicom_tag_text(tag), split(text(tag), '\\')[index].substr(0, 20));
}

std::vector<double> DicomElements::decimals_or_nan(DicomTag tag) const {
  std::vector<double> values;
  const std::string all = text(tag);
  if (all.empty()) return values;
  for (const std::string& part : split(all, '\\')) {
    values.push_back(parse_decimal(part).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return values;
}

DicomItems DicomElements::items(DicomTag tag) const {
  const DicomElement* element = find(tag);
  if (element == nullptr) return {};
  std::vector<DicomBytes> result;
  DicomCursor cursor(element->value, name_);
  while (cursor.left() >= 8) {
    const DicomHeader item = cursor.take_header(element->encoding);
    if (item.tag == kDicomSequenceEnd) break;
    check(item.tag == kDicomItem, ErrorKind::data, "{}: {} lies where an item of {} is due", name_,
          dicom_tag_text(item.tag), dicom_tag_text(tag));
    result.push_back(cursor.take_item(item, element->encoding));
  }
  return {std::move(result), element->encoding, name_};
}

DicomElements DicomItems::operator[](std::size_t i) const {
  return {items_[i], encoding_, name_};
}

}  // namespace attune
