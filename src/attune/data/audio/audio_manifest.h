#pragma once

#include <span>
#include <string>

#include "attune/data/audio/audio_options.h"
#include "attune/data/audio/found_clips.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

struct AudioTableOptions {
  AudioColumns columns;
  EncodingOption encoding;
  fs::path root;                ///< what paths begin at; "": the table's folder
  bool has_transcripts = true;  ///< false: the text column is not read
  /// A table without the named speaker or split column has none; otherwise it is refused.
  bool may_lack_parts = false;
};

/// The columns of clips, with usual names that a table has, in any case, for those that are not
/// named;
/// "" where it has none. Throws `data`, naming `table`, where none is of the recordings.
AudioColumns usual_columns(const RowReader& rows, AudioColumns columns, const std::string& table);

/// Of Hugging Face's audio objects ({"path": "a.wav", "bytes": null}) what names the recording.
inline constexpr const char* kPathMember = "path";

/// Reads a table (CSV, TSV, JSONL; see `open_rows`) that names clips. No recording is opened. What
/// columns are taken that the options do not name is told in a line. A row has a `problem` where
/// its reader says so, its path is empty, leaves the root or names no file, its times are none
/// (`piece_times`), or its split is none of train, validation and test. Throws `user` for columns
/// that exclude each other and a root that is no folder; `data` as `open_rows`, and where no column
/// names the recordings or the transcripts.
FoundClips read_audio_table(const fs::path& path, const AudioTableOptions& options);

/// The same from any source of rows; `root` of the options must be set.
FoundClips read_audio_rows(RowReader& rows, const std::string& name,
                           const AudioTableOptions& options);

}  // namespace attune
