#include <algorithm>
#include <cctype>
#include <cmath>

#include "attune/media/image/codecs/formats.h"

namespace attune::image_formats {
namespace {

// Netpbm's PBM, PGM and PPM, plain and raw (netpbm.sourceforge.net/doc/pbm.html, pgm.html,
// ppm.html). Of several pictures in a file the first.

constexpr int kWhite8 = 255;

struct PnmHeader {
  int kind = 0;  ///< the digit behind "P"
  std::int64_t height = 0, width = 0;
  std::int32_t most = 1;    ///< the value that is white
  std::size_t samples = 0;  ///< where they begin

  bool is_bitmap() const { return kind == 1 || kind == 4; }
  bool is_plain() const { return kind <= 3; }
  bool is_deep() const { return most > kWhite8; }
  std::int64_t channels() const { return kind == 3 || kind == 6 ? 3 : 1; }
  std::int64_t count() const { return height * width * channels(); }
};

/// Numbers in text, with white space and comments between them.
class PnmText {
 public:
  PnmText(const Source& source, std::size_t at) : source_(source), at_(at) {}

  std::size_t position() const { return at_; }

  std::int32_t number(std::int32_t most) {
    skip_space();
    source_.check(at_ < source_.size(), "the PNM is cut off");
    std::int64_t value = 0;
    const std::size_t begin = at_;
    while (at_ < source_.size() && std::isdigit(source_.data()[at_]) != 0 && value <= most) {
      value = 10 * value + (source_.data()[at_++] - '0');
    }
    source_.check(at_ > begin && value <= most,
                  "the PNM is damaged: expected a number up to {} at byte {}", most, begin);
    return static_cast<std::int32_t>(value);
  }

  /// A digit of a plain bitmap: they need no space between them.
  int bit() {
    skip_space();
    source_.check(at_ < source_.size(), "the PNM is cut off");
    const int digit = source_.data()[at_++] - '0';
    source_.check(digit == 0 || digit == 1, "the PNM is damaged: expected 0 or 1 at byte {}",
                  at_ - 1);
    return digit;
  }

 private:
  void skip_space() {
    for (; at_ < source_.size(); ++at_) {
      if (source_.data()[at_] == '#') {
        while (at_ < source_.size() && source_.data()[at_] != '\n') ++at_;
      } else if (std::isspace(source_.data()[at_]) == 0) {
        return;
      }
    }
  }

  const Source& source_;
  std::size_t at_;
};

PnmHeader read_pnm_header(const Source& source) {
  PnmHeader header;
  header.kind = source.data()[1] - '0';
  PnmText text(source, 2);
  constexpr std::int32_t kMostSide = 100'000'000;
  header.width = text.number(kMostSide);
  header.height = text.number(kMostSide);
  source.check_size(header.height, header.width);
  if (!header.is_bitmap()) {
    header.most = text.number(65535);
    source.check(header.most > 0, "the PNM is damaged: its largest value is 0");
  }
  header.samples = text.position() + 1;  // one byte of white space
  // Before anything is allocated: a plain sample has a digit at least.
  const std::int64_t row = (header.width + 7) / 8;
  const bool is_wide = header.is_deep() && !header.is_plain();
  const std::int64_t bytes =
      header.kind == 4 ? row * header.height : (is_wide ? 2 : 1) * header.count();
  const auto left =
      static_cast<std::int64_t>(source.size()) - static_cast<std::int64_t>(header.samples);
  source.check(left >= bytes, "the PNM is cut off: {} x {} pixels need {} bytes, {} are there",
               header.width, header.height, bytes, std::max<std::int64_t>(left, 0));
  return header;
}

ImageInfo info_of(const PnmHeader& header) {
  return {.height = header.height,
          .width = header.width,
          .color = header.channels() == 3 ? ColorModel::rgb : ColorModel::grey,
          .bits = header.is_bitmap() ? 1 : (header.is_deep() ? 16 : 8),
          .white = header.is_deep() ? header.most : 65535};
}

/// Every sample in order, 0 to `header.most`; of a bitmap 0 and 1, where 1 is white.
template <typename Take>
void read_pnm(const Source& source, const PnmHeader& header, const Take& take) {
  const std::uint8_t* const raw = source.data() + header.samples;
  PnmText text(source, header.samples);
  for (std::int64_t i = 0; i < header.count(); ++i) {
    if (header.is_bitmap()) {
      // PBM calls ink 1.
      const std::int64_t x = i % header.width, row = i / header.width * ((header.width + 7) / 8);
      take(i, 1 - (header.is_plain() ? text.bit() : raw[row + x / 8] >> (7 - x % 8) & 1));
    } else if (header.is_plain()) {
      take(i, text.number(header.most));
    } else {
      const int value = header.is_deep() ? raw[2 * i] << 8 | raw[2 * i + 1] : raw[i];
      take(i, std::min<std::int32_t>(value, header.most));
    }
  }
}

}  // namespace

ImageInfo probe_pnm(const Source& source) {
  return info_of(read_pnm_header(source));
}

DecodedImage decode_pnm(const Source& source) {
  const PnmHeader header = read_pnm_header(source);
  const ImageInfo info = info_of(header);
  if (header.is_deep()) {
    DeepImage image(info.height, info.width, info.channels());
    read_pnm(source, header, [&](std::int64_t i, std::int32_t value) {
      image.samples[static_cast<std::size_t>(i)] = value;
    });
    return {info, std::move(image)};
  }
  Image image(info.height, info.width, info.channels());
  read_pnm(source, header, [&](std::int64_t i, std::int32_t value) {
    // Half to even, as Pillow's PpmDecoder rounds.
    image.samples[static_cast<std::size_t>(i)] =
        static_cast<std::uint8_t>(std::nearbyint(value / double(header.most) * kWhite8));
  });
  return {info, std::move(image)};
}

}  // namespace attune::image_formats
