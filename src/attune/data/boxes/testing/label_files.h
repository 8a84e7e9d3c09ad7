#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "attune/base/files.h"
#include "attune/base/rng.h"
#include "attune/media/image/encode.h"

namespace attune {

/// For tests: writes a file and the folders that it lies in.
inline void write_label_file(const fs::path& path, std::string_view text) {
  make_directories(path.parent_path());
  write_file_atomically(path, text);
}

/// For tests: a PNG file of noise; each `seed` is another picture.
inline void write_picture(const fs::path& path, std::int64_t height, std::int64_t width,
                          std::uint64_t seed = 1) {
  Image image(height, width, 3);
  const Rng rng(seed, "picture");
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(rng.below(i / 4, 256));
  }
  write_label_file(path, encode_png(image));
}

}  // namespace attune
