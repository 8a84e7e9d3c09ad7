#include "attune/data/audio/folders/common_voice.h"

#include <array>

#include "attune/base/error.h"

namespace attune {
namespace {

struct VoicePart {
  const char* table;
  GivenSplit split;
};
constexpr std::array<VoicePart, 3> kVoiceParts = {{{"train.tsv", GivenSplit::train},
                                                   {"dev.tsv", GivenSplit::validation},
                                                   {"test.tsv", GivenSplit::test}}};

bool has_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool has_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

}  // namespace

bool is_common_voice(const fs::path& folder) {
  return has_folder(folder / "clips") &&
         (has_file(folder / "train.tsv") || has_file(folder / "validated.tsv"));
}

FoundClips read_common_voice(const fs::path& folder, const AudioTableOptions& options) {
  AudioTableOptions table = options;
  table.root = folder / "clips";
  table.columns.split_column.clear();
  // Its tables quote nothing; sentences hold quotes of their own.
  if (table.columns.table.quote == QuoteStyle::automatic) {
    table.columns.table.quote = QuoteStyle::none;
  }
  if (!has_file(folder / "train.tsv")) return read_audio_table(folder / "validated.tsv", table);
  FoundClips found;
  for (const VoicePart& part : kVoiceParts) {
    if (!has_file(folder / part.table)) continue;
    FoundClips more = read_audio_table(folder / part.table, table);
    for (FoundClip& clip : more.clips) clip.example.split = part.split;
    found.add(std::move(more));
  }
  return found;
}

}  // namespace attune
