#include "attune/data/audio/recordings/recording_finder.h"

#include <utility>

#include "attune/data/audio/recordings/recording_files.h"

namespace attune {
namespace {

/// Asking for each ending takes long where a table names hundreds of thousands.
std::string recording_without_ending(const fs::path& path) {
  if (is_recording_file(path)) return "";
  return recording_named(path.parent_path(), path.filename().string());
}

}  // namespace

FileFinder recording_finder(fs::path root) {
  return {std::move(root),
          {.one = "recording",
           .many = "recordings",
           .suffix = {},
           .list = find_recordings,
           .without_ending = recording_without_ending,
           .near = {},
           .advice = "; --root says in which folder the names begin"}};
}

}  // namespace attune
