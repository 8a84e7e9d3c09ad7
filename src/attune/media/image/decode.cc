#include "attune/media/image/decode.h"

#include <algorithm>
#include <array>

#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/media/image/codecs/formats.h"
#include "attune/media/image/geometry.h"

namespace attune {

using image_formats::Source;

namespace {

struct Format {
  ImageFormat format;
  std::string_view name;
  ImageInfo (*probe)(const Source&);
  DecodedImage (*decode)(const Source&);
};

constexpr Format kFormats[] = {
    {ImageFormat::jpeg, "JPEG", image_formats::probe_jpeg, image_formats::decode_jpeg},
    {ImageFormat::png, "PNG", image_formats::probe_png, image_formats::decode_png},
    {ImageFormat::webp, "WebP", image_formats::probe_webp, image_formats::decode_webp},
    {ImageFormat::tiff, "TIFF", image_formats::probe_tiff, image_formats::decode_tiff},
    {ImageFormat::bmp, "BMP", image_formats::probe_bmp, image_formats::decode_bmp},
    {ImageFormat::gif, "GIF", image_formats::probe_gif, image_formats::decode_gif},
    {ImageFormat::pnm, "PNM", image_formats::probe_pnm, image_formats::decode_pnm},
};

constexpr std::pair<std::string_view, ImageFormat> kExtensions[] = {
    {".jpg", ImageFormat::jpeg},  {".jpeg", ImageFormat::jpeg}, {".jpe", ImageFormat::jpeg},
    {".jfif", ImageFormat::jpeg}, {".png", ImageFormat::png},   {".webp", ImageFormat::webp},
    {".tif", ImageFormat::tiff},  {".tiff", ImageFormat::tiff}, {".bmp", ImageFormat::bmp},
    {".gif", ImageFormat::gif},   {".pbm", ImageFormat::pnm},   {".pgm", ImageFormat::pnm},
    {".ppm", ImageFormat::pnm},   {".pnm", ImageFormat::pnm},
};

std::optional<ImageFormat> format_of_extension(std::string_view name) {
  const std::string lower = to_lower_ascii(name.substr(std::min(name.rfind('.'), name.size())));
  for (const auto& [extension, format] : kExtensions) {
    if (lower == extension) return format;
  }
  return std::nullopt;
}

const Format& find_format(const Source& source) {
  source.check(!source.bytes.empty(), "the file is empty; expected a picture");
  const auto found = detect_image_format(source.bytes);
  source.check(found.has_value(),
               "not a picture attune reads: its first bytes are of none of JPEG, PNG, WebP, TIFF, "
               "BMP, GIF and PGM/PPM");
  return *std::find_if(std::begin(kFormats), std::end(kFormats),
                       [&](const Format& format) { return format.format == *found; });
}

void note_name(ImageInfo& info, const Source& source, ImageFormat format) {
  info.format = format;
  const auto named = format_of_extension(source.name);
  info.mislabelled = named && *named != format;
}

/// What the picture takes, from its headers alone: of a file of a few kilobytes it may be
/// gigabytes.
void check_memory(const Source& source, const ImageInfo& info) {
  const auto pixels = static_cast<std::uint64_t>(info.height * info.width);
  const std::uint64_t stored_bits =
      pixels * static_cast<std::uint64_t>((info.palette ? 1 : info.channels()) * info.bits);
  const std::uint64_t most = expansion_limit(source.size(), UINT64_MAX);
  source.check(stored_bits / 8 <= most,
               "the picture of {} x {} pixels is {} in a file of {}: the file is cut off, or a "
               "decompression bomb (more than {} times a file is refused from {} on)",
               with_thousands(info.width), with_thousands(info.height),
               human_bytes(stored_bits / 8), human_bytes(source.size()), kMostExpansion,
               human_bytes(kFreeExpansion));
  if (!source.options.reserve) return;
  // Samples as they are decoded, turned by their orientation and converted: at most two of these at
  // once. Deep ones are 16 bits, then an integer, then a float.
  const auto channels = static_cast<std::uint64_t>(std::max<std::int64_t>(3, info.channels()));
  source.options.reserve(pixels * channels * (info.bits > 8 ? 8 : 2));
}

}  // namespace

void Source::check_size(std::int64_t height, std::int64_t width) const {
  check(height >= 1 && width >= 1, "the picture is {} x {} pixels; expected at least 1 x 1", width,
        height);
  check(height <= options.max_side && width <= options.max_side &&
            height <= options.max_pixels / width,
        "the picture is {} x {} pixels; the limit is {} a side and {} in all (a guard against "
        "decompression bombs): shrink the file first",
        with_thousands(width), with_thousands(height), with_thousands(options.max_side),
        with_thousands(options.max_pixels));
}

std::string_view format_name(ImageFormat format) {
  return kFormats[static_cast<std::size_t>(format)].name;
}

std::string_view color_model_name(ColorModel model) {
  constexpr std::string_view kNames[] = {"grey", "grey+alpha", "RGB", "RGB+alpha", "CMYK"};
  return kNames[static_cast<std::size_t>(model)];
}

std::int64_t channel_count(ColorModel model) {
  constexpr std::int64_t kCounts[] = {1, 2, 3, 4, 4};
  return kCounts[static_cast<std::size_t>(model)];
}

Size ImageInfo::shown_size() const {
  return orientation >= 5 ? Size{width, height} : Size{height, width};
}

std::optional<ImageFormat> detect_image_format(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  using namespace std::literals;
  // A JPEG starts with SOI and the first byte of the next marker (T.81, B.1.1); JFIF and EXIF
  // headers are not required.
  if (text.starts_with("\xff\xd8\xff"sv)) return ImageFormat::jpeg;
  if (text.starts_with("\x89PNG\r\n\x1a\n"sv)) return ImageFormat::png;
  if (text.size() >= 12 && text.starts_with("RIFF"sv) && text.substr(8, 4) == "WEBP"sv) {
    return ImageFormat::webp;
  }
  // Classic TIFF has version 42 ("*"), BigTIFF 43 ("+").
  for (const auto& magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (text.starts_with(magic)) return ImageFormat::tiff;
  }
  if (text.starts_with("GIF87a"sv) || text.starts_with("GIF89a"sv)) return ImageFormat::gif;
  // P1 to P6, of which white space ends the number.
  constexpr std::string_view kSpace = " \t\n\r#";
  if (text.size() >= 3 && text[0] == 'P' && text[1] >= '1' && text[1] <= '6' &&
      kSpace.find(text[2]) != kSpace.npos) {
    return ImageFormat::pnm;
  }
  // Last: two letters are how other files begin too.
  if (text.starts_with("BM"sv)) return ImageFormat::bmp;
  return std::nullopt;
}

std::span<const std::string_view> image_extensions() {
  static const auto kNames = [] {
    std::array<std::string_view, std::size(kExtensions)> names;
    std::ranges::transform(kExtensions, names.begin(),
                           [](const auto& entry) { return entry.first; });
    return names;
  }();
  return kNames;
}

bool has_image_extension(std::string_view name) {
  return format_of_extension(name).has_value();
}

ImageInfo probe_image(std::span<const std::byte> bytes, const std::string& name,
                      const DecodeOptions& options) {
  const Source source{bytes, name, options};
  const Format& format = find_format(source);
  ImageInfo info = format.probe(source);
  note_name(info, source, format.format);
  return info;
}

DecodedImage decode_image(std::span<const std::byte> bytes, const std::string& name,
                          const DecodeOptions& options) {
  const Source source{bytes, name, options};
  const Format& format = find_format(source);
  check_memory(source, format.probe(source));
  DecodedImage decoded = format.decode(source);
  note_name(decoded.info, source, format.format);
  if (options.apply_orientation && decoded.info.orientation != 1) {
    std::visit(
        [&](auto& raster) {
          raster = apply_orientation(std::move(raster), decoded.info.orientation);
        },
        decoded.samples);
  }
  return decoded;
}

}  // namespace attune
