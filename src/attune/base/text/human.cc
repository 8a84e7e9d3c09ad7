#include "attune/base/text/human.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>

namespace attune {

std::string with_thousands(long long value) {
  // As unsigned: the smallest number has no opposite.
  const auto bits = static_cast<unsigned long long>(value);
  std::string digits = std::to_string(value < 0 ? 0 - bits : bits);
  for (auto i = static_cast<long long>(digits.size()) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<std::size_t>(i), ",");
  }
  return value < 0 ? "-" + digits : digits;
}

std::string human_bytes(unsigned long long bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // What is more than 1023.95 would be rounded to "1024.0".
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string human_duration(double seconds) {
  if (!(seconds >= 0) || std::isinf(seconds)) return "?";
  if (seconds < 59.95) return fmt::format("{:.1f}s", seconds);  // what is more would be "60.0s"
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  return fmt::format("{}h {:02}m", whole / 3600, whole % 3600 / 60);
}

}  // namespace attune
