#include "attune/data/audio/found_clips.h"

#include <utility>

namespace attune {

void FoundClips::add(FoundClips more) {
  const auto offset = static_cast<std::int32_t>(files.size());
  for (FoundClip& clip : more.clips) {
    if (clip.example.file >= 0) clip.example.file += offset;
    clips.push_back(std::move(clip));
  }
  for (std::string& file : more.files) files.push_back(std::move(file));
  if (group_note.empty()) group_note = std::move(more.group_note);
}

}  // namespace attune
