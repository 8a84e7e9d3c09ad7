#include "attune/tasks/speech_recognition/subtitles.h"

#include <vector>

#include "attune/base/files.h"
#include "attune/media/text/subtitles/cues.h"
#include "attune/media/text/subtitles/subtitle_file.h"

namespace attune {

bool is_subtitle_file(const std::string& file) {
  const std::string ending = fs::path(file).extension().string();
  return ending == ".srt" || ending == ".vtt";
}

void write_subtitles(const std::string& file, const Json& answer) {
  std::vector<SpokenWord> words;
  for (const Json& word : answer.at("words")) {
    if (word.at("start").is_null()) continue;  // written and not said
    words.push_back({.text = word.at("text").get<std::string>(),
                     .begin = word.at("start").get<double>(),
                     .end = word.at("end").get<double>()});
  }
  const bool is_srt = fs::path(file).extension() == ".srt";
  write_file_atomically(
      file, subtitle_file(lay_out_cues(words), is_srt ? SubtitleFormat::srt : SubtitleFormat::vtt));
}

}  // namespace attune
