#include "attune/tasks/speech_recognition/check.h"

#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/data/audio/audio_scan.h"
#include "attune/data/check/audio_findings.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/check/check_report.h"
#include "attune/tasks/speech_recognition/train.h"

namespace attune {
namespace {

/// The model a run would begin with, where one is named: it says which clips are too short.
std::optional<OpenedSpeechModel> open_model(const SpeechTrainSettings& settings,
                                            const ReadSpeech& read) {
  if (settings.pretrained.model.empty() && settings.model.architecture.empty()) return {};
  return open_speech_model(settings, read.vocabulary, read.is_checkpoints);
}

/// What `train` refuses once its data are read.
void add_run_problem(const SpeechTrainSettings& settings, DataCheck& check) {
  try {
    check_best_metric(settings.train, speech_metrics(), {});
  } catch (const Error& error) {
    check.add({.severity = Severity::problem, .kind = "run", .text = error.what()});
  }
}

}  // namespace

bool check_speech_data(SpeechTrainSettings& settings, const CheckOptions& options,
                       config::Schema& schema) {
  settle_frozen_encoder(settings);
  complete_arguments(settings.train, true, schema);
  find_speech_setting_problems(settings, schema);
  schema.problems().throw_if_any();
  use_threads(settings.train.threads);
  const std::string name = settings.data.training_source().name();
  const OnBadRow policy = std::exchange(settings.data.on_bad_row, OnBadRow::skip);
  std::optional<ReadSpeech> read;
  std::vector<AudioScan> scans;
  ScannedClips scanned;
  try {
    read = read_speech(settings);
    scans = scan_clips(read->parts.audio.parts(), OnBadRow::skip, 0, scanned);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    return report_check(failed_check(AudioDataset::kUnit, error, policy), name, options);
  }
  AudioParts& parts = read->parts.audio;
  if (!parts.validation) {
    withdraw_evaluation(settings.train, schema);
    schema.problems().throw_if_any();
  }
  const std::optional<OpenedSpeechModel> opened = open_model(settings, *read);
  AudioCheckOptions what{.policy = policy, .vocabulary = &read->vocabulary};
  if (read->parts.replay) what.old.replayed = &*read->parts.replay;
  if (read->parts.old) what.old.measured = &*read->parts.old;
  if (opened) {
    what.sample_rate = opened->processor.sampling_rate();
    what.is_feasible = [&](const AudioExample& clip) { return has_frames_enough(clip, *opened); };
  }
  DataCheck check = check_clips(parts, scans, what);
  add_run_problem(settings, check);
  return report_check(check, name, options);
}

}  // namespace attune
