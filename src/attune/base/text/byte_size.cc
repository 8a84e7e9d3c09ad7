#include "attune/base/text/byte_size.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

// IEC 80000-13: KiB, MiB and so on are powers of 1024, kB and MB of 1000.
constexpr std::array<std::pair<std::string_view, double>, 14> kSuffixes = {
    {{"", 1},
     {"b", 1},
     {"k", 1e3},
     {"kb", 1e3},
     {"kib", 1024},
     {"m", 1e6},
     {"mb", 1e6},
     {"mib", 1024.0 * 1024},
     {"g", 1e9},
     {"gb", 1e9},
     {"gib", 1024.0 * 1048576},
     {"t", 1e12},
     {"tb", 1e12},
     {"tib", 1048576.0 * 1048576}}};

}  // namespace

std::int64_t parse_byte_size(std::string_view text) {
  const std::string_view trimmed = trim(text);
  double number = -1;
  // from_chars does not depend on the locale, unlike strtod: "1.5" is read where the comma is
  // decimal, too.
  const auto [end, error] =
      std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
  const std::string unit =
      to_lower_ascii(trim(trimmed.substr(static_cast<std::size_t>(end - trimmed.data()))));
  for (const auto& [name, factor] : kSuffixes) {
    if (error != std::errc() || unit != name) continue;
    const double bytes = number * factor;
    // A double beyond INT64_MAX (some 9.22e18) has no defined value as an integer; NaN fails both.
    if (bytes >= 0 && bytes <= 9e18) return static_cast<std::int64_t>(std::floor(bytes));
  }
  fail(ErrorKind::user, "cannot read \"{}\" as a size; expected a number of bytes such as 512MiB",
       text);
}

}  // namespace attune
