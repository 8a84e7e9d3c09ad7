#include "attune/data/audio/folders/ljspeech.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/data/audio/folders/numbered_lines.h"
#include "attune/data/audio/recordings/recording_files.h"

namespace attune {
namespace {

/// The recording of an ID, which may stand in wavs/ or beside the table.
std::string recording_of(const fs::path& folder, const std::string& id) {
  // IDs come from elsewhere: they name files, not ways out.
  if (id.find('/') != std::string::npos || id.find('\\') != std::string::npos) return "";
  for (const char* const place : {"wavs", "wav", "."}) {
    std::string path =
        recording_named(place == std::string_view(".") ? folder : folder / place, id);
    if (!path.empty()) return path;
  }
  return "";
}

}  // namespace

bool is_ljspeech_table(const fs::path& table) {
  std::error_code ignored;
  if (table.filename() != "metadata.csv" || !fs::is_regular_file(table, ignored)) return false;
  ReaderOptions options;
  options.format = TableFormat::txt;
  const auto rows = open_rows(table, options);
  Row row;
  if (!rows->next(row) || !row.problem.empty()) return false;
  const std::vector<std::string> fields = split(row.cells.front(), '|');
  // With a bar too, a header of usual names makes it a table.
  constexpr std::array<std::string_view, 3> kHeaders = {"file_name", "path", "audio"};
  return fields.size() >= 2 && fields.size() <= 4 &&
         std::ranges::find(kHeaders, fields.front()) == kHeaders.end();
}

FoundClips read_ljspeech(const fs::path& table, const AudioTableOptions& options) {
  FoundClips found{.clips = {}, .files = {table.string()}, .group_note = {}};
  fs::path folder = options.root.empty() ? table.parent_path() : options.root;
  if (folder.empty()) folder = ".";
  for (const NumberedLine& line : read_numbered_lines(table, options.encoding)) {
    FoundClip clip{.example = {}, .problem = line.problem};
    const std::vector<std::string> fields = split(line.text, '|');
    clip.example.file = 0;
    clip.example.line = line.number;
    if (clip.problem.empty() && fields.size() < 2) {
      clip.problem = "expected id|text or id|text|normalised text";
    } else if (clip.problem.empty()) {
      const std::string id(trim(fields[0]));
      clip.example.path = recording_of(folder, id);
      clip.example.text = fields[1];
      if (fields.size() > 2 && !trim(fields[2]).empty()) clip.example.text = fields[2];
      if (clip.example.path.empty()) {
        clip.problem =
            fmt::format("there is no recording of \"{}\" in {}", id, (folder / "wavs").string());
      }
    }
    found.clips.push_back(std::move(clip));
  }
  return found;
}

}  // namespace attune
