#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/data/bad_rows.h"
#include "attune/data/labels/labels.h"
#include "attune/data/split/given_split.h"

namespace attune {

/// A recording, or a piece of one, and what is said in it.
struct AudioExample {
  std::string path;           ///< the recording
  double begin = 0;           ///< seconds, where the piece begins
  std::optional<double> end;  ///< seconds, behind it; none: the recording's end
  double seconds = 0;  ///< of the piece, as headers (and where they do not tell, decoding) say
  std::string text;    ///< its transcript, as the rules of normalisation leave it
  std::string group;   ///< the speaker; "": not known
  GivenSplit split = GivenSplit::none;
  std::int32_t file = -1;  ///< table or annotation that names it, index into `files`; -1: none
  std::int64_t line = 0;   ///< in it, from 1; 0: as a whole
};

/// Transcribed recordings: where they are, not their sound.
struct AudioDataset {
  static constexpr const char* kUnit = "clips";

  LabelKind label_kind = LabelKind::none;
  std::vector<AudioExample> examples;
  std::vector<std::string> files;      ///< tables and annotations
  std::vector<BadRow> bad_rows;        ///< left out by `OnBadRow::skip`
  std::vector<BadRow> outside_limits;  ///< sound, but too short or long to be learnt from
  std::string group_note;  ///< where speakers are from, for messages; "": a column names them

  std::int64_t size() const { return static_cast<std::int64_t>(examples.size()); }
  /// "train.tsv:17 (clips/a.mp3)", "talk.TextGrid:31 (talk.wav, 3.20-4.75 s)", for messages.
  std::string source_name(std::int64_t example) const;
  /// The example as one that cannot be used: of its table's line, else of its recording.
  BadRow bad_row(std::int64_t example, const std::string& reason) const;
  double seconds() const;  ///< of all
  /// See groups.h.
  std::vector<std::int64_t> group_ids() const;
  bool has_groups() const;
  bool has_splits() const;
  /// The given examples, in the given order, without bad rows.
  AudioDataset subset(std::span<const std::int64_t> chosen) const;
  /// The examples that the data gives to `split`, in order.
  AudioDataset part(GivenSplit split) const;
  /// Takes over what was left out when `whole`, of which this is a part, was read.
  void take_left_out(AudioDataset& whole);
  /// Appends the examples of another data set, and what was left out of it.
  void append(AudioDataset other);
};

/// "talk.wav", "talk.wav, 3.20-4.75 s": the recording and the piece.
std::string piece_name(const AudioExample& example);

/// The same piece of the same recording is equal, wherever it is named.
std::string piece_key(const AudioExample& example);

}  // namespace attune
