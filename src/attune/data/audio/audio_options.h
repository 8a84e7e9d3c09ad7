#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/field.h"
#include "attune/config/schema.h"
#include "attune/data/bad_rows.h"
#include "attune/data/readers/table_options.h"
#include "attune/data/source_traits.h"
#include "attune/data/split/given_split.h"
#include "attune/data/split/split_options.h"

namespace attune {

/// Where transcribed recordings are: a manifest or a folder is given.
struct AudioSource {
  std::string manifest;   ///< a table (CSV, TSV, JSONL) or an annotation of one recording
  std::string folder;     ///< of a known layout
  std::string root;       ///< of the manifest's paths; "": its own folder
  std::string recording;  ///< that a manifest annotates; "": as the annotation says

  const std::string& name() const { return manifest.empty() ? folder : manifest; }
};

/// Whether a file is an annotation by its name: .TextGrid, .eaf, .srt, .vtt, in any case.
bool is_annotation_file(const std::string& path);

/// Requires a manifest or a folder.
config::Trait source_trait(const AudioSource& source);

/// Adds a problem unless exactly one of manifest and folder (`folder_flag`) is given, and where a
/// recording is given without an annotation.
void find_source_problems(const AudioSource& source, const char* folder_flag,
                          config::Problems& problems);

/// How tables name clips. Kept with the saved model: `evaluate` and `predict` read alike. A column
/// that is not named ("") is looked for by usual names; "none": there is none.
struct AudioColumns {
  std::string audio_column, text_column, speaker_column;
  std::string begin_column, end_column, duration_column;
  std::string split_column;
  std::vector<std::string> annotation_tier;
  TableOptions table;

  template <typename V>
  void visit(V& v) {
    visit_transcribed(v);
    v("speaker_column", speaker_column,
      "Column of the speaker, whose clips a split keeps together (default: the first that is there "
      "of client_id, speaker_id, speaker; none: speakers are not known)")
        .only_for({kDelimitedTable, kJsonTable});
  }
  /// Without what only training uses.
  template <typename V>
  void visit_transcribed(V& v) {
    visit_recordings(v);
    v("text_column", text_column,
      "Column of the transcript (default: the first that is there of text, sentence, transcript, "
      "transcription)")
        .only_for({kDelimitedTable, kJsonTable});
    v("split_column", split_column,
      "Column that says train, validation or test: a table with it gives these parts")
        .only_for({kDelimitedTable, kJsonTable});
    v("annotation_tier", annotation_tier,
      "Tiers of annotations that hold the transcripts (default: the only one that is not empty)")
        .only_for({kAnnotation, kRecordingFolder});
  }
  /// What naming recordings, and pieces of them, needs.
  template <typename V>
  void visit_recordings(V& v) {
    v("audio_column", audio_column,
      "Column of the recording's path (default: the first that is there of path, audio, "
      "audio_filepath, file, file_name, wav)")
        .only_for({kDelimitedTable, kJsonTable});
    v("begin_column", begin_column,
      "Column of the second at which a clip begins in its recording (default: offset, begin, "
      "start; "
      "none: clips are whole recordings)")
        .only_for({kDelimitedTable, kJsonTable});
    v("end_column", end_column,
      "Column of the second at which it ends (default, where clips have a begin: end)")
        .only_for({kDelimitedTable, kJsonTable});
    v("duration_column", duration_column,
      "Column of the seconds that it lasts, in place of its end (default, where clips have a "
      "begin and no end: duration)")
        .only_for({kDelimitedTable, kJsonTable});
    table.visit(v);
  }
};

/// What a run learns from (section data).
struct AudioDataOptions {
  std::string manifest, validation_manifest, test_manifest;
  std::string train_dir, validation_dir, test_dir;
  std::string root, recording;
  EncodingOption encoding;
  HoldOutOption split;
  double min_seconds = 0;
  std::optional<double> max_seconds;
  OnBadRow on_bad_row = OnBadRow::error;
  std::int64_t loader_threads = 0;

  template <typename V>
  void visit(V& v) {
    v("manifest", manifest,
      "CSV, TSV or JSONL file with a row per clip, or an annotation of a recording: .TextGrid, "
      ".eaf, .srt, .vtt");
    v("validation_manifest", validation_manifest, "The same to evaluate on during training");
    v("test_manifest", test_manifest, "The same to evaluate the final model on");
    v("train_dir", train_dir,
      "Folder of recordings: Common Voice, LibriSpeech, Kaldi, LJSpeech, Hugging Face's "
      "audiofolder, or recordings with annotations of the same name beside them");
    v("validation_dir", validation_dir, "The same to evaluate on during training");
    v("test_dir", test_dir, "The same to evaluate the final model on");
    v("root", root,
      "Folder that the paths of manifests, and of Kaldi's wav.scp, begin at (default: each one's "
      "own); a name without folders may be in any folder below it");
    v("recording", recording,
      "Recording that the annotation given as --manifest is of (default: as it says, or the one of "
      "the same name beside it)")
        .only_for({kAnnotation});
    encoding.visit(v);
    split.visit(v, "speakers");
    v("min_seconds", min_seconds, "Shorter clips are not learnt from", config::at_least(0));
    v("max_seconds", max_seconds, "Longer clips are not learnt from (default: no limit)",
      config::above(0));
    v("on_bad_row", on_bad_row, "Stop at clips that cannot be used, or leave them out");
    v("loader_threads", loader_threads, "Threads that decode clips ahead; 0 means all cores",
      config::thread_count());
  }

  /// Adds a problem for sources that contradict each other, and limits that do.
  void find_problems(config::Problems& problems) const;
  AudioSource training_source() const { return {manifest, train_dir, root, recording}; }
};

/// What `evaluate` measures on.
struct AudioEvaluateData {
  std::string manifest, data_dir, root, recording;
  EncodingOption encoding;
  GivenSplit split = GivenSplit::test;
  OnBadRow on_bad_row = OnBadRow::error;

  template <typename V>
  void visit(V& v) {
    v("manifest", manifest,
      "CSV, TSV or JSONL file with a row per clip, or an annotation of a recording: .TextGrid, "
      ".eaf, .srt, .vtt");
    v("data_dir", data_dir, "Folder of recordings, as --train-dir of train");
    v("root", root, "Folder that the manifest's paths begin at (default: its own)");
    v("recording", recording, "Recording that the annotation given as --manifest is of")
        .only_for({kAnnotation});
    encoding.visit(v);
    v("split", split, "Part to evaluate on, where the data says which is which")
        .only_for({kGivenParts});
    v("on_bad_row", on_bad_row, "Stop at clips that cannot be used, or leave them out");
  }

  AudioSource source() const { return {manifest, data_dir, root, recording}; }
};

}  // namespace attune
