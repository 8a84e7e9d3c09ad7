#include "attune/media/medical/dicom/dicom_pixels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "attune/base/error.h"
#include "attune/media/medical/dicom/dicom_codecs.h"

namespace attune {
namespace {

constexpr DicomTag kPlanarConfiguration = 0x00280006;

std::int64_t sample_count(const DicomInfo& info) {
  return info.height * info.width * info.channels;
}

std::uint64_t frame_bits(const DicomInfo& info) {
  const auto count = static_cast<std::uint64_t>(sample_count(info));
  const auto bits = static_cast<std::uint64_t>(info.bits_allocated);
  // Two of three samples are stored: each pair of pixels shares its colour.
  return info.photometric_interpretation == "YBR_FULL_422" ? count / 3 * 2 * bits : count * bits;
}

/// The bytes of one frame among frames that follow each other.
DicomBytes native_frame(DicomBytes all, std::uint64_t frame_bytes, std::int64_t frame,
                        const std::string& name) {
  const auto index = static_cast<std::uint64_t>(frame);
  check(frame_bytes <= all.size() && index <= all.size() / frame_bytes - 1, ErrorKind::data,
        "{}: the pixel data has {} bytes, too few for frame {} of {} bytes; the file is cut off",
        name, all.size(), frame, frame_bytes);
  return all.subspan(index * frame_bytes, frame_bytes);
}

DeepImage read_bits(DicomBytes all, const DicomInfo& info, std::int64_t frame,
                    const std::string& name) {
  const auto count = static_cast<std::uint64_t>(sample_count(info));
  const std::uint64_t first = static_cast<std::uint64_t>(frame) * count;
  check((first + count + 7) / 8 <= all.size(), ErrorKind::data,
        "{}: the pixel data has {} bytes, too few for frame {} of {} bits; the file is cut off",
        name, all.size(), frame, count);
  // PS3.5 section 8.1.1: the first pixel is the lowest bit, and frames follow each other without
  // padding to whole bytes.
  DeepImage image(info.height, info.width, 1);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t bit = first + i;
    image.samples[i] = std::to_integer<std::int32_t>(all[bit / 8] >> (bit % 8)) & 1;
  }
  return image;
}

/// Y1 Y2 Cb Cr for two pixels each.
DeepImage read_ybr_422(DicomBytes all, const DicomInfo& info, std::int64_t frame,
                       const std::string& name) {
  check(info.bits_allocated == 8 && info.width % 2 == 0, ErrorKind::data,
        "{}: YBR_FULL_422 with {} bits and width {}, expected 8 bits and an even width", name,
        info.bits_allocated, info.width);
  const auto pixels = static_cast<std::uint64_t>(info.height * info.width);
  const DicomBytes bytes = native_frame(all, 2 * pixels, frame, name);
  DeepImage image(info.height, info.width, 3);
  for (std::uint64_t i = 0; i < pixels; ++i) {
    // PS3.3 C.7.6.3.1.2.
    const std::uint64_t pair = i / 2 * 4;
    image.samples[3 * i] = std::to_integer<std::int32_t>(bytes[pair + i % 2]);
    image.samples[3 * i + 1] = std::to_integer<std::int32_t>(bytes[pair + 2]);
    image.samples[3 * i + 2] = std::to_integer<std::int32_t>(bytes[pair + 3]);
  }
  return image;
}

/// Samples of whole bytes, each as its unsigned value.
template <typename Store>
void read_samples(DicomBytes bytes, int size, bool is_big_endian, std::int64_t count,
                  const Store& store) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint32_t value = 0;
    for (int k = 0; k < size; ++k) {
      const std::int64_t at = i * size + (is_big_endian ? k : size - 1 - k);
      value = value << 8 | std::to_integer<std::uint32_t>(bytes[static_cast<std::size_t>(at)]);
    }
    store(i, value);
  }
}

DeepImage read_native(const DicomElements& elements, const DicomInfo& info, std::int64_t frame,
                      const std::string& name) {
  const DicomBytes all = elements.pixels();
  if (info.bits_allocated == 1) return read_bits(all, info, frame, name);
  if (info.photometric_interpretation == "YBR_FULL_422") {
    return read_ybr_422(all, info, frame, name);
  }
  const int size = info.bits_allocated / 8;
  const std::int64_t count = sample_count(info), pixels = info.height * info.width;
  const DicomBytes bytes = native_frame(all, static_cast<std::uint64_t>(count * size), frame, name);
  // PS3.3 C.7.6.3.1.3: all red, all green, all blue.
  const bool is_planar = info.channels > 1 && elements.first_short(kPlanarConfiguration, 0) == 1;
  DeepImage image(info.height, info.width, info.channels);
  read_samples(bytes, size, elements.encoding().is_big_endian, count,
               [&](std::int64_t i, std::uint32_t value) {
                 const std::int64_t at = is_planar ? i % pixels * info.channels + i / pixels : i;
                 image.samples[static_cast<std::size_t>(at)] = static_cast<std::int32_t>(value);
               });
  return image;
}

std::uint32_t offset_at(DicomBytes table, std::size_t index) {
  std::uint32_t value = 0;
  for (std::size_t k = 4; k-- > 0;) {
    value = value << 8 | std::to_integer<std::uint32_t>(table[4 * index + k]);
  }
  return value;
}

/// The compressed bytes of one frame, its fragments joined. Fragments are given to frames one by
/// one where the numbers agree, else by the offset table (PS3.5 A.4).
std::vector<std::byte> encapsulated_frame(const DicomElements& elements, const DicomInfo& info,
                                          std::int64_t frame, const std::string& name) {
  const auto& fragments = elements.fragments();
  check(fragments.size() >= 2, ErrorKind::data, "{}: the pixel data holds no fragment of a picture",
        name);
  const std::size_t count = fragments.size() - 1;
  const auto frames = static_cast<std::size_t>(info.frames);
  const auto index = static_cast<std::size_t>(frame);
  std::size_t first = 1, last = fragments.size();
  if (frames > 1 && count == frames) {
    first = index + 1;
    last = index + 2;
  } else if (frames > 1) {
    // Offsets count from the tag of the first fragment, positions here from its value: eight bytes
    // later for all of them.
    const DicomBytes table = fragments[0];
    check(table.size() / 4 >= frames, ErrorKind::data,
          "{}: {} fragments for {} frames, and no offset table says whose they are", name, count,
          frames);
    const std::uint64_t begin = offset_at(table, index);
    const std::uint64_t end =
        index + 1 < frames ? offset_at(table, index + 1) : std::uint64_t{1} << 63;
    const auto position = [&](const DicomBytes& fragment) {  // they follow each other
      return static_cast<std::uint64_t>(fragment.data() - fragments[1].data());
    };
    const auto from =
        std::ranges::lower_bound(fragments.begin() + 1, fragments.end(), begin, {}, position);
    const auto to = std::ranges::lower_bound(from, fragments.end(), end, {}, position);
    check(from < to, ErrorKind::data, "{}: no fragment belongs to frame {}", name, frame);
    first = static_cast<std::size_t>(from - fragments.begin());
    last = static_cast<std::size_t>(to - fragments.begin());
  }
  std::vector<std::byte> bytes;
  for (std::size_t i = first; i < last; ++i) {
    bytes.insert(bytes.end(), fragments[i].begin(), fragments[i].end());
  }
  return bytes;
}

CodecResult decode_compressed(DicomBytes bytes, const DicomInfo& info, const std::string& name) {
  const CodecRequest request{info.height, info.width, info.channels, info.bits_allocated, name};
  const std::string_view syntax = info.transfer_syntax;
  if (syntax.ends_with(".5")) return decode_rle(bytes, request);
  if (syntax.ends_with(".4.80") || syntax.ends_with(".4.81")) return decode_jpeg_ls(bytes, request);
  if (syntax.ends_with(".4.90") || syntax.ends_with(".4.91")) {
    return decode_jpeg_2000(bytes, request);
  }
  return decode_jpeg(bytes, request);
}

/// Whether three samples are Y, Cb, Cr.
/// The stream's own word counts for more than the data set's, which may be left from before
/// compression. YBR_ICT and YBR_RCT are not here: JPEG 2000 has undone them.
bool is_ybr(const DicomInfo& info, CodecResult::Colour colour) {
  if (info.channels != 3) return false;
  if (colour != CodecResult::Colour::unknown) return colour == CodecResult::Colour::ybr;
  return info.photometric_interpretation == "YBR_FULL" ||
         info.photometric_interpretation == "YBR_FULL_422";
}

void keep_stored_bits(DeepImage& image, std::int32_t bits, std::int32_t shift, bool is_signed,
                      const std::string& name) {
  // A sample is an int32: it holds all values but the upper half of these.
  if (bits == 32 && !is_signed) {
    const auto found = std::find_if(image.samples.begin(), image.samples.end(),
                                    [](std::int32_t value) { return value < 0; });
    check(found == image.samples.end(), ErrorKind::data,
          "{}: a value of 32 bits is above {}; such pictures are not read", name,
          std::numeric_limits<std::int32_t>::max());
    return;
  }
  for (std::int32_t& value : image.samples) {
    // The other bits need not be 0: old files keep overlays there.
    value = keep_bits(static_cast<std::uint32_t>(value) >> shift, bits, is_signed);
  }
}

}  // namespace

/// T.871, section 7, in the single precision of pydicom (_convert_YBR_FULL_to_RGB).
void convert_ybr_to_rgb(DeepImage& image) {
  constexpr float kRed = 1.402f, kBlue = 1.772f;
  constexpr auto kGreenBlue = static_cast<float>(-0.114 * 1.772 / 0.587);
  constexpr auto kGreenRed = static_cast<float>(-0.299 * 1.402 / 0.587);
  const auto round = [](float value) {
    return static_cast<std::int32_t>(std::clamp(std::floor(value + 0.5f), 0.0f, 255.0f));
  };
  for (std::size_t i = 0; i + 2 < image.samples.size(); i += 3) {
    const auto y = static_cast<float>(image.samples[i]);
    const auto cb = static_cast<float>(image.samples[i + 1] - 128);
    const auto cr = static_cast<float>(image.samples[i + 2] - 128);
    image.samples[i] = round(y + kRed * cr);
    image.samples[i + 1] = round(y + kGreenBlue * cb + kGreenRed * cr);
    image.samples[i + 2] = round(y + kBlue * cb);
  }
}

void check_has_frames(const DicomElements& elements, const DicomInfo& info,
                      const std::string& name) {
  const auto frames = static_cast<std::uint64_t>(info.frames);
  const std::uint64_t fragments = elements.fragments().size();  // the first is the offset table
  const std::uint64_t most = elements.is_encapsulated()
                                 ? std::max<std::uint64_t>(fragments, 1) - 1
                                 : 8 * elements.pixels().size() / frame_bits(info);
  check(frames == 1 || frames <= most, ErrorKind::data,
        "{}: the file states {} frames, but its pixel data are enough for {}; it is cut off or "
        "damaged",
        name, frames, most);
}

DeepImage decode_dicom_frame(const DicomElements& elements, const DicomInfo& info,
                             std::int64_t frame, const std::string& name) {
  const bool wants_fragments = info.transfer_syntax.find(".1.2.4.") != std::string::npos ||
                               info.transfer_syntax.ends_with(".1.2.5");
  check(wants_fragments == elements.is_encapsulated(), ErrorKind::data,
        "{}: the transfer syntax {} and the pixel data ({}) do not fit together", name,
        info.transfer_syntax_name, elements.is_encapsulated() ? "compressed" : "not compressed");
  CodecResult result;
  std::int32_t bits = info.bits_stored, shift = info.high_bit + 1 - info.bits_stored;
  if (wants_fragments) {
    check(info.bits_allocated >= 8, ErrorKind::data, "{}: compressed values of {} bit are not read",
          name, info.bits_allocated);
    result = decode_compressed(encapsulated_frame(elements, info, frame, name), info, name);
    // A codec that states a precision has put the samples there from bit 0 on.
    if (result.precision > 0) {
      bits = result.precision;
      shift = 0;
    }
  } else {
    result.image = read_native(elements, info, frame, name);
  }
  keep_stored_bits(result.image, bits, shift, info.is_signed, name);
  if (is_ybr(info, result.colour)) {
    check(bits == 8, ErrorKind::data, "{}: YBR colours of {} bits are not read, expected 8", name,
          bits);
    convert_ybr_to_rgb(result.image);
  }
  return result.image;
}

}  // namespace attune
