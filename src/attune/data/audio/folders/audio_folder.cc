#include "attune/data/audio/folders/audio_folder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/audio/annotations/annotated_recording.h"
#include "attune/data/audio/folders/common_voice.h"
#include "attune/data/audio/folders/kaldi.h"
#include "attune/data/audio/folders/librispeech.h"
#include "attune/data/audio/folders/ljspeech.h"
#include "attune/data/audio/folders/numbered_lines.h"
#include "attune/data/audio/recordings/recording_files.h"
#include "attune/data/folder_files.h"

namespace attune {
namespace {

constexpr std::uint64_t kMaxTranscriptBytes = 1u << 20;

bool is_transcript_file(const fs::path& file) {
  const std::string ending = to_lower_ascii(file.extension().string());
  return ending == ".txt" || ending == ".lab";
}

/// The part that a folder's name says, by its first word: "train-clean-100", "dev", "test_other".
GivenSplit part_of_name(const std::string& name) {
  GivenSplit split = GivenSplit::none;
  parse_split(name.substr(0, name.find_first_of("-_. ")), split);
  return split;
}

std::optional<fs::path> metadata_of(const fs::path& folder) {
  for (const char* const name : {"metadata.csv", "metadata.jsonl"}) {
    std::error_code ignored;
    if (fs::is_regular_file(folder / name, ignored)) return folder / name;
  }
  return std::nullopt;
}

/// TIMIT puts the first and last sample before the words: "0 63488 She had your dark suit".
std::string without_samples(const std::string& text) {
  const std::string_view digits = "0123456789";
  const std::size_t end = text.find_first_not_of(digits, 2);
  const bool is_timit = text.starts_with("0 ") && end != std::string::npos && end >= 6 &&
                        text[end] == ' ' && end + 1 < text.size();
  return is_timit ? text.substr(end + 1) : text;
}

/// A recording's whole transcript in a file of its own.
FoundClip clip_of_transcript(const std::string& recording, const fs::path& file, std::int32_t index,
                             const AudioTableOptions& options) {
  FoundClip clip;
  clip.example.path = recording;
  clip.example.file = index;
  try {
    for (const NumberedLine& line : read_numbered_lines(file, options.encoding)) {
      if (!line.problem.empty()) clip.problem = line.problem;
      clip.example.text += (clip.example.text.empty() ? "" : " ") + line.text;
    }
    clip.example.text = without_samples(clip.example.text);
    check(clip.example.text.size() <= kMaxTranscriptBytes, ErrorKind::data,
          "{}: more than a MiB; expected the transcript of one recording", file.string());
  } catch (const Error& error) {
    clip.problem = error.what();
  }
  return clip;
}

/// Annotations and transcripts of recordings that have the same name, but for the ending.
FoundClips read_pairs(std::span<const std::string> files, const AudioTableOptions& options) {
  std::map<std::string, std::string> recordings;  // by path without ending
  for (const std::string& file : files) {
    if (is_recording_file(file)) recordings.try_emplace(fs::path(file).replace_extension(), file);
  }
  FoundClips found;
  std::int64_t without = 0;
  std::map<std::string, std::string> taken;
  for (const std::string& file : files) {
    const bool is_annotation = is_annotation_file(file);
    if (!is_annotation && !is_transcript_file(file)) continue;
    const std::string stem = fs::path(file).replace_extension().string();
    const auto recording = recordings.find(stem);
    if (recording == recordings.end()) {
      ++without;
      continue;
    }
    const auto [first, is_new] = taken.try_emplace(stem, file);
    check(is_new, ErrorKind::data, "{} and {} are both of {}: keep one", first->second, file,
          recording->second);
    if (is_annotation) {
      found.add(read_annotated_recording(file, {.tiers = options.columns.annotation_tier,
                                                .encoding = options.encoding,
                                                .recording = recording->second,
                                                .root = {}}));
    } else {
      FoundClips one{.clips = {}, .files = {file}, .group_note = {}};
      one.clips.push_back(clip_of_transcript(recording->second, file, 0, options));
      found.add(std::move(one));
    }
  }
  const auto silent = static_cast<std::int64_t>(recordings.size() - taken.size());
  if (silent + without > 0) {
    log_info(
        "{} recordings have no annotation or transcript of the same name beside them, {} "
        "annotations or texts no recording; they are left out",
        with_thousands(silent), with_thousands(without));
  }
  return found;
}

bool has_pairs(std::span<const std::string> files) {
  std::map<std::string, bool> stems;
  for (const std::string& file : files) {
    if (is_recording_file(file)) stems[fs::path(file).replace_extension().string()] = true;
  }
  return std::ranges::any_of(files, [&](const std::string& file) {
    return (is_annotation_file(file) || is_transcript_file(file)) &&
           stems.contains(fs::path(file).replace_extension().string());
  });
}

FoundClips recordings_alone(std::span<const std::string> files) {
  FoundClips found;
  for (const std::string& file : files) {
    if (!is_recording_file(file)) continue;
    FoundClip clip;
    clip.example.path = file;
    found.clips.push_back(std::move(clip));
  }
  return found;
}

/// A layout's clips, and what it is called.
struct ReadLayout {
  const char* name;
  FoundClips clips;
};

/// Layouts that a file in the folder itself tells.
std::optional<ReadLayout> read_marked(const fs::path& folder, const AudioTableOptions& options) {
  if (is_kaldi(folder)) return ReadLayout{"Kaldi's", read_kaldi(folder, options)};
  check(options.root.empty(), ErrorKind::user,
        "--root says where paths begin that a --manifest or Kaldi's wav.scp holds; {} has none",
        folder.string());
  if (is_common_voice(folder)) {
    return ReadLayout{"Common Voice's", read_common_voice(folder, options)};
  }
  if (const auto metadata = metadata_of(folder)) {
    if (is_ljspeech_table(*metadata)) {
      return ReadLayout{"LJSpeech's", read_ljspeech(*metadata, options)};
    }
    return ReadLayout{"an audiofolder's", read_audio_table(*metadata, options)};
  }
  return std::nullopt;
}

/// Archives of Common Voice hold a folder of their version with one for each language in it.
std::optional<ReadLayout> read_version(const fs::path& folder, const AudioTableOptions& options) {
  std::vector<std::string> languages;
  for (const fs::path& inner : folders_in(folder)) {
    if (is_common_voice(inner)) languages.push_back(inner.string());
  }
  if (languages.empty()) return std::nullopt;
  check(languages.size() == 1, ErrorKind::user,
        "{}: it holds Common Voice of {} languages: {}; give the folder of one", folder.string(),
        languages.size(), shorten_utf8(join(languages, ", "), 200));
  log_info("{}: its folder {} is read", folder.string(), languages.front());
  return ReadLayout{"Common Voice's", read_common_voice(languages.front(), options)};
}

/// Layouts of which the files below the folder tell.
std::optional<ReadLayout> read_scattered(const fs::path& folder, const AudioTableOptions& options) {
  const std::vector<std::string> files = files_below(folder);
  if (is_librispeech(files)) return ReadLayout{"LibriSpeech's", read_librispeech(files, options)};
  if (options.has_transcripts && has_pairs(files)) {
    return ReadLayout{"recordings with transcripts beside them", read_pairs(files, options)};
  }
  if (!options.has_transcripts) {
    return ReadLayout{"recordings", recordings_alone(files)};
  }
  return std::nullopt;
}

/// The folders in it that are named as parts and have a layout themselves.
std::optional<ReadLayout> read_parts(const fs::path& folder, const AudioTableOptions& options) {
  std::optional<ReadLayout> result;
  std::vector<std::string> others;
  for (const fs::path& inner : folders_in(folder)) {
    const GivenSplit split = part_of_name(inner.filename().string());
    if (split == GivenSplit::none) {
      others.push_back(inner.filename().string());
      continue;
    }
    AudioTableOptions part = options;
    part.columns.split_column.clear();
    auto layout = read_marked(inner, part);
    if (!layout) layout = read_scattered(inner, part);
    if (!layout || layout->clips.clips.empty()) continue;
    for (FoundClip& clip : layout->clips.clips) clip.example.split = split;
    if (result) {
      result->clips.add(std::move(layout->clips));
    } else {
      result = std::move(layout);
    }
  }
  if (result && !others.empty()) {
    log_info("{}: of its folders those named as parts are read; not so: {}", folder.string(),
             shorten_utf8(join(others, ", "), 200));
  }
  return result;
}

[[noreturn]] void refuse(const fs::path& folder) {
  const std::vector<std::string> files = files_below(folder);
  fail(
      ErrorKind::user,
      "{}: its layout is none that is known ({}). Understood are Common Voice (train.tsv, dev.tsv, "
      "test.tsv and clips/), Kaldi (wav.scp and text), Hugging Face's audiofolder (metadata.csv "
      "or .jsonl with file_name), LJSpeech (metadata.csv with id|text and wavs/), LibriSpeech "
      "(*.trans.txt beside recordings), recordings with .TextGrid, .eaf, .srt, .vtt or .txt files "
      "of the same name, and folders train, dev, test of these; anything else as a table with "
      "--manifest",
      folder.string(), files.empty() ? "it is empty" : "it holds " + count_endings(files));
}

}  // namespace

FoundClips read_audio_folder(const fs::path& folder, const AudioTableOptions& options) {
  std::error_code ignored;
  check(fs::is_directory(folder, ignored), ErrorKind::user, "{}: {}", folder.string(),
        fs::exists(folder, ignored)
            ? "it is a file, expected a folder; a table or annotation is given as --manifest"
            : "there is no such folder");
  AudioTableOptions plain = options;
  plain.columns.split_column.clear();
  auto layout = read_marked(folder, options);
  if (!layout) layout = read_version(folder, plain);
  if (!layout) layout = read_parts(folder, plain);
  if (!layout) layout = read_scattered(folder, plain);
  if (!layout || layout->clips.clips.empty()) refuse(folder);
  log_info("{}: its layout is {}, {} clips", folder.string(), layout->name,
           with_thousands(std::ssize(layout->clips.clips)));
  return std::move(layout->clips);
}

}  // namespace attune
