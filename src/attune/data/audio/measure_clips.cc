#include "attune/data/audio/measure_clips.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/process/stop.h"
#include "attune/base/text/human.h"
#include "attune/base/threads.h"
#include "attune/data/audio/recordings/piece_reader.h"
#include "attune/data/scan.h"
#include "attune/media/audio/files/audio_reader.h"

namespace attune {
namespace {

/// What its header, or decoding, says of a recording.
struct MeasuredFile {
  double seconds = 0;
  std::string problem;
};

std::int64_t decoded_frames(AudioReader& reader) {
  std::vector<float> samples(1 << 16);
  std::int64_t frames = 0;
  while (const std::int64_t got = reader.read(samples)) {
    check_stop();
    frames += got;
  }
  return frames;
}

/// Of a recording that can be decoded to the end that its header promises; where it promises none,
/// to where it ends.
double whole_seconds(AudioReader& reader, const std::string& path) {
  const AudioInfo& info = reader.info();
  check_complete(reader, info.frames.value_or(0));
  if (!reader.has_last_frame()) {
    // A reader that cannot find a frame may still come to it.
    AudioReader again{fs::path(path)};
    check_complete(again, decoded_frames(again));
  }
  if (info.frames) return *info.seconds();
  return static_cast<double>(decoded_frames(reader)) / static_cast<double>(info.sample_rate);
}

MeasuredFile measure_file(const std::string& path) {
  MeasuredFile result;
  try {
    AudioReader reader{fs::path(path)};
    result.seconds = whole_seconds(reader, path);
    check(result.seconds > 0, ErrorKind::data, "the recording holds no sample");
  } catch (const Error& error) {
    result.problem = without_file(error.what(), path);
  }
  return result;
}

std::unordered_map<std::string, MeasuredFile> measure_files(const FoundClips& found,
                                                            std::int64_t threads) {
  std::unordered_map<std::string, MeasuredFile> files;
  std::vector<std::pair<const std::string*, MeasuredFile*>> work;
  for (const FoundClip& clip : found.clips) {
    if (!clip.problem.empty()) continue;
    // References into an unordered_map stay valid when it grows: threads fill them later.
    const auto [entry, is_new] = files.try_emplace(clip.example.path);
    if (is_new) work.emplace_back(&entry->first, &entry->second);
  }
  look_at_each(std::ssize(work), threads, "measure recordings", "recordings",
               [&](std::size_t i) { *work[i].second = measure_file(*work[i].first); });
  return files;
}

/// Sets the clip's seconds; what is wrong with its place in the recording, or "".
std::string place_clip(AudioExample& clip, double recording) {
  const double end = clip.end.value_or(recording);
  if (clip.begin >= recording || end > recording + kMaxOvershoot) {
    return fmt::format(
        "it is from second {:.2f} to {:.2f}, but the recording {} ends at {:.2f}; times are "
        "seconds",
        clip.begin, end, clip.path, recording);
  }
  if (clip.end && *clip.end > recording) clip.end = recording;
  clip.seconds = clip.end.value_or(recording) - clip.begin;
  if (clip.seconds <= 0) return fmt::format("it ends at second {:.2f}, where it begins", end);
  return "";
}

void warn_of_dotless_i(const FoundClips& found, const TranscriptRules& rules,
                       const std::string& name) {
  const auto mistaken = std::ranges::count_if(found.clips, [&](const FoundClip& clip) {
    return clip.problem.empty() && rules.mistakes_dotless_i(clip.example.text);
  });
  if (mistaken == 0) return;
  log_warning(
      "{}: {} transcripts are written with İ and ı, and change their case as in no language that "
      "has them: I becomes i, and İ an i with a dot beside it; set --transcript-language tr (az, "
      "crh ...)",
      name, with_thousands(mistaken));
}

std::string transcript_problem(const std::string& before, const std::string& after) {
  if (!after.empty()) return "";
  if (before.empty()) return "the transcript is empty";
  return fmt::format("of the transcript \"{}\" nothing is left by the rules of normalisation",
                     before);
}

/// What keeps the clip from being used, or "".
std::string measure_clip(FoundClip& clip, const MeasuredFile* file, const TranscriptRules& rules,
                         const MeasureOptions& options) {
  if (!clip.problem.empty()) return clip.problem;
  AudioExample& example = clip.example;
  if (!file->problem.empty()) return fmt::format("{}: {}", example.path, file->problem);
  if (std::string problem = place_clip(example, file->seconds); !problem.empty()) return problem;
  if (!options.has_transcripts) return "";
  const std::string text = std::exchange(example.text, rules.apply(example.text));
  return transcript_problem(text, example.text);
}

BadRow bad_row_of(const FoundClips& found, const FoundClip& clip, std::string reason) {
  const AudioExample& example = clip.example;
  const std::string& file =
      example.file < 0 ? example.path : found.files[static_cast<std::size_t>(example.file)];
  // A reason that begins with the recording, which stands before it already, would name it twice.
  if (example.file < 0 && reason.starts_with(example.path + ": ")) {
    reason.erase(0, example.path.size() + 2);
  }
  return {.file = file, .line = example.line, .reason = std::move(reason), .lines = clip.lines};
}

/// Clips that are left out for their length.
class LengthLimits {
 public:
  LengthLimits(const MeasureOptions& options, std::string name)
      : options_(options), name_(std::move(name)) {}

  /// Why the clip is not learnt from, or "".
  std::string problem(const AudioExample& clip) {
    if (clip.split == GivenSplit::validation || clip.split == GivenSplit::test) return "";
    const bool is_short = clip.seconds < options_.min_seconds;
    if (!is_short && clip.seconds <= options_.max_seconds.value_or(clip.seconds)) return "";
    ++(is_short ? short_ : long_);
    seconds_ += clip.seconds;
    return is_short ? fmt::format("it lasts {:.2f} s, less than --min-seconds {}", clip.seconds,
                                  options_.min_seconds)
                    : fmt::format("it lasts {:.2f} s, more than --max-seconds {}", clip.seconds,
                                  *options_.max_seconds);
  }

  void tell() const {
    if (short_ + long_ == 0) return;
    log_info(
        "{}: {} clips ({}) are not learnt from: {} shorter than --min-seconds, {} longer than "
        "--max-seconds",
        name_, with_thousands(short_ + long_), human_duration(seconds_), with_thousands(short_),
        with_thousands(long_));
  }

 private:
  const MeasureOptions& options_;
  std::string name_;
  std::int64_t short_ = 0, long_ = 0;
  double seconds_ = 0;
};

}  // namespace

AudioDataset measure_clips(FoundClips found, const std::string& name,
                           const MeasureOptions& options) {
  check(!found.clips.empty(), ErrorKind::data, "{}: it names no clip", name);
  const auto files = measure_files(found, options.threads);
  const TranscriptRules rules(options.transcripts);
  if (options.has_transcripts) warn_of_dotless_i(found, rules, name);
  std::vector<std::string> problems(found.clips.size());
  parallel_for(
      std::ssize(found.clips), 256, static_cast<int>(options.threads),
      [&](std::int64_t begin, std::int64_t end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          FoundClip& clip = found.clips[i];
          const auto file = files.find(clip.example.path);
          problems[i] =
              measure_clip(clip, file == files.end() ? nullptr : &file->second, rules, options);
        }
      });
  AudioDataset data;
  data.group_note = found.group_note;
  BadRowCollector bad(options.on_bad_row);
  LengthLimits limits(options, name);
  for (std::size_t i = 0; i < found.clips.size(); ++i) {
    FoundClip& clip = found.clips[i];
    if (!problems[i].empty()) {
      bad.add(bad_row_of(found, clip, problems[i]));
    } else if (std::string why = limits.problem(clip.example); !why.empty()) {
      data.outside_limits.push_back(bad_row_of(found, clip, std::move(why)));
    } else {
      data.examples.push_back(std::move(clip.example));
    }
  }
  const auto total = static_cast<std::int64_t>(found.clips.size());
  bad.finish(name, total, "");
  limits.tell();
  data.files = std::move(found.files);
  data.bad_rows = bad.rows();
  if (data.examples.empty()) {
    const Error error(ErrorKind::data, fmt::format("{}: none of its {} clips can be used", name,
                                                   with_thousands(total)));
    std::vector<BadRow> all = data.bad_rows;
    all.insert(all.end(), data.outside_limits.begin(), data.outside_limits.end());
    throw ErrorBesideBadRows(error, std::move(all));
  }
  return data;
}

}  // namespace attune
