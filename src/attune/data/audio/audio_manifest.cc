#include "attune/data/audio/audio_manifest.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/audio/piece_times.h"
#include "attune/data/audio/recordings/recording_finder.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"

namespace attune {
namespace {

// In the order in which they are tried; the help of the options lists them.
using Names = std::span<const char* const>;
constexpr std::array kAudioNames = {"path", "audio", "audio_filepath", "file", "file_name", "wav"};
constexpr std::array kTextNames = {"text", "sentence", "transcript", "transcription"};
constexpr std::array kSpeakerNames = {"client_id", "speaker_id", "speaker"};
constexpr std::array kBeginNames = {"offset", "begin", "start"};
constexpr std::array kEndNames = {"end"};
constexpr std::array kDurationNames = {"duration"};

/// The first of the usual names that is there, in this case or another ("Path"), or "".
std::string first_usual(std::span<const std::string> there, Names usual) {
  const auto has_any_case = [](const std::string& column, const char* name) {
    return to_lower_ascii(trim(column)) == name;
  };
  for (const char* const name : usual) {
    if (std::ranges::find(there, name) != there.end()) return name;
  }
  for (const char* const name : usual) {
    const auto found = std::ranges::find_if(
        there, [&](const std::string& column) { return has_any_case(column, name); });
    if (found != there.end()) return *found;
  }
  return "";
}

/// What is said where a table has no column of what is needed.
std::string missing_text(const RowReader& rows, const std::string& table, const char* what,
                         Names usual, const char* option) {
  constexpr std::ptrdiff_t kMostNamed = 30;
  const std::vector<std::string>& there = rows.columns();
  const std::ptrdiff_t named = std::min(kMostNamed, std::ssize(there));
  return fmt::format(
      "{}: no column of {}: it has none of {}; its columns are: {}{}; name the right one with {}{}",
      table, what, fmt::join(usual, ", "), fmt::join(there.begin(), there.begin() + named, ", "),
      named < std::ssize(there) ? ", ..." : "", option, rows.missing_column_hint());
}

/// The columns of a table that hold what is asked for, "" where none does, and the cells that then
/// hold them.
class ClipColumns {
 public:
  ClipColumns(const RowReader& rows, const std::string& table, const AudioTableOptions& options)
      : rows_(rows), there_(rows.columns()), table_(table), is_json_(rows.gives_json()) {
    const AudioColumns& columns = options.columns;
    check_apart(columns);
    audio_ = need(columns.audio_column, kAudioNames, "recordings", "--audio-column");
    if (options.has_transcripts) {
      text_ = need(columns.text_column, kTextNames, "transcripts", "--text-column");
      check(columns_[*audio_].name != columns_[*text_].name, ErrorKind::user,
            "--audio-column and --text-column: both are \"{}\"; the transcript has a column of its "
            "own",
            columns_[*audio_].name);
    }
    begin_ = find(columns.begin_column, kBeginNames, "begins");
    // A table may say how long whole recordings last: a duration alone makes no piece of one.
    const bool has_pieces = begin_.has_value();
    end_ = find(columns.end_column, has_pieces ? Names(kEndNames) : Names(), "ends");
    duration_ = find(columns.duration_column, has_pieces && !end_ ? Names(kDurationNames) : Names(),
                     "durations");
    if (!lacks(columns.speaker_column, options)) {
      speaker_ = find(columns.speaker_column, kSpeakerNames, "speakers");
    } else if (columns.speaker_column != "none") {
      log_warning(
          "{}: there is no column \"{}\": whether its speakers are also among those that are "
          "learnt "
          "from cannot be checked",
          table_, columns.speaker_column);
    }
    if (!columns.split_column.empty() && !lacks(columns.split_column, options)) {
      split_ = add(columns.split_column, true);
    }
    tell();
  }

  std::vector<ColumnRequest> requests() const {
    std::vector<ColumnRequest> all;
    for (const Column& column : columns_) {
      // A key that nobody named may be missing from some objects.
      all.push_back({.name = column.name, .as_json = !column.is_named && column.may_lack});
    }
    all[*audio_].member = kPathMember;
    return all;
  }

  std::string audio(const Row& row) const { return cell(row, audio_); }
  std::string text(const Row& row) const { return cell(row, text_); }
  std::string speaker(const Row& row) const { return cell(row, speaker_); }
  PieceTimes times(const Row& row) const {
    return piece_times(time(row, begin_), time(row, end_), time(row, duration_), is_json_);
  }
  bool has_pieces() const { return begin_.has_value(); }
  bool has_split() const { return split_.has_value(); }
  GivenSplit split(const Row& row) const {
    return read_split(row.cells[*split_], columns_[*split_].name);
  }
  bool is_speaker_named() const { return speaker_ && columns_[*speaker_].is_named; }

 private:
  struct Column {
    std::string name, what;
    bool is_named, may_lack;
  };
  using Place = std::optional<std::size_t>;

  static void check_apart(const AudioColumns& columns) {
    check(columns.end_column.empty() || columns.duration_column.empty() ||
              columns.end_column == "none" || columns.duration_column == "none",
          ErrorKind::user,
          "--end-column and --duration-column: a clip has an end or a duration; leave one out");
  }

  /// Whether the table may do without a named column, and does.
  bool lacks(const std::string& name, const AudioTableOptions& options) const {
    return options.may_lack_parts && !name.empty() &&
           std::ranges::find(there_, name) == there_.end();
  }

  Place add(const std::string& name, bool is_named, std::string what = "", bool may_lack = false) {
    columns_.push_back({name, std::move(what), is_named, may_lack});
    return columns_.size() - 1;
  }

  /// The column that is named, else the first of the usual ones that is there.
  Place find(const std::string& named, Names usual, const char* what, bool may_lack = true) {
    if (named == "none" && std::ranges::find(there_, named) == there_.end()) return std::nullopt;
    if (!named.empty()) return add(named, true);
    const std::string name = first_usual(there_, usual);
    return name.empty() ? std::nullopt : add(name, false, what, may_lack);
  }

  Place need(const std::string& named, Names usual, const char* what, const char* option) {
    Place place = find(named, usual, what, false);
    if (place) return place;
    fail(ErrorKind::data, "{}", missing_text(rows_, table_, what, usual, option));
  }

  void tell() const {
    std::vector<std::string> parts;
    for (const Column& column : columns_) {
      if (!column.is_named)
        parts.push_back(fmt::format("{} from \"{}\"", column.what, column.name));
    }
    if (!parts.empty())
      log_info("{}: columns are taken by their names: {}", table_, join(parts, ", "));
  }

  std::string cell(const Row& row, Place place) const {
    if (!place) return "";
    const std::string& text = row.cells[*place];
    const Column& column = columns_[*place];
    if (!is_json_ || column.is_named || !column.may_lack || text.empty()) return text;
    const Json value = Json::parse(text, nullptr, false);
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return "";
    if (value.is_structured() || value.is_discarded()) {
      throw RowProblem{fmt::format("the value of \"{}\" is {}, expected a text or a number",
                                   column.name, shorten_utf8(text, 60))};
    }
    return text;
  }

  TimeCell time(const Row& row, Place place) const {
    return place ? TimeCell{columns_[*place].name, cell(row, place)} : TimeCell{};
  }

  const RowReader& rows_;
  const std::vector<std::string>& there_;
  const std::string& table_;
  bool is_json_;
  std::vector<Column> columns_;
  Place audio_, text_, speaker_, begin_, end_, duration_, split_;
};

AudioExample read_clip(const Row& row, const ClipColumns& columns, FileFinder& files,
                       bool keep_default_na) {
  AudioExample example;
  example.path = files.find(columns.audio(row));
  const PieceTimes times = columns.times(row);
  example.begin = times.begin;
  example.end = times.end;
  if (columns.has_split()) example.split = columns.split(row);
  example.text = columns.text(row);
  const std::string speaker = columns.speaker(row);
  if (columns.is_speaker_named()) {
    example.group = read_group(speaker, keep_default_na);
  } else if (!means_missing(label_key(speaker))) {
    example.group = label_key(speaker);
  }
  return example;
}

}  // namespace

AudioColumns usual_columns(const RowReader& rows, AudioColumns columns, const std::string& table) {
  const auto settle = [&](std::string& column, Names usual) {
    if (column == "none") return column.clear();
    if (column.empty()) column = first_usual(rows.columns(), usual);
  };
  settle(columns.audio_column, kAudioNames);
  check(!columns.audio_column.empty(), ErrorKind::data, "{}",
        missing_text(rows, table, "recordings", kAudioNames, "--audio-column"));
  settle(columns.begin_column, kBeginNames);
  settle(columns.end_column, columns.begin_column.empty() ? Names() : Names(kEndNames));
  const bool needs_duration = !columns.begin_column.empty() && columns.end_column.empty();
  settle(columns.duration_column, needs_duration ? Names(kDurationNames) : Names());
  return columns;
}

/// Among pieces a row without times may be meant, or one whose times were lost.
void tell_whole_recordings(const FoundClips& found, const std::string& name) {
  const auto is_whole = [](const FoundClip& clip) {
    return clip.problem.empty() && clip.example.begin == 0 && !clip.example.end;
  };
  const auto whole = std::ranges::count_if(found.clips, is_whole);
  if (whole == 0 || whole == std::ssize(found.clips)) return;
  log_warning("{}: {} of {} rows say no begin and no end, and are whole recordings", name,
              with_thousands(whole), with_thousands(std::ssize(found.clips)));
}

FoundClips read_audio_rows(RowReader& rows, const std::string& name,
                           const AudioTableOptions& options) {
  const ClipColumns columns(rows, name, options);
  const auto requests = columns.requests();
  rows.select(requests);
  FileFinder files = recording_finder(options.root);
  FoundClips found{.clips = {}, .files = rows.files(), .group_note = {}};
  for (Row row; rows.next(row);) {
    FoundClip clip{.example = {}, .problem = row.problem, .lines = row.lines};
    try {
      if (clip.problem.empty()) {
        clip.example = read_clip(row, columns, files, options.columns.table.keep_default_na);
      }
    } catch (const RowProblem& problem) {
      clip.problem = problem.reason;
    }
    clip.example.file = row.file;
    clip.example.line = row.line;
    found.clips.push_back(std::move(clip));
  }
  check(!found.clips.empty(), ErrorKind::data, "{}: the file has a header but no rows", name);
  if (columns.has_pieces()) tell_whole_recordings(found, name);
  return found;
}

FoundClips read_audio_table(const fs::path& path, const AudioTableOptions& options) {
  std::error_code ignored;
  check(!fs::is_directory(path, ignored), ErrorKind::user,
        "--manifest: {} is a folder, expected a table or an annotation; a folder of recordings is "
        "given as --train-dir (train, check), --data-dir (evaluate) or --input (predict)",
        path.string());
  check(table_format(path) != TableFormat::txt, ErrorKind::user,
        "{}: a .txt file has no columns; expected .csv, .tsv or .jsonl with a row per clip, or an "
        "annotation: .TextGrid, .eaf, .srt, .vtt",
        path.string());
  AudioTableOptions complete = options;
  complete.root = table_root(path, options.root);
  ReaderOptions reader = reader_options(options.columns.table, options.encoding);
  auto rows = open_rows(path, reader);
  // Common Voice's tables quote nothing, and sentences hold quotes of their own.
  const std::vector<std::string>& columns = rows->columns();
  if (reader.quote == QuoteStyle::automatic && columns.size() > 2 && columns[0] == "client_id" &&
      columns[1] == "path" && table_format(path) == TableFormat::tsv) {
    reader.quote = QuoteStyle::none;
    rows = open_rows(path, reader);
  }
  return read_audio_rows(*rows, path.string(), complete);
}

}  // namespace attune
