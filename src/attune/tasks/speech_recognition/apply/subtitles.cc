#include "attune/tasks/speech_recognition/apply/subtitles.h"

#include "attune/base/files.h"
#include "attune/base/text/strings.h"
#include "attune/media/text/subtitles/subtitle_file.h"

namespace attune {
namespace {

std::string ending_of(const std::string& file) {
  return to_lower_ascii(fs::path(file).extension().string());
}

}  // namespace

bool is_subtitle_file(const std::string& file) {
  const std::string ending = ending_of(file);
  return ending == ".srt" || ending == ".vtt";
}

void write_subtitles(const std::string& file, std::span<const SpokenWord> words) {
  const bool is_srt = ending_of(file) == ".srt";
  write_file_atomically(
      file, subtitle_file(lay_out_cues(words), is_srt ? SubtitleFormat::srt : SubtitleFormat::vtt));
}

}  // namespace attune
