#include "attune/data/audio/folders/kaldi.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/audio/folders/numbered_lines.h"
#include "attune/data/audio/recordings/recording_finder.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/labels/labels.h"

namespace attune {
namespace {

struct KaldiSegment {
  std::string recording;
  double begin = 0;
  std::optional<double> end;
  std::string problem;
};

/// The files of a data folder by their keys.
class KaldiFolder {
 public:
  KaldiFolder(const fs::path& folder, const AudioTableOptions& options)
      : folder_(folder),
        options_(options),
        finder_(recording_finder(table_root(folder / "x", options.root))) {
    read_recordings();
    if (is_there("segments")) read_segments();
    if (is_there("utt2spk")) read_speakers();
  }

  FoundClips clips() {
    return options_.has_transcripts ? transcribed_clips() : clips_of_recordings();
  }

 private:
  bool is_there(const char* name) const {
    std::error_code ignored;
    return fs::is_regular_file(folder_ / name, ignored);
  }

  std::vector<NumberedLine> lines(const char* name) const {
    return read_numbered_lines(folder_ / name, options_.encoding);
  }

  [[noreturn]] void fail_at(const char* name, const NumberedLine& line,
                            const std::string& reason) const {
    fail(ErrorKind::data, "{}:{}: {}", (folder_ / name).string(), line.number, reason);
  }

  void read_recordings() {
    for (const NumberedLine& line : lines("wav.scp")) {
      if (!line.problem.empty()) fail_at("wav.scp", line, line.problem);
      const auto [key, path] = line.key_and_rest();
      if (path.ends_with('|') || path.starts_with('|')) {
        fail_at("wav.scp", line,
                fmt::format("\"{}\" is a command, and what a file says is not run here; write its "
                            "output to a file and name that (Kaldi: wav-copy scp:wav.scp "
                            "scp,ark:... , or extract-segments)",
                            shorten_utf8(path, 80)));
      }
      if (path.empty()) fail_at("wav.scp", line, "expected an ID and the path of its recording");
      if (!recordings_.try_emplace(std::string(key), path).second) {
        fail_at("wav.scp", line, fmt::format("the ID {} is there twice", key));
      }
    }
  }

  void read_segments() {
    segments_.emplace();
    for (const NumberedLine& line : lines("segments")) {
      std::vector<std::string> fields;
      for (std::string& field : split(line.text, ' ')) {
        if (!trim(field).empty()) fields.emplace_back(trim(field));
      }
      if (!line.problem.empty() || fields.size() < 4) {
        fail_at("segments", line,
                line.problem.empty() ? "expected an ID, its recording's ID, begin and end"
                                     : line.problem);
      }
      const auto begin = parse_number(fields[2]), end = parse_number(fields[3]);
      KaldiSegment segment{.recording = fields[1], .begin = begin.value_or(0)};
      // -1 is the recording's end.
      if (end && *end != -1) segment.end = *end;
      if (!begin || !end || *begin < 0 || (segment.end && *segment.end <= *begin)) {
        segment.problem = fmt::format("segments:{}: from second {} to {} is no piece", line.number,
                                      fields[2], fields[3]);
      }
      segments_->insert_or_assign(fields[0], std::move(segment));
    }
  }

  void read_speakers() {
    for (const NumberedLine& line : lines("utt2spk")) {
      const auto [key, speaker] = line.key_and_rest();
      speakers_.insert_or_assign(std::string(key), label_key(speaker));
    }
  }

  /// The place of an utterance, without its transcript. Throws `RowProblem`.
  AudioExample example_of(const std::string& key) {
    AudioExample example;
    std::string recording = key;
    if (segments_) {
      const auto segment = segments_->find(key);
      if (segment == segments_->end()) {
        throw RowProblem{fmt::format("the ID {} is not in segments", key)};
      }
      if (!segment->second.problem.empty()) throw RowProblem{segment->second.problem};
      recording = segment->second.recording;
      example.begin = segment->second.begin;
      example.end = segment->second.end;
    }
    const auto path = recordings_.find(recording);
    if (path == recordings_.end()) {
      throw RowProblem{fmt::format("the ID {} is not in wav.scp", recording)};
    }
    example.path = finder_.find(path->second);
    if (const auto speaker = speakers_.find(key); speaker != speakers_.end()) {
      example.group = speaker->second;
    }
    return example;
  }

  FoundClip clip_of(const NumberedLine& line, const std::string& key, std::string_view text) {
    FoundClip clip{.example = {}, .problem = line.problem};
    try {
      if (clip.problem.empty()) clip.example = example_of(key);
    } catch (const RowProblem& problem) {
      clip.problem = problem.reason;
    }
    clip.example.text = text;
    clip.example.file = 0;
    clip.example.line = line.number;
    return clip;
  }

  FoundClips transcribed_clips() {
    check(is_there("text"), ErrorKind::data,
          "{}: it has a wav.scp, but no text with the transcripts", folder_.string());
    FoundClips found{.clips = {}, .files = {(folder_ / "text").string()}, .group_note = note()};
    std::unordered_map<std::string, std::int64_t> seen;
    for (const NumberedLine& line : lines("text")) {
      const auto [key, text] = line.key_and_rest();
      found.clips.push_back(clip_of(line, std::string(key), text));
      const auto [first, is_new] = seen.try_emplace(std::string(key), line.number);
      if (!is_new && found.clips.back().problem.empty()) {
        found.clips.back().problem =
            fmt::format("the ID {} is on line {} already", key, first->second);
      }
    }
    const auto all = static_cast<std::int64_t>(segments_ ? segments_->size() : recordings_.size());
    const auto with = static_cast<std::int64_t>(seen.size());
    if (all > with) {
      log_info("{}: {} of {} utterances have no transcript in text and are left out",
               folder_.string(), with_thousands(all - with), with_thousands(all));
    }
    return found;
  }

  FoundClips clips_of_recordings() {
    const char* const list = segments_ ? "segments" : "wav.scp";
    FoundClips found{.clips = {}, .files = {(folder_ / list).string()}, .group_note = note()};
    for (const NumberedLine& line : lines(list)) {
      found.clips.push_back(clip_of(line, std::string(line.key_and_rest().first), ""));
    }
    return found;
  }

  std::string note() const { return speakers_.empty() ? "" : "speakers are those of utt2spk"; }

  fs::path folder_;
  const AudioTableOptions& options_;
  FileFinder finder_;
  std::unordered_map<std::string, std::string> recordings_, speakers_;
  std::optional<std::unordered_map<std::string, KaldiSegment>> segments_;
};

}  // namespace

bool is_kaldi(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "wav.scp", ignored);
}

FoundClips read_kaldi(const fs::path& folder, const AudioTableOptions& options) {
  return KaldiFolder(folder, options).clips();
}

}  // namespace attune
