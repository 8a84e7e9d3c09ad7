#include "attune/data/audio/audio_parts.h"

#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/data/audio/annotations/annotated_recording.h"
#include "attune/data/audio/audio_manifest.h"
#include "attune/data/audio/folders/audio_folder.h"
#include "attune/data/audio/folders/kaldi.h"
#include "attune/data/audio/folders/ljspeech.h"
#include "attune/data/audio/measure_clips.h"
#include "attune/data/split/groups.h"

namespace attune {
namespace {

FoundClips find_clips(const AudioSource& source, const ReadAudioOptions& options) {
  const AudioTableOptions table{.columns = options.columns,
                                .encoding = options.encoding,
                                .root = source.root,
                                .has_transcripts = options.has_transcripts,
                                .may_lack_parts = options.may_lack_parts};
  if (source.manifest.empty()) return read_audio_folder(source.folder, table);
  const fs::path manifest = source.manifest;
  if (is_annotation_file(source.manifest)) {
    return read_annotated_recording(manifest, {.tiers = options.columns.annotation_tier,
                                               .encoding = options.encoding,
                                               .recording = source.recording,
                                               .root = source.root});
  }
  // Two lists that people know by their names, and would give as what they are.
  if (manifest.filename() == "wav.scp") return read_kaldi(manifest.parent_path(), table);
  if (is_ljspeech_table(manifest)) return read_ljspeech(manifest, table);
  return read_audio_table(manifest, table);
}

/// A single speaker cannot be parted, and needs not be: who has one voice wants it understood.
SplitBasis speaker_basis(const AudioDataset& data, const std::string& name) {
  SplitBasis basis = split_basis(data);
  basis.group_word = "speaker";
  const std::int64_t speakers = count_groups(data);
  if (speakers == 1) {
    log_info("{}: its clips are of one speaker, who is on both sides of --validation-split", name);
    basis.groups.clear();
  }
  return basis;
}

/// Another source of the run: its paths begin where those of the training source do, if it has any.
AudioSource beside(const AudioSource& training, AudioSource other) {
  const bool has_paths =
      other.folder.empty() ? !is_annotation_file(other.manifest) : is_kaldi(other.folder);
  if (has_paths) other.root = training.root;
  return other;
}

}  // namespace

AudioDataset read_audio_data(const AudioSource& source, const ReadAudioOptions& options) {
  return measure_clips(find_clips(source, options), source.name(),
                       {.transcripts = options.transcripts,
                        .has_transcripts = options.has_transcripts,
                        .min_seconds = options.min_seconds,
                        .max_seconds = options.max_seconds,
                        .on_bad_row = options.on_bad_row,
                        .threads = options.threads});
}

AudioParts load_audio_parts(const AudioDataOptions& data, const AudioColumns& columns,
                            const TranscriptOptions& transcripts, std::uint64_t seed) {
  ReadAudioOptions read{.columns = columns,
                        .transcripts = transcripts,
                        .encoding = data.encoding,
                        .min_seconds = data.min_seconds,
                        .max_seconds = data.max_seconds,
                        .on_bad_row = data.on_bad_row,
                        .threads = data.loader_threads};
  const AudioSource source = data.training_source();
  AudioParts parts = given_parts(read_audio_data(source, read), source.name());
  const AudioSource validation =
      beside(source, {.manifest = data.validation_manifest, .folder = data.validation_dir});
  const AudioSource test =
      beside(source, {.manifest = data.test_manifest, .folder = data.test_dir});
  check(!parts.validation || (!data.split.validation_split && validation.name().empty()),
        ErrorKind::user,
        "the data has a validation part already ({} clips); leave out --validation-split, "
        "--validation-manifest and --validation-dir",
        parts.validation ? parts.validation->size() : 0);
  // What is measured on is measured on as it is: limits are of what is learnt from.
  read.min_seconds = 0;
  read.max_seconds.reset();
  // The columns are those of the training table; other parts may come as one.
  read.may_lack_parts = true;
  if (!validation.name().empty()) {
    parts.validation =
        part_or_all(read_audio_data(validation, read), GivenSplit::validation, validation.name());
  }
  if (!test.name().empty()) {
    tell_replaced_test(parts, source.name(), test.name());
    parts.test = part_or_all(read_audio_data(test, read), GivenSplit::test, test.name());
  }
  if (data.split.validation_split) {
    parts.divide(hold_out(speaker_basis(parts.train, source.name()), *data.split.validation_split,
                          seed, source.name()));
  }
  return parts;
}

}  // namespace attune
