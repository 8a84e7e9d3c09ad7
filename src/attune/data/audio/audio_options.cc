#include "attune/data/audio/audio_options.h"

#include <fmt/format.h>

#include "attune/base/text/strings.h"

namespace attune {

bool is_annotation_file(const std::string& path) {
  const std::string ending = to_lower_ascii(fs::path(path).extension().string());
  return ending == ".textgrid" || ending == ".eaf" || ending == ".srt" || ending == ".vtt";
}

config::Trait source_trait(const AudioSource& source) {
  if (source.manifest.empty()) return kRecordingFolder;
  if (is_annotation_file(source.manifest)) return kAnnotation;
  return source_trait(fs::path(source.manifest)) == kJsonTable ? kJsonTable : kDelimitedTable;
}

void find_source_problems(const AudioSource& source, const char* folder_flag,
                          config::Problems& problems) {
  const bool has_manifest = !source.manifest.empty(), has_folder = !source.folder.empty();
  if (has_manifest == has_folder) {
    problems.add(fmt::format("{} of {} and --manifest is needed, got {}",
                             has_manifest ? "just one" : "one", folder_flag,
                             has_manifest ? "both" : "none"));
  }
  if (!source.recording.empty() && !is_annotation_file(source.manifest)) {
    problems.add(
        "--recording is what an annotation (.TextGrid, .eaf, .srt, .vtt) given as --manifest is "
        "of, and none is given");
  }
}

void AudioDataOptions::find_problems(config::Problems& problems) const {
  find_source_problems(training_source(), "--train-dir", problems);
  if (!validation_manifest.empty() && !validation_dir.empty()) {
    problems.add("--validation-manifest and --validation-dir are both given; one is enough");
  }
  if (!test_manifest.empty() && !test_dir.empty()) {
    problems.add("--test-manifest and --test-dir are both given; one is enough");
  }
  if (split.validation_split && (!validation_manifest.empty() || !validation_dir.empty())) {
    problems.add(
        "--validation-split holds out a part of the training data, and --validation-manifest or "
        "--validation-dir gives another; leave one of them out");
  }
  if (max_seconds && *max_seconds < min_seconds) {
    problems.add(fmt::format("--min-seconds {} is above --max-seconds {}: no clip would be left",
                             min_seconds, *max_seconds));
  }
}

}  // namespace attune
