#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/tasks/run/settings.h"
#include "attune/tasks/speech_recognition/apply/predictor.h"
#include "attune/tasks/speech_recognition/options.h"

namespace attune {

/// The language of a model with adapters.
struct LanguageOption {
  std::string language;

  template <typename V>
  void visit(V& v) {
    v("language", language,
      "Of a checkpoint with language adapters (MMS): which to take, e.g. deu");
  }
};

/// How much goes through a saved model at once.
struct BatchSecondsOption {
  double batch_seconds = 40;

  template <typename V>
  void visit(V& v) {
    v("batch_seconds", batch_seconds, "Seconds of sound that go through the model together",
      config::above(0));
  }
};

/// How recordings go that are longer than a chunk.
struct LongRecordingOptions {
  double chunk_seconds = 30;
  std::optional<double> stride_seconds;

  /// As transformers' pipeline: a sixth of a chunk.
  double stride() const { return stride_seconds.value_or(chunk_seconds / 6); }

  template <typename V>
  void visit(V& v) {
    v("chunk_seconds", chunk_seconds,
      "A recording that is longer goes through the model in chunks of this length",
      config::above(0));
    v("stride_seconds", stride_seconds,
      "What a chunk has in common with each neighbour (default: a sixth of it)",
      config::at_least(0));
  }
};

/// Pieces in place of chunks.
struct PauseOption {
  bool split_pauses = false;

  template <typename V>
  void visit(V& v) {
    v("split_pauses", split_pauses,
      "Cut long recordings at their pauses, in pieces of at most a chunk, each recognised for "
      "itself, in place of chunks that overlap");
  }
};

/// What to recognise.
struct SpeechPredictData {
  config::Texts input;
  std::string manifest, root;
  EncodingOption encoding;
  std::vector<std::string> keep_columns;
  OnBadRow on_bad_row = OnBadRow::skip;

  template <typename V>
  void visit(V& v) {
    v("input", input,
      "Recording, folder of recordings, pattern such as \"talks/*.flac\", or .txt file with a path "
      "a line; - reads such lines from standard input");
    v("manifest", manifest,
      "CSV, TSV, JSONL or JSON file with a row per clip; - reads standard input");
    v("root", root, "Folder that the manifest's paths begin at (default: its own)")
        .only_for({kDelimitedTable, kJsonTable});
    encoding.visit(v);
    v("keep_columns", keep_columns,
      "Columns of the manifest that go through to the answers; all for all")
        .only_for({kDelimitedTable, kJsonTable});
    v("on_bad_row", on_bad_row,
      "Say on its line that a recording cannot be read and go on, or stop there: then nothing is "
      "written");
  }
};

struct SpeechEvaluateOutput {
  std::string output_file, transcripts_file;

  template <typename V>
  void visit(V& v) {
    v("output_file", output_file, "JSON file to write, or - for standard output: the metrics")
        .written({".json"});
    v("transcripts_file", transcripts_file,
      "File to write: what was said and what was understood, clip by clip")
        .written({".csv", ".tsv", ".jsonl", ".ndjson", ".json"});
  }
};

/// Settings of `attune evaluate`.
struct SpeechEvaluateSettings {
  PretrainedOptions pretrained;
  LanguageOption language;
  AudioEvaluateData data;
  AudioColumns columns;
  TranscriptOptions transcripts;
  DecodingOptions decoding;
  BatchSecondsOption batch;
  ComputeOptions apply;
  SpeechEvaluateOutput output;
};

struct SpeechPredictOutput {
  Timestamps timestamps = Timestamps::no;
  std::string output_file;

  template <typename V>
  void visit(V& v) {
    v("timestamps", timestamps, "Give words, or words and characters, with their times");
    v("output_file", output_file,
      "File to write (default, and -: standard output): subtitles of one recording where it ends "
      "in "
      ".srt or .vtt, a table where in .csv or .tsv, else JSON, an object a line")
        .written({".srt", ".vtt", ".csv", ".tsv", ".jsonl", ".ndjson", ".json"});
  }
};

/// Settings of `attune predict`.
struct SpeechPredictSettings {
  PretrainedOptions pretrained;
  LanguageOption language;
  SpeechPredictData data;
  AudioColumns columns;
  TranscriptOptions transcripts;  ///< the language of hot words alone
  DecodingOptions decoding;
  BatchSecondsOption batch;
  LongRecordingOptions chunks;
  PauseOption pauses;
  ComputeOptions apply;
  SpeechPredictOutput output;
};

}  // namespace attune
