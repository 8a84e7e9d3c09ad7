#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// For tests: writes a WAV file of 16-bit samples.
inline void write_sound(const fs::path& path, std::span<const float> samples,
                        std::uint32_t rate = 16000) {
  const auto little = [](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  };
  const auto size = static_cast<std::uint32_t>(samples.size() * 2);
  std::string bytes = "RIFF" + little(36 + size, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) +
                      little(1, 2) + little(rate, 4) + little(rate * 2, 4) + little(2, 2) +
                      little(16, 2) + "data" + little(size, 4);
  for (const float x : samples) {
    const auto value = static_cast<std::int32_t>(std::lround(std::min(x, 0.99997f) * 32768));
    bytes += little(static_cast<std::uint32_t>(value), 2);
  }
  make_directories(path.parent_path());
  write_file_atomically(path, bytes);
}

/// A tone of so many seconds; each `pitch` is another recording.
inline std::vector<float> tone(double seconds, int pitch = 0, std::uint32_t rate = 16000) {
  std::vector<float> samples(static_cast<std::size_t>(std::lround(seconds * rate)));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<float>(0.3 * std::sin((0.05 + 0.01 * pitch) * static_cast<double>(i)));
  }
  return samples;
}

}  // namespace attune
