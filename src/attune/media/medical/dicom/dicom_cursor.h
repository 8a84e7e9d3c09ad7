#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace attune {

/// (gggg,eeee) as one number.
using DicomTag = std::uint32_t;

using DicomBytes = std::span<const std::byte>;

/// "(0028,0010)".
std::string dicom_tag_text(DicomTag tag);

/// How a data set is written (PS3.5 section 7).
struct DicomEncoding {
  bool is_explicit = true, is_big_endian = false;
};

struct DicomHeader {
  static constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

  DicomTag tag = 0;
  std::string vr;  ///< two letters; "" in implicit encoding
  std::uint32_t length = 0;

  bool has_length() const { return length != kUndefined; }
  /// Of the value: that of its surroundings, but an unknown VR (UN) of undefined length is written
  /// implicitly (PS3.5 section 6.2.2, note 4).
  DicomEncoding value_encoding(DicomEncoding around) const;
};

constexpr DicomTag kDicomItem = 0xFFFEE000, kDicomSequenceEnd = 0xFFFEE0DD;

/// Reads headers and values of elements one after another. Everything throws `data` where it would
/// go beyond the end of the bytes. `name`, for messages, must outlive the object.
class DicomCursor {
 public:
  DicomCursor(DicomBytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::size_t left() const { return bytes_.size() - position_; }
  std::size_t position() const { return position_; }

  /// `tag` is for the message.
  DicomBytes take(std::size_t size, DicomTag tag);
  std::uint32_t take_number(int size, bool is_big_endian, DicomTag tag);
  DicomHeader take_header(const DicomEncoding& encoding);
  /// The value behind `header`; where that tells no length, items and their end. `depth` counts the
  /// sequences around it. Throws `data` where they nest deeper than 32.
  DicomBytes take_value(const DicomHeader& header, const DicomEncoding& encoding, int depth = 0);
  /// What the item behind `header` holds, of a sequence in `depth` others.
  DicomBytes take_item(const DicomHeader& header, const DicomEncoding& encoding, int depth = 0);
  /// The fragments of an encapsulated picture and their end.
  std::vector<DicomBytes> take_fragments(const DicomEncoding& encoding);

 private:
  DicomBytes bytes_;
  const std::string& name_;
  std::size_t position_ = 0;
};

}  // namespace attune
