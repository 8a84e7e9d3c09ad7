#include "attune/media/medical/dicom/dicom.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/mmap.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/media/medical/dicom/dicom_file.h"
#include "attune/media/medical/dicom/dicom_pixels.h"

namespace attune {
namespace {

constexpr std::int64_t kMaxPixels = 178'956'970;  // as for other pictures
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 32;

enum Tag : DicomTag {
  kModality = 0x00080060,
  kPatientId = 0x00100020,
  kStudy = 0x0020000D,
  kSamplesPerPixel = 0x00280002,
  kPhotometric = 0x00280004,
  kFrames = 0x00280008,
  kRows = 0x00280010,
  kColumns = 0x00280011,
  kBitsAllocated = 0x00280100,
  kBitsStored = 0x00280101,
  kHighBit = 0x00280102,
  kPixelRepresentation = 0x00280103,
  kPaddingValue = 0x00280120,
  kPaddingLimit = 0x00280121,
  kWindowCenter = 0x00281050,
  kWindowWidth = 0x00281051,
  kRescaleIntercept = 0x00281052,
  kRescaleSlope = 0x00281053,
  kVoiFunction = 0x00281056,
  kRedDescriptor = 0x00281101,
  kRedData = 0x00281201,
  kModalityLut = 0x00283000,
  kLutDescriptor = 0x00283002,
  kLutData = 0x00283006,
  kVoiLut = 0x00283010,
  kFrameVoi = 0x00289132,
  kPixelValueTransformation = 0x00289145,
  kSharedGroups = 0x52009229,
  kPerFrameGroups = 0x52009230,
};

/// The table that a descriptor (entries, first value, bits) and its data give.
std::optional<DicomTable> read_table(const DicomElements& elements, DicomTag descriptor_tag,
                                     DicomTag data_tag, bool is_signed, const std::string& name) {
  const DicomElement* data = elements.find(data_tag);
  const DicomElement* head = elements.find(descriptor_tag);
  if (data == nullptr || head == nullptr) return std::nullopt;
  const auto descriptor = elements.shorts(descriptor_tag);
  check(descriptor.size() == 3, ErrorKind::data,
        "{}: the lookup table descriptor {} has {} values, expected 3", name,
        dicom_tag_text(descriptor_tag), descriptor.size());
  // PS3.3 C.11.1.1: the count has 16 bits, and 0 stands for 65536.
  const auto count = static_cast<std::size_t>(descriptor[0] == 0 ? 65536 : descriptor[0]);
  // The first value is US or SS by the stored values, but an explicit file says which itself.
  if (!head->vr.empty()) is_signed = head->vr == "SS";
  DicomTable table;
  table.first = is_signed ? static_cast<std::int16_t>(descriptor[1]) : descriptor[1];
  table.bits = descriptor[2];
  check(table.bits >= 1 && table.bits <= 16, ErrorKind::data,
        "{}: the lookup table {} has entries of {} bits, expected 1 to 16", name,
        dicom_tag_text(data_tag), table.bits);
  const std::size_t bytes = data->value.size();
  if (bytes >= 2 * count) {
    const auto words = elements.shorts(data_tag);
    table.entries.assign(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
    return table;
  }
  check(bytes >= count && table.bits <= 8, ErrorKind::data,
        "{}: the lookup table {} has {} bytes, too few for {} entries of {} bits", name,
        dicom_tag_text(data_tag), bytes, count, table.bits);
  for (std::size_t i = 0; i < count; ++i) {  // two entries a word
    const std::size_t at = elements.encoding().is_big_endian ? i ^ 1 : i;
    table.entries.push_back(std::to_integer<std::uint16_t>(data->value[std::min(at, bytes - 1)]));
  }
  return table;
}

/// Everything between stored values and brightness that `elements` states itself.
void read_transforms(const DicomElements& elements, DicomInfo& info, const std::string& name) {
  const auto slope = elements.decimals(kRescaleSlope);
  const auto intercept = elements.decimals(kRescaleIntercept);
  if (!slope.empty()) info.rescale_slope = slope.front();
  if (!intercept.empty()) info.rescale_intercept = intercept.front();
  const DicomItems modality_luts = elements.items(kModalityLut), voi_luts = elements.items(kVoiLut);
  for (std::size_t i = 0; i < modality_luts.size() && !info.modality_lut; ++i) {
    info.modality_lut =
        read_table(modality_luts[i], kLutDescriptor, kLutData, info.is_signed, name);
  }
  for (std::size_t i = 0; i < voi_luts.size() && !info.voi_lut; ++i) {
    // What comes out of a modality LUT is unsigned (PS3.3 C.11.1.1.1).
    const bool is_signed = info.is_signed && !info.modality_lut;
    info.voi_lut = read_table(voi_luts[i], kLutDescriptor, kLutData, is_signed, name);
  }
  const auto centers = elements.decimals_or_nan(kWindowCenter);
  const auto widths = elements.decimals_or_nan(kWindowWidth);
  // A frame's windows replace those of the whole file.
  if (!centers.empty() && !widths.empty()) info.windows.clear();
  for (std::size_t i = 0; i < std::min(centers.size(), widths.size()); ++i) {
    info.windows.push_back({centers[i], widths[i]});
  }
  const std::string function = elements.text(kVoiFunction);
  if (function.empty()) return;
  static const std::vector<std::string> kNames = {"LINEAR", "LINEAR_EXACT", "SIGMOID"};
  const auto found = std::find(kNames.begin(), kNames.end(), function);
  check(found != kNames.end(), ErrorKind::data,
        "{}: the VOI LUT function (0028,1056) is \"{}\", expected one of {}", name, function,
        join(kNames, ", "));
  info.voi_function = static_cast<VoiFunction>(found - kNames.begin());
}

/// Enhanced objects, of one frame too, state them in functional groups: for all frames, and for
/// each.
void read_functional_groups(const DicomElements& elements, DicomInfo& info, std::int64_t frame,
                            const std::string& name) {
  const auto read_group = [&](const DicomElements& group) {
    // PS3.3 C.7.6.16.2.9 and C.7.6.16.2.10.
    for (const DicomTag tag : {kPixelValueTransformation, kFrameVoi}) {
      const DicomItems items = group.items(tag);
      for (std::size_t i = 0; i < items.size(); ++i) read_transforms(items[i], info, name);
    }
  };
  const DicomItems shared = elements.items(kSharedGroups), own = elements.items(kPerFrameGroups);
  for (std::size_t i = 0; i < shared.size(); ++i) read_group(shared[i]);
  const auto index = static_cast<std::size_t>(frame);
  if (index < own.size()) read_group(own[index]);
}

/// Larger numbers say nothing of a picture, but overflow on the way to it.
void check_magnitudes(const DicomInfo& info, const std::string& name) {
  constexpr double kMost = 1e30;
  const auto is_fine = [](double value) { return std::abs(value) <= kMost; };
  check(is_fine(info.rescale_slope) && is_fine(info.rescale_intercept), ErrorKind::data,
        "{}: its rescale values are above {}", name, kMost);
}

/// Of stored values, which have lost the bits above `bits_stored`. The element may be US or SS;
/// what counts are its bits, for the standard gives it the sign of the pixels (PS3.3 C.7.5.1.1.2),
/// and writers do not always.
void read_padding(const DicomElements& elements, DicomInfo& info) {
  const auto stored = [&](std::int32_t value) {
    const auto above = static_cast<unsigned>(32 - std::min(info.bits_stored, 16));
    const std::uint32_t top = static_cast<std::uint32_t>(value) << above;
    return info.is_signed ? static_cast<std::int32_t>(top) >> above
                          : static_cast<std::int32_t>(top >> above);
  };
  const auto value = elements.shorts(kPaddingValue, info.is_signed);
  if (value.empty() || info.channels != 1) return;
  const auto limit = elements.shorts(kPaddingLimit, info.is_signed);
  const std::int32_t first = stored(value[0]), last = limit.empty() ? first : stored(limit[0]);
  info.padding = std::minmax(first, last);
}

std::int32_t required_short(const DicomElements& elements, DicomTag tag, std::string_view what,
                            const std::string& name) {
  // No stored value is below 0: shorts are read as unsigned.
  const std::int32_t value = elements.first_short(tag, -1);
  check(value >= 0, ErrorKind::data, "{}: element {} ({}) is missing; the file is damaged", name,
        dicom_tag_text(tag), what);
  return value;
}

void check_supported(const DicomInfo& info, const std::string& name) {
  check(info.height > 0 && info.width > 0, ErrorKind::data, "{}: the picture has {} x {} pixels",
        name, info.width, info.height);
  check(info.height * info.width <= kMaxPixels, ErrorKind::data,
        "{}: the picture has {} x {} pixels, more than the limit of {}", name, info.width,
        info.height, with_thousands(kMaxPixels));
  check(info.frames >= 1, ErrorKind::data, "{}: the file has {} frames", name, info.frames);
  const std::int32_t bits = info.bits_allocated;
  check(bits == 1 || bits == 8 || bits == 16 || bits == 32, ErrorKind::data,
        "{}: values of {} bits are not read, expected 1, 8, 16 or 32 (0028,0100)", name, bits);
  check(info.bits_stored >= 1 && info.bits_stored <= bits && info.high_bit < bits &&
            info.high_bit + 1 >= info.bits_stored,
        ErrorKind::data, "{}: {} bits are stored in {}, the highest at {}; this cannot be", name,
        info.bits_stored, bits, info.high_bit);
  const std::string& colours = info.photometric_interpretation;
  static const std::vector<std::string> kGrey = {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"};
  static const std::vector<std::string> kColour = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT",
                                                   "YBR_RCT"};
  const auto& known = info.channels == 1 ? kGrey : kColour;
  check((info.channels == 1 || info.channels == 3) &&
            std::find(known.begin(), known.end(), colours) != known.end(),
        ErrorKind::data,
        "{}: {} samples a pixel with photometric interpretation \"{}\" are not read, expected 1 "
        "({}) or 3 ({})",
        name, info.channels, colours, join(kGrey, ", "), join(kColour, ", "));
  check(info.channels == 1 || (bits != 1 && !info.is_signed), ErrorKind::data,
        "{}: a colour picture with {} values of {} bits cannot be", name,
        info.is_signed ? "signed" : "unsigned", bits);
}

DicomInfo read_info(const DicomFile& file, const std::string& name, std::int64_t frame) {
  const DicomElements& elements = *file.elements;
  DicomInfo info;
  info.transfer_syntax = file.transfer_syntax;
  info.transfer_syntax_name = transfer_syntax_name(file.transfer_syntax);
  info.modality = elements.text(kModality);
  info.patient_id = elements.text(kPatientId);
  check(elements.has_pixels(), ErrorKind::data,
        "{}: the file holds no picture (no pixel data){}; leave it out", name,
        info.modality.empty() ? "" : fmt::format("; its modality is {}", info.modality));
  info.height = required_short(elements, kRows, "rows", name);
  info.width = required_short(elements, kColumns, "columns", name);
  info.channels = elements.first_short(kSamplesPerPixel, 1);
  info.photometric_interpretation = elements.text(kPhotometric);
  info.bits_allocated = required_short(elements, kBitsAllocated, "bits allocated", name);
  info.bits_stored = elements.first_short(kBitsStored, info.bits_allocated);
  // Bits stored and high bit are required (PS3.3 C.7.6.3), but where they are missing only one
  // reading makes sense.
  info.high_bit = elements.first_short(kHighBit, info.bits_stored - 1);
  info.is_signed = elements.first_short(kPixelRepresentation, 0) == 1;
  const auto frames = elements.decimals(kFrames);
  if (!frames.empty()) {
    check(frames[0] >= 0 && frames[0] <= 1e9, ErrorKind::data, "{}: the file has {} frames", name,
          frames[0]);
    // 0 frames are not allowed, but stated; pydicom takes them for one as well (get_nr_frames).
    info.frames = std::max<std::int64_t>(1, static_cast<std::int64_t>(frames[0]));
  }
  check_supported(info, name);
  read_padding(elements, info);
  read_transforms(elements, info, name);
  read_functional_groups(elements, info, frame, name);
  check_magnitudes(info, name);
  if (info.photometric_interpretation == "PALETTE COLOR") {
    for (const DicomTag colour : {0u, 1u, 2u}) {
      auto table =
          read_table(elements, kRedDescriptor + colour, kRedData + colour, info.is_signed, name);
      if (table) info.palette.push_back(std::move(*table));
    }
  }
  return info;
}

}  // namespace

std::uint16_t DicomTable::operator[](std::int32_t value) const {
  const std::int64_t last = static_cast<std::int64_t>(entries.size()) - 1;
  return entries[static_cast<std::size_t>(
      std::clamp<std::int64_t>(std::int64_t{value} - first, 0, last))];
}

DicomImage read_dicom(std::span<const std::byte> bytes, const std::string& name,
                      const DicomOptions& options) {
  DicomFile file;
  parse_dicom(bytes, name, file, {}, options.reserve);
  const std::int64_t frame = options.frame.value_or(0);
  DicomImage image{read_info(file, name, frame), {}};
  check(image.info.frames == 1 || options.frame.has_value(), ErrorKind::data,
        "{}: the file has {} frames, expected one; choose one, from 0, with --frame-index (task "
        "medical-image-classification)",
        name, image.info.frames);
  check(frame >= 0 && frame < image.info.frames, ErrorKind::user,
        "{}: frame {} is asked for, but the file has {} (from 0)", name, frame, image.info.frames);
  if (options.reserve) {
    // Stored values as they are decoded, as integers, and as the floats that they are shown by.
    constexpr std::uint64_t kBytes = 12;
    options.reserve(kBytes * static_cast<std::uint64_t>(image.info.height * image.info.width *
                                                        image.info.channels));
  }
  image.pixels = decode_dicom_frame(*file.elements, image.info, frame, name);
  return image;
}

DicomImage read_dicom(const fs::path& path, const DicomOptions& options) {
  const MappedFile file(path);
  check(file.bytes().size() <= kMaxFileBytes, ErrorKind::data, "{}: the file is larger than {}",
        path.string(), human_bytes(kMaxFileBytes));
  return read_dicom(file.bytes(), path.string(), options);
}

DicomInfo read_dicom_info(std::span<const std::byte> bytes, const std::string& name,
                          const ReserveMemory& reserve) {
  DicomFile file;
  parse_dicom(bytes, name, file, {}, reserve);
  return read_info(file, name, 0);
}

DicomIdentity read_dicom_identity(std::span<const std::byte> bytes, const std::string& name) {
  DicomFile file;
  parse_dicom(bytes, name, file, kStudy);
  return {file.elements->text(kPatientId), file.elements->text(kStudy)};
}

DicomInfo read_dicom_frames(
    std::span<const std::byte> bytes, const std::string& name,
    const std::function<void(const DicomInfo& info, const DeepImage& pixels)>& take) {
  DicomFile file;
  parse_dicom(bytes, name, file);
  DicomInfo info = read_info(file, name, 0);
  check_has_frames(*file.elements, info, name);
  for (std::int64_t frame = 0; frame < info.frames; ++frame) {
    take(info, decode_dicom_frame(*file.elements, info, frame, name));
  }
  return info;
}

bool looks_like_dicom(std::span<const std::byte> bytes) {
  return bytes.size() > 132 && std::memcmp(bytes.data() + 128, "DICM", 4) == 0;
}

}  // namespace attune
