#include "attune/data/audio/annotations/annotated_recording.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/data/audio/annotations/annotation.h"
#include "attune/data/audio/recordings/recording_files.h"
#include "attune/data/audio/recordings/recording_finder.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"

namespace attune {
namespace {

bool has_text(const AnnotatedPiece& piece) {
  return !is_blank_text(piece.text);
}

std::string find_recording(const fs::path& annotation, const Annotation& content,
                           const AnnotationOptions& options) {
  if (!options.recording.empty()) return options.recording;
  FileFinder files = recording_finder(table_root(annotation, options.root));
  for (const std::string& media : content.media) {
    // The annotation names videos and other machines' folders too.
    std::string name = media;
    std::replace(name.begin(), name.end(), '\\', '/');
    const fs::path path = name;
    if (!is_recording_file(path)) continue;
    for (const std::string& candidate : {name, path.filename().string()}) {
      try {
        return files.find(candidate);
      } catch (const RowProblem&) {
      }
    }
  }
  fs::path folder = annotation.parent_path();
  if (folder.empty()) folder = ".";
  std::string beside = recording_named(folder, annotation.stem().string());
  check(!beside.empty(), ErrorKind::data,
        "{}: there is no recording {} with .wav, .flac, .mp3 or another ending beside it; name it "
        "with --recording",
        annotation.string(), annotation.stem().string());
  return beside;
}

std::string tier_list(const std::vector<const AnnotationTier*>& tiers) {
  std::vector<std::string> parts;
  for (const AnnotationTier* const tier : tiers) {
    parts.push_back(fmt::format("\"{}\" ({} texts)", tier->name,
                                std::ranges::count_if(tier->pieces, has_text)));
  }
  return join(parts, ", ");
}

std::vector<const AnnotationTier*> chosen_tiers(const Annotation& content, const std::string& name,
                                                const std::vector<std::string>& wanted) {
  std::vector<const AnnotationTier*> filled;
  for (const AnnotationTier& tier : content.tiers) {
    if (std::ranges::any_of(tier.pieces, has_text)) filled.push_back(&tier);
  }
  check(!filled.empty(), ErrorKind::data, "{}: none of its pieces has a text", name);
  // Subtitles have no tiers to choose from.
  if (wanted.empty() || (content.tiers.size() == 1 && content.tiers.front().name.empty())) {
    check(filled.size() == 1, ErrorKind::user,
          "{}: several tiers have texts: {}; name those that hold transcripts with "
          "--annotation-tier",
          name, tier_list(filled));
    return filled;
  }
  std::vector<const AnnotationTier*> chosen;
  for (const std::string& tier : wanted) {
    const auto found = std::ranges::find_if(
        content.tiers, [&](const AnnotationTier& each) { return each.name == tier; });
    std::vector<std::string> names;
    for (const AnnotationTier& each : content.tiers) names.push_back(each.name);
    check(found != content.tiers.end(), ErrorKind::user,
          "{}: no tier \"{}\"{}; those with texts are {}", name, tier, did_you_mean(tier, names),
          tier_list(filled));
    chosen.push_back(&*found);
  }
  return chosen;
}

FoundClip clip_of(const AnnotatedPiece& piece, const std::string& recording) {
  FoundClip clip{.example = {}, .problem = piece.problem};
  AudioExample& example = clip.example;
  example.path = recording;
  example.begin = piece.begin;
  example.end = piece.end;
  example.text = piece.text;
  example.group = label_key(piece.speaker);
  example.file = 0;
  example.line = piece.line;
  if (clip.problem.empty() && piece.begin < 0) {
    clip.problem = fmt::format("it begins at second {:.2f}, before the recording", piece.begin);
  } else if (clip.problem.empty() && piece.end <= piece.begin) {
    clip.problem = fmt::format("it ends at second {:.2f}, not behind its begin at {:.2f}",
                               piece.end, piece.begin);
  }
  return clip;
}

}  // namespace

FoundClips read_annotated_recording(const fs::path& path, const AnnotationOptions& options) {
  const Annotation content = read_annotation(path, options.encoding.encoding);
  const std::string recording = find_recording(path, content, options);
  FoundClips found{.clips = {}, .files = {path.string()}, .group_note = {}};
  for (const AnnotationTier* const tier : chosen_tiers(content, path.string(), options.tiers)) {
    for (const AnnotatedPiece& piece : tier->pieces) {
      if (!has_text(piece)) continue;  // a pause
      found.clips.push_back(clip_of(piece, recording));
      std::string& speaker = found.clips.back().example.group;
      // Who marks up several tiers gives each speaker one.
      if (speaker.empty() && options.tiers.size() > 1) speaker = label_key(tier->name);
    }
  }
  const auto begin = [](const FoundClip& clip) { return clip.example.begin; };
  std::ranges::stable_sort(found.clips, {}, begin);
  if (!found.clips.empty()) found.group_note = "speakers are those of annotations";
  return found;
}

}  // namespace attune
