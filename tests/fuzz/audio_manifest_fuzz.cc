// Tables of recordings from hostile bytes: no crash, every clip has a problem or a file under the
// root, times in order.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

#include "attune/base/error.h"
#include "attune/data/audio/audio_manifest.h"
#include "attune/data/readers/csv.h"
#include "attune/data/readers/jsonl.h"

namespace {

/// A folder with a file that tables may name: a.wav.
const std::string& root() {
  static const std::string folder = [] {
    const auto path = attune::fs::temp_directory_path() /
                      ("attune-audio-manifest-fuzz-" + std::to_string(getpid()));
    attune::make_directories(path);
    attune::write_file_atomically(path / "a.wav", "x");
    return path.string();
  }();
  return folder;
}

std::unique_ptr<attune::RowReader> open(bool is_json, std::string_view text) {
  auto source = attune::open_memory(text, "fuzz");
  if (is_json) return attune::open_jsonl(std::move(source));
  return attune::open_csv(std::move(source), {.usual_delimiter = ','});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  attune::AudioTableOptions options;
  options.root = root();
  options.has_transcripts = (data[0] & 2) != 0;
  if ((data[0] & 4) != 0) options.columns.split_column = "split";
  if ((data[0] & 8) != 0) options.columns.speaker_column = "speaker";
  try {
    const auto rows = open((data[0] & 1) != 0, text);
    const attune::FoundClips found = attune::read_audio_rows(*rows, "fuzz", options);
    for (const attune::FoundClip& clip : found.clips) {
      if (!clip.problem.empty()) continue;
      const attune::AudioExample& example = clip.example;
      if (!example.path.starts_with(root() + "/")) std::abort();
      if (example.path.find("..") != std::string::npos) std::abort();
      if (example.begin < 0 || (example.end && *example.end <= example.begin)) std::abort();
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
