#include "attune/data/audio/recordings/recording_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "attune/base/text/strings.h"
#include "attune/data/folder_files.h"

namespace attune {
namespace {

constexpr std::array<std::string_view, 14> kRecordingEndings = {
    ".wav", ".flac", ".mp3", ".ogg", ".opus", ".oga", ".aiff",
    ".aif", ".aifc", ".au",  ".w64", ".caf",  ".sph", ".nist"};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

std::span<const std::string_view> recording_endings() {
  return kRecordingEndings;
}

bool is_recording_file(const fs::path& file) {
  const std::string ending = to_lower_ascii(file.extension().string());
  return std::ranges::find(kRecordingEndings, ending) != kRecordingEndings.end();
}

std::vector<std::string> find_recordings(const fs::path& root) {
  std::vector<std::string> files = files_below(root);
  std::erase_if(files, [](const std::string& file) { return !is_recording_file(file); });
  return files;
}

std::string recording_named(const fs::path& folder, const std::string& stem) {
  if (is_recording_file(stem) && is_there(folder / stem)) return (folder / stem).string();
  for (const std::string_view ending : kRecordingEndings) {
    std::string large(ending);
    if (is_there(folder / (stem + large))) return (folder / (stem + large)).string();
    for (char& c : large) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (is_there(folder / (stem + large))) return (folder / (stem + large)).string();
  }
  return "";
}

}  // namespace attune
