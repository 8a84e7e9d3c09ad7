#include "attune/cli/inspect_picture.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/media/image/decode.h"
#include "attune/media/medical/dicom/dicom.h"
#include "attune/media/medical/nifti.h"
#include "attune/media/picture_format.h"

namespace attune::cli {
namespace {

constexpr std::uint64_t kMaxBytes = 4ULL << 30;

std::vector<std::byte> first_bytes(const fs::path& path) {
  // Enough for every mark of a format: DICOM's stands at byte 128, NIfTI-1's at 344.
  std::array<char, 4096> buffer = {};
  std::ifstream stream(path, std::ios::binary);
  stream.read(buffer.data(), buffer.size());
  const auto bytes = std::as_bytes(std::span(buffer.data(), std::size_t(stream.gcount())));
  return {bytes.begin(), bytes.end()};
}

/// Two types for all formats, whatever the file stores: equal hashes mean equal values.
void update(Hasher& hasher, const DeepImage& image, bool is_8_bit) {
  if (!is_8_bit) return hasher.update(std::as_bytes(std::span(image.samples)));
  const std::vector<std::uint8_t> bytes(image.samples.begin(), image.samples.end());
  hasher.update(std::as_bytes(std::span(bytes)));
}

Json optional_text(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json describe_dicom(std::span<const std::byte> bytes, const std::string& name) {
  Hasher hasher(HashAlgorithm::sha256);
  bool is_8_bit = false;
  // Frame by frame: a long one is never decoded as a whole.
  const auto take = [&](const DicomInfo& info, const DeepImage& pixels) {
    is_8_bit = info.bits_allocated <= 8 && !info.is_signed;
    update(hasher, pixels, is_8_bit);
  };
  const DicomInfo info = read_dicom_frames(bytes, name, take);
  return {{"format", "DICOM"},
          {"transfer_syntax", info.transfer_syntax},
          {"transfer_syntax_name", info.transfer_syntax_name},
          {"height", info.height},
          {"width", info.width},
          {"channels", info.channels},
          {"frames", info.frames},
          {"bits", info.bits_stored},
          {"bits_allocated", info.bits_allocated},
          {"signed", info.is_signed},
          {"photometric_interpretation", info.photometric_interpretation},
          {"modality", optional_text(info.modality)},
          {"dtype", is_8_bit ? "uint8" : "int32"},
          {"sha256", hasher.hex_digest()}};
}

Json describe_image(std::span<const std::byte> bytes, const std::string& name) {
  // As stored: the hash is compared with other decoders', of which not all turn a picture by its
  // Exif.
  const DecodedImage decoded = decode_image(bytes, name, {.apply_orientation = false});
  const ImageInfo& info = decoded.info;
  const std::string hash = std::visit(
      [](const auto& image) { return sha256_hex(std::as_bytes(std::span(image.samples))); },
      decoded.samples);
  return {{"format", format_name(info.format)},
          {"height", info.height},
          {"width", info.width},
          {"channels", info.channels()},
          {"color", color_model_name(info.color)},
          {"frames", info.pages},
          {"bits", info.bits},
          {"orientation", info.orientation},
          {"mislabelled", info.mislabelled},
          {"dtype", decoded.deep() ? "int32" : "uint8"},
          {"sha256", hash}};
}

/// "LPS": to where the axes run; null where the affine does not say.
Json orientation_of(const NiftiVolume& volume) {
  try {
    return closest_canonical_axes(volume.affine, volume.size).codes();
  } catch (const Error&) {
    // What an inspection is for is to show such a file, not to refuse it; the affine stands beside.
    return nullptr;
  }
}

Json describe_nifti(std::span<const std::byte> bytes, const std::string& name) {
  const NiftiVolume volume = read_nifti(bytes, name);
  return {{"format", "NIfTI"},
          {"size", volume.size},
          {"volumes", volume.channels},
          {"dtype", nifti_type_name(volume.type)},
          {"slope", volume.slope},
          {"intercept", volume.intercept},
          {"affine", volume.affine},
          {"affine_from", affine_source_name(volume.affine_source)},
          {"orientation", orientation_of(volume)},
          {"sha256", sha256_hex(std::as_bytes(std::span(volume.data)))}};
}

}  // namespace

bool is_picture(const fs::path& path) {
  if (!fs::is_regular_file(path)) return false;
  const std::string name = path.string();
  return picture_format_of_name(name) || detect_picture_format(first_bytes(path), name);
}

Json describe_picture(const fs::path& path) {
  const std::string content = read_file(path, kMaxBytes);
  const auto bytes = std::as_bytes(std::span(content));
  const std::string name = path.string();
  const PictureFormat format = expect_picture_format(bytes, name);
  check(!bytes.empty(), ErrorKind::data, "{}: the file is empty; expected {}", name,
        picture_format_text(format));
  Json result = {{"path", name}};
  switch (format) {
    case PictureFormat::dicom:
      result.update(describe_dicom(bytes, name));
      break;
    case PictureFormat::nifti:
      result.update(describe_nifti(bytes, name));
      break;
    case PictureFormat::image:
      result.update(describe_image(bytes, name));
      break;
  }
  return result;
}

std::string picture_text(const Json& picture) {
  std::string text = picture.at("path").get<std::string>() + "\n";
  for (const auto& [key, value] : picture.items()) {
    if (key == "path" || value.is_null()) continue;
    std::string label = key;
    std::replace(label.begin(), label.end(), '_', ' ');
    text += fmt::format("  {:<26}  {}\n", label,
                        value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

}  // namespace attune::cli
