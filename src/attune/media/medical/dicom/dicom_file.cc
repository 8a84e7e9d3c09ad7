#include "attune/media/medical/dicom/dicom_file.h"

#include <array>
#include <limits>
#include <utility>

#include "attune/base/error.h"
#include "attune/media/inflate.h"

namespace attune {
namespace {

constexpr std::size_t kPreamble = 132;
// The largest picture: 178,956,970 pixels of three samples of four bytes. What the header states
// bounds nothing better, for it may state just that.
constexpr std::uint64_t kMaxInflated = std::uint64_t{1} << 31;

// Identities come long before this.
constexpr std::uint64_t kBeginning = std::uint64_t{1} << 20;

}  // namespace

void parse_dicom(DicomBytes bytes, const std::string& name, DicomFile& file,
                 std::optional<DicomTag> last, const ReserveMemory& reserve) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  check(bytes.size() > kPreamble && std::string_view(text + 128, 4) == "DICM", ErrorKind::data,
        "{}: not a DICOM file: \"DICM\" does not follow its first 128 bytes", name);
  // The file meta information is always explicit, little endian; its length element may be wrong.
  std::size_t end = kPreamble;
  DicomCursor cursor(bytes.subspan(kPreamble), name);
  while (cursor.left() >= 8) {
    const DicomHeader header = cursor.take_header({});
    if (header.tag >> 16 != 2) break;
    check(header.has_length(), ErrorKind::data,
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
  // PS3.5 A.1, A.2, A.3 and A.5: explicit little endian unless said otherwise, for what is
  // compressed too (A.4).
  if (file.transfer_syntax == "1.2.840.10008.1.2") encoding.is_explicit = false;
  if (file.transfer_syntax == "1.2.840.10008.1.2.2") encoding.is_big_endian = true;
  if (file.transfer_syntax == "1.2.840.10008.1.2.1.99") {
    // PS3.5 A.5: RFC 1951 alone, without the header of zlib or gzip.
    if (last) {
      InflateStream(data, InflateFormat::raw, kMaxInflated, name).read(kBeginning, file.inflated);
    } else {
      const std::uint64_t most = expansion_limit(data.size(), kMaxInflated);
      if (reserve) {
        // Nothing tells the size beforehand: it is counted, in a piece of memory, before it is
        // taken.
        InflateStream counted(data, InflateFormat::raw, most, name);
        counted.skip(std::numeric_limits<std::uint64_t>::max());
        reserve(counted.position());
      }
      file.inflated = inflate_bytes(data, InflateFormat::raw, most, name);
    }
    data = std::as_bytes(std::span(file.inflated));
  }
  file.elements.emplace(data, encoding, name, last);
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
