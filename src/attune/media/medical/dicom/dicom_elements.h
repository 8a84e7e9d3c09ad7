#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attune/media/medical/dicom/dicom_cursor.h"

namespace attune {

struct DicomElement {
  std::string vr;    ///< two letters; "" in implicit encoding
  DicomBytes value;  ///< of a sequence: its items
  DicomEncoding encoding;
};

class DicomElements;

/// The items of a sequence, each parsed when it is asked for: a file of many frames has one a
/// frame.
class DicomItems {
 public:
  DicomItems() = default;
  DicomItems(std::vector<DicomBytes> items, DicomEncoding encoding, std::string name)
      : items_(std::move(items)), encoding_(encoding), name_(std::move(name)) {}

  std::size_t size() const { return items_.size(); }
  /// Throws `data` as the constructor of DicomElements does.
  DicomElements operator[](std::size_t i) const;

 private:
  std::vector<DicomBytes> items_;
  DicomEncoding encoding_;
  std::string name_;
};

/// The elements of a data set or of an item, up to and without the pixel data. Values are views of
/// the file's bytes.
class DicomElements {
 public:
  /// Parses all of `bytes`, or up to the pixel data, or up to and with tag `last`. Throws `data`
  /// where a length leads beyond the end, items nest deeper than 32 or there are more than a
  /// million elements. `name` is for messages.
  DicomElements(DicomBytes bytes, DicomEncoding encoding, std::string name,
                std::optional<DicomTag> last = {});

  const DicomElement* find(DicomTag tag) const;
  /// The text without padding; "" where the element is missing.
  std::string text(DicomTag tag) const;
  /// Unsigned or signed 16-bit values (US, SS), by `is_signed`.
  std::vector<std::int32_t> shorts(DicomTag tag, bool is_signed = false) const;
  /// The first of them, or `missing`.
  std::int32_t first_short(DicomTag tag, std::int32_t missing) const;
  /// Decimal strings (DS, IS), separated by a backslash. Throws `data` for what is no number.
  std::vector<double> decimals(DicomTag tag) const;
  /// The same, NaN for what is no number.
  std::vector<double> decimals_or_nan(DicomTag tag) const;
  /// The items of a sequence; none where it is missing.
  DicomItems items(DicomTag tag) const;

  /// The pixel data: the bytes as they are, or fragments (the first is the offset table).
  bool has_pixels() const { return pixels_.has_value(); }
  DicomBytes pixels() const { return pixels_.value_or(DicomBytes{}); }
  bool is_encapsulated() const { return is_encapsulated_; }
  const std::vector<DicomBytes>& fragments() const { return fragments_; }
  const DicomEncoding& encoding() const { return encoding_; }

 private:
  DicomEncoding encoding_;
  std::string name_;
  std::map<DicomTag, DicomElement> elements_;
  std::optional<DicomBytes> pixels_;
  bool is_encapsulated_ = false;
  std::vector<DicomBytes> fragments_;
};

}  // namespace attune
