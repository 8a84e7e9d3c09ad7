#include "attune/data/image/pictures/picture_reader.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <fstream>
#include <new>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/log.h"

namespace attune {
namespace {

// A whole-body CT of NIfTI fits; anything larger is no picture.

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

template <typename Sample>
Raster<Sample> repeated(const Raster<Sample>& grey) {
  Raster<Sample> result(grey.height, grey.width, 3);
  for (std::size_t i = 0; i < grey.samples.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) result.samples[3 * i + c] = grey.samples[i];
  }
  return result;
}

Image luma(const Image& image) {
  DecodedImage decoded;
  decoded.info = {.height = image.height, .width = image.width, .color = ColorModel::rgb};
  // As decoded files are converted: colours become the same grey wherever they come from.
  decoded.samples = image;
  return convert_grey(std::move(decoded));
}

FloatImage luma(const FloatImage& image) {
  FloatImage result(image.height, image.width, 1);
  for (std::size_t i = 0; i < result.samples.size(); ++i) {
    const float* rgb = image.samples.data() + 3 * i;
    // ITU-R 601-2, as Pillow's convert("L"); deep pictures are not rounded to whole levels.
    result.samples[i] = 0.299F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2];
  }
  return result;
}

/// What `show` makes of a file's content; its errors are of options, and do not name the file.
template <typename Show>
auto named(const std::string& name, const Show& show) -> decltype(show()) {
  try {
    return show();
  } catch (const Error& error) {
    fail(error.kind(), "{}: {}", name, error.what());
  }
}

const std::shared_ptr<MemoryBudget>& budget_of(const PictureOptions& options) {
  return options.memory ? options.memory : MemoryBudget::standard();
}

/// Plainly `width` values around `center`, as VoiFunction::linear_exact: only DICOM has the half
/// values of its LINEAR.
std::optional<ValueRange> range_of(const std::optional<DicomWindow>& window) {
  if (!window) return std::nullopt;
  return ValueRange{window->center - window->width / 2, window->center + window->width / 2};
}

/// Once: a data set that a script wrote without a header has thousands of such files.
void warn_of_missing_affine(const std::string& name) {
  static std::atomic<bool> is_told = false;
  if (is_told.exchange(true)) return;
  log_warning(
      "{}: the file does not say how the volume lies (sform and qform codes are 0); such files are "
      "read as nibabel reads them, x from right to left (LAS)",
      name);
}

FloatImage slice_of(std::span<const std::byte> bytes, const std::string& name,
                    const PictureOptions& options, const ReserveMemory& reserve) {
  const NiftiVolume volume = read_nifti(bytes, name, reserve);
  if (volume.affine_source == AffineSource::none) warn_of_missing_affine(name);
  check(volume.channels == 1 || options.frame.has_value(), ErrorKind::data,
        "{}: the file has {} volumes (time points), expected one; choose one, from 0, with "
        "--frame-index (task medical-image-classification)",
        name, volume.channels);
  SliceOptions slice = options.slice;
  slice.channel = options.frame.value_or(0);
  slice.window = range_of(options.window);
  return named(name, [&] { return nifti_slice(volume, slice); });
}

}  // namespace

std::optional<config::Trait> picture_trait(const std::string& path) {
  if (path.empty()) return kPlainPictures;
  std::array<char, 512> bytes = {};
  std::size_t count = 0;
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) {  // a FIFO would be waited for
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), bytes.size());
    count = static_cast<std::size_t>(file.gcount());
  }
  const auto first = std::as_bytes(std::span(bytes).first(count));
  switch (expect_picture_format(first, path)) {
    case PictureFormat::dicom:
      return kDicomPictures;
    case PictureFormat::nifti:
      return kVolumes;
    case PictureFormat::image:
      break;
  }
  try {
    return PictureFile(path).is_deep() ? kDeepPictures : kPlainPictures;
  } catch (const Error&) {
    return {};
  }
}

std::string mode_name(const PictureMode& mode) {
  return fmt::format("{}{}", color_model_name(mode.color), mode.is_deep ? " of 16 bits" : "");
}

PictureFile::PictureFile(const fs::path& path)
    : name_(path.string()), bytes_(read_file(path, kMaxPictureBytes)) {
  check(!bytes_.empty(), ErrorKind::data, "{}: the file is empty", name_);
  // By content: DICOM files often have no ending, and downloads a wrong one.
  format_ = expect_picture_format(bytes_of(bytes_), name_);
}

ReadPicture PictureFile::read(const PictureOptions& options, DecodeOptions part) const {
  MemoryShare memory(budget_of(options));
  // The file's own bytes are in memory, too.
  memory.take(bytes_.size(), name_);
  try {
    return read_known(options, part, [&](std::uint64_t bytes) { memory.take(bytes, name_); });
    // Sizes are capped, but several threads decode at once, and a picture too many is no reason to
    // end without a name.
  } catch (const std::bad_alloc&) {
    fail(ErrorKind::data, "{}: there is not enough memory to decode it", name_);
  }
}

ReadPicture PictureFile::read_known(const PictureOptions& options, DecodeOptions part,
                                    const ReserveMemory& reserve) const {
  const auto bytes = bytes_of(bytes_);
  if (format_ == PictureFormat::dicom) {
    const DicomImage image = read_dicom(bytes, name_, {.frame = options.frame, .reserve = reserve});
    const auto shown = [&] {
      return attune::to_picture(image, {.window = options.window, .prefer = options.prefer});
    };
    return {.picture = with_channels(named(name_, shown), options.channels),
            .is_mislabelled = has_image_extension(name_)};
  }
  if (format_ == PictureFormat::nifti) {
    return {.picture = with_channels(slice_of(bytes, name_, options, reserve), options.channels),
            .is_mislabelled = has_image_extension(name_)};
  }
  part.apply_orientation = options.apply_orientation;
  part.reserve = reserve;
  DecodedImage decoded = decode_image(bytes, name_, part);
  const ImageInfo info = decoded.info;
  return named(name_, [&]() -> ReadPicture {
    return {.picture =
                attune::to_picture(std::move(decoded), options.channels, range_of(options.window)),
            .is_mislabelled = info.mislabelled,
            .mode = PictureMode{info.color, info.bits > 8}};
  });
}

bool PictureFile::is_deep() const {
  return format_ != PictureFormat::image || probe_image(bytes_of(bytes_), name_).bits > 8;
}

Size PictureFile::shown_size(const PictureOptions& options) const {
  MemoryShare memory(budget_of(options));
  return known_size(options, [&](std::uint64_t bytes) { memory.take(bytes, name_); });
}

Size PictureFile::known_size(const PictureOptions& options, const ReserveMemory& reserve) const {
  const auto bytes = bytes_of(bytes_);
  if (format_ == PictureFormat::dicom) {
    const DicomInfo info = read_dicom_info(bytes, name_, reserve);
    return {info.height, info.width};
  }
  // The slice's size depends on the plane that it lies in: it is taken rather than worked out
  // again.
  if (format_ == PictureFormat::nifti) return slice_of(bytes, name_, options, reserve).size();
  const ImageInfo info = probe_image(bytes, name_);
  return options.apply_orientation ? info.shown_size() : Size{info.height, info.width};
}

Picture read_picture(const ImageDataset& dataset, std::int64_t example,
                     const PictureOptions& options) {
  const ImageExample& item = dataset.examples[static_cast<std::size_t>(example)];
  if (item.block < 0) return PictureFile(item.path).decode(options);
  return with_channels(dataset.blocks[static_cast<std::size_t>(item.block)].image(item.index),
                       options.channels);
}

Picture with_channels(Picture picture, std::int64_t channels) {
  return std::visit(
      [channels](auto image) -> Picture {
        check((image.channels == 1 || image.channels == 3) && (channels == 1 || channels == 3),
              ErrorKind::internal, "a picture of {} channels cannot become one of {}",
              image.channels, channels);
        if (image.channels == channels) return image;
        return channels == 3 ? Picture(repeated(image)) : Picture(luma(image));
      },
      std::move(picture));
}

Size size_of(const Picture& picture) {
  return std::visit([](const auto& image) { return image.size(); }, picture);
}

std::string pixel_hash(const Picture& picture) {
  return std::visit(
      [](const auto& image) {
        Hasher hasher(HashAlgorithm::sha256);
        // The shape too: a row of eight pixels and a square of the same samples are different
        // pictures.
        const std::array<std::int64_t, 3> shape = {image.height, image.width, image.channels};
        hasher.update(std::as_bytes(std::span(shape)));
        hasher.update(std::as_bytes(std::span(image.samples)));
        return hasher.hex_digest();
      },
      picture);
}

}  // namespace attune
