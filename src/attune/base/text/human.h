#pragma once

#include <string>

namespace attune {

/// `"1234567"` -> `"1,234,567"`.
std::string with_thousands(long long value);
/// Bytes for people: `"1.5 GiB"`.
std::string human_bytes(unsigned long long bytes);
/// Seconds for people: `"2m 05s"`; `"?"` where they are negative or not finite.
std::string human_duration(double seconds);

}  // namespace attune
