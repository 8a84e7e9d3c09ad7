#include "attune/pretrained/formats/safe_path.h"

#include "attune/base/text/strings.h"

namespace attune {

bool is_safe_relative_path(std::string_view path) {
  // A backslash or a ":" would separate folders or name a drive where the file system is one of
  // Windows'.
  for (const char byte : path) {
    const auto value = static_cast<unsigned char>(byte);
    if (value < 0x20 || value == 0x7f || byte == '\\' || byte == ':') return false;
  }
  for (const std::string& part : split(path, '/')) {
    // An empty part is a "/" in front, behind or twice: "/etc/passwd" is no more inside than
    // "../x".
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

}  // namespace attune
