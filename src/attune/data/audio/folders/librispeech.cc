#include "attune/data/audio/folders/librispeech.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/data/audio/folders/numbered_lines.h"
#include "attune/data/audio/recordings/recording_files.h"

namespace attune {
namespace {

constexpr std::string_view kTranscripts = ".trans.txt";

FoundClips read_chapter(const fs::path& file, const AudioTableOptions& options) {
  FoundClips found{.clips = {}, .files = {file.string()}, .group_note = {}};
  for (const NumberedLine& line : read_numbered_lines(file, options.encoding)) {
    FoundClip clip{.example = {}, .problem = line.problem};
    AudioExample& example = clip.example;
    const auto [id, text] = line.key_and_rest();
    example.file = 0;
    example.line = line.number;
    example.text = text;
    example.group = id.substr(0, id.find('-'));
    if (clip.problem.empty() && id.find_first_of("/\\") == id.npos) {
      example.path = recording_named(file.parent_path(), std::string(id));
    }
    if (clip.problem.empty() && example.path.empty()) {
      clip.problem = fmt::format("there is no recording {} beside it", id);
    }
    found.clips.push_back(std::move(clip));
  }
  return found;
}

}  // namespace

bool is_librispeech(std::span<const std::string> files) {
  return std::ranges::any_of(files,
                             [](const std::string& file) { return file.ends_with(kTranscripts); });
}

FoundClips read_librispeech(std::span<const std::string> files, const AudioTableOptions& options) {
  FoundClips found;
  for (const std::string& file : files) {
    if (file.ends_with(kTranscripts)) found.add(read_chapter(file, options));
  }
  found.group_note = "speakers are those of LibriSpeech's IDs";
  return found;
}

}  // namespace attune
