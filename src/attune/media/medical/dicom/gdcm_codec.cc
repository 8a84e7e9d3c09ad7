// The codecs that GDCM brings along. GDCM holds assertions, endless loops and writes beyond its
// buffers for damaged streams, so a stream's size, components and marker segments are checked
// against the data set before it sees one.
#include "attune/media/medical/dicom/gdcm_codec.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <sstream>
#include <string_view>

#include <gdcmDataElement.h>
#include <gdcmFragment.h>
#include <gdcmJPEG12Codec.h>
#include <gdcmJPEG2000Codec.h>
#include <gdcmJPEGLSCodec.h>
#include <gdcmSequenceOfFragments.h>
#include <gdcmTrace.h>

#include "attune/base/error.h"
#include "attune/media/medical/dicom/jpeg_stream.h"

namespace attune {
namespace {

/// The library never prints; GDCM does by default.
void silence_gdcm() {
  static std::once_flag once;
  std::call_once(once, [] {
    gdcm::Trace::DebugOff();
    gdcm::Trace::WarningOff();
    gdcm::Trace::ErrorOff();
  });
}

template <typename Codec>
void prepare(Codec& codec, const CodecRequest& request, std::int32_t precision) {
  silence_gdcm();
  const unsigned int size[3] = {static_cast<unsigned int>(request.width),
                                static_cast<unsigned int>(request.height), 1};
  codec.SetNumberOfDimensions(2);
  codec.SetDimensions(size);
  const auto allocated = static_cast<unsigned short>(precision > 8 ? 16 : 8);
  codec.gdcm::ImageCodec::SetPixelFormat(gdcm::PixelFormat(
      static_cast<unsigned short>(request.channels), allocated,
      static_cast<unsigned short>(precision), static_cast<unsigned short>(precision - 1), 0));
  codec.SetPlanarConfiguration(0);
  codec.SetPhotometricInterpretation(request.channels == 1
                                         ? gdcm::PhotometricInterpretation::MONOCHROME2
                                         : gdcm::PhotometricInterpretation::RGB);
}

/// Samples of one or two bytes, in this machine's order, as GDCM gives them.
DeepImage to_image(std::string_view bytes, std::int32_t precision, const CodecRequest& request) {
  DeepImage image(request.height, request.width, request.channels);
  const std::size_t size = precision > 8 ? 2 : 1;
  check(bytes.size() >= size * image.samples.size(), ErrorKind::data,
        "{}: its compressed data are damaged: {} bytes came out, expected {}", request.name,
        bytes.size(), size * image.samples.size());
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    std::uint16_t value = static_cast<std::uint8_t>(bytes[i]);
    if (size == 2) std::memcpy(&value, bytes.data() + 2 * i, 2);
    image.samples[i] = value;
  }
  return image;
}

std::string as_text(DicomBytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Runs `decode`, which returns whether it succeeded, and turns what it throws into an error.
template <typename Decode>
void guarded(const CodecRequest& request, std::string_view format, const Decode& decode) {
  bool is_done = false;
  try {
    is_done = decode();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& problem) {
    fail(ErrorKind::data, "{}: its {} data are damaged: {}", request.name, format, problem.what());
  }
  check(is_done, ErrorKind::data, "{}: its {} data are damaged or cut off", request.name, format);
}

void check_same(const CodecRequest& request, std::string_view format, std::int64_t height,
                std::int64_t width, std::int64_t channels, std::int32_t precision) {
  check(height == request.height && width == request.width && channels == request.channels &&
            precision >= 1 && precision <= std::min(16, request.bits_allocated),
        ErrorKind::data,
        "{}: its {} data hold {} x {} pixels of {} samples of {} bits, but the file states {} x {} "
        "of {} of {} (16 at most)",
        request.name, format, width, height, channels, precision, request.width, request.height,
        request.channels, request.bits_allocated);
}

/// `DecodeByStreams` is protected in the class itself.
class Jpeg2000Codec : public gdcm::JPEG2000Codec {
 public:
  using gdcm::JPEG2000Codec::DecodeByStreams;
};

std::uint32_t big_endian(DicomBytes bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  }
  return value;
}

/// The codestream itself: some files wrap it as a .jp2 does.
DicomBytes find_codestream(DicomBytes bytes, const CodecRequest& request) {
  std::size_t at = 0;
  while (bytes.size() - at >= 8 && big_endian(bytes, at, 4) != 0xFF4FFF51) {
    const std::uint64_t length = big_endian(bytes, at, 4);
    const bool is_stream = big_endian(bytes, at + 4, 4) == 0x6A703263;  // "jp2c"
    // T.800, I.4: a length of 1 means that eight bytes of it follow, 0 (of the last box) that it
    // ends with the file.
    const std::size_t header = length == 1 ? 16 : 8;
    const bool is_sane = is_stream || (length >= 8 && length <= bytes.size() - at);
    check(is_sane && bytes.size() - at > header, ErrorKind::data,
          "{}: its pixel data do not start as JPEG 2000 does", request.name);
    at += is_stream ? header : static_cast<std::size_t>(length);
  }
  check(bytes.size() - at >= 8, ErrorKind::data, "{}: its JPEG 2000 data are cut off",
        request.name);
  return bytes.subspan(at);
}

/// Reads the SIZ segment (T.800 A.5.1) and refuses what GDCM cannot hold; returns the precision.
std::int32_t check_siz(DicomBytes stream, const CodecRequest& request) {
  check(stream.size() > 42 && big_endian(stream, 0, 4) == 0xFF4FFF51, ErrorKind::data,
        "{}: its JPEG 2000 data are damaged or cut off", request.name);
  const auto field = [&](std::size_t i) { return std::int64_t{big_endian(stream, 8 + 4 * i, 4)}; };
  const std::int64_t channels = big_endian(stream, 40, 2);
  const std::size_t length = big_endian(stream, 4, 2);
  check(length == 38 + 3 * static_cast<std::size_t>(channels) && stream.size() > 4 + length,
        ErrorKind::data, "{}: its JPEG 2000 data are damaged: the size header", request.name);
  const std::uint32_t depth = channels > 0 ? big_endian(stream, 42, 1) : 0;
  const auto precision = static_cast<std::int32_t>((depth & 0x7F) + 1);
  check_same(request, "JPEG 2000", field(1) - field(3), field(0) - field(2), channels, precision);
  for (std::size_t k = 0; k < static_cast<std::size_t>(channels); ++k) {
    check(big_endian(stream, 42 + 3 * k, 1) == depth && big_endian(stream, 43 + 3 * k, 2) == 0x101,
          ErrorKind::data, "{}: its JPEG 2000 components differ in size or depth; this is not read",
          request.name);
  }
  // Tiles are numbered by 16 bits (T.800 A.4.2).
  const std::int64_t tile_width = field(4), tile_height = field(5);
  check(tile_width > 0 && tile_height > 0 &&
            (request.width / tile_width + 2) * (request.height / tile_height + 2) <= 65535,
        ErrorKind::data, "{}: its JPEG 2000 data have tiles of {} x {} pixels", request.name,
        tile_width, tile_height);
  return precision;
}

}  // namespace

DeepImage decode_jpeg_12(DicomBytes bytes, const CodecRequest& request) {
  // GDCM gives grey for what is missing, without a word.
  const std::size_t end = as_text(bytes).find_last_not_of('\0');
  check(end != std::string::npos && end > 0 && big_endian(bytes, end - 1, 2) == 0xFFD9,
        ErrorKind::data, "{}: its JPEG data do not end as JPEG does; they are cut off",
        request.name);
  gdcm::JPEG12Codec codec;
  prepare(codec, request, 12);
  // Two more end markers: at the end of its input GDCM's decoder waits for more for ever.
  std::istringstream in(as_text(bytes) + "\xFF\xD9\xFF\xD9");
  std::ostringstream out;
  guarded(request, "JPEG", [&] { return codec.DecodeByStreams(in, out); });
  return to_image(out.str(), 12, request);
}

CodecResult decode_jpeg_ls(DicomBytes bytes, const CodecRequest& request) {
  const JpegHeader header = read_jpeg_header(bytes, request.name);
  check(header.frame_marker == 0xF7, ErrorKind::data, "{}: its pixel data are not JPEG-LS",
        request.name);
  check_same(request, "JPEG-LS", header.height, header.width,
             static_cast<std::int64_t>(header.components.size()), header.precision);
  gdcm::JPEGLSCodec codec;
  prepare(codec, request, header.precision);
  // One more end marker: without any, CharLS counts zeros for seconds behind the end of its input
  // (ten for a cut file of 338 bytes).
  const std::string stream = as_text(bytes) + "\xFF\xD9";
  const gdcm::SmartPointer<gdcm::SequenceOfFragments> fragments = new gdcm::SequenceOfFragments;
  gdcm::Fragment fragment;
  fragment.SetByteValue(stream.data(), static_cast<std::uint32_t>(stream.size()));
  fragments->AddFragment(fragment);
  gdcm::DataElement in(gdcm::Tag(0x7FE0, 0x0010)), out;
  in.SetValue(*fragments);
  guarded(request, "JPEG-LS", [&] { return codec.Decode(in, out); });
  const gdcm::ByteValue* value = out.GetByteValue();
  check(value != nullptr, ErrorKind::data, "{}: its JPEG-LS data are damaged", request.name);
  const std::string_view samples(value->GetPointer(), value->GetLength());
  return {to_image(samples, header.precision, request), header.precision};
}

CodecResult decode_jpeg_2000(DicomBytes bytes, const CodecRequest& request) {
  const DicomBytes stream = find_codestream(bytes, request);
  const std::int32_t precision = check_siz(stream, request);
  Jpeg2000Codec codec;
  prepare(codec, request, precision);
  // Pictures are decoded on several threads already.
  codec.SetNumberOfThreadsForDecompression(0);
  std::istringstream in(as_text(stream));
  std::ostringstream out;
  guarded(request, "JPEG 2000", [&] { return codec.DecodeByStreams(in, out); });
  return {to_image(out.str(), precision, request), precision};
}

}  // namespace attune
