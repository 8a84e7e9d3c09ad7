#include "attune/tasks/speech_recognition/training.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/config/values.h"
#include "attune/data/check/audio_findings.h"
#include "attune/data/fingerprint.h"
#include "attune/media/text/ctc/forced_alignment.h"
#include "attune/tasks/run/run_report.h"
#include "attune/tasks/speech_recognition/report.h"
#include "attune/train/schedule/timeline.h"
#include "attune/train/settings.h"

namespace attune {

/// A part of the data that a run is evaluated on, with its last results.
struct SpeechTraining::Part {
  const AudioDataset& data;
  SpeechEvaluator evaluator;
  SpeechEvaluationOptions options;
  std::optional<SpeechEvaluation> last = {};
};

namespace {

/// Frames that a clip becomes, and those that its transcript needs.
struct NeededFrames {
  std::int64_t there = 0, needed = 0;
  bool suffice() const { return there >= std::max<std::int64_t>(1, needed); }
};

NeededFrames frames_of(const AudioExample& example, const OpenedSpeechModel& opened) {
  const auto rate = static_cast<double>(opened.processor.sampling_rate());
  return {opened.model->frames(static_cast<std::int64_t>(example.seconds * rate)),
          frames_needed(opened.vocabulary.encode(example.text))};
}

}  // namespace

bool has_frames_enough(const AudioExample& example, const OpenedSpeechModel& opened) {
  return frames_of(example, opened).suffice();
}

void leave_out_short_clips(AudioDataset& data, const OpenedSpeechModel& opened) {
  std::vector<std::int64_t> kept;
  for (std::int64_t n = 0; n < data.size(); ++n) {
    const AudioExample& example = data.examples[static_cast<std::size_t>(n)];
    const NeededFrames frames = frames_of(example, opened);
    if (frames.suffice()) {
      kept.push_back(n);
      continue;
    }
    data.bad_rows.push_back(data.bad_row(
        n, fmt::format("{} frames, and the transcript needs {}: it is too long for the clip",
                       frames.there, frames.needed)));
  }
  if (std::ssize(kept) == data.size()) return;
  AudioDataset rest = data.subset(kept);
  rest.take_left_out(data);
  data = std::move(rest);
  check(data.size() > 0, ErrorKind::data,
        "no clip is long enough for its transcript; the first: {}", data.bad_rows.front().text());
}

SpeechTraining::SpeechTraining(const SpeechTrainSettings& settings, const config::Schema& schema,
                               OpenedSpeechModel opened, SpeechParts parts)
    : settings_(settings),
      schema_(schema),
      opened_(std::move(opened)),
      parts_(std::move(parts.audio)),
      old_data_(std::move(parts.old)),
      cache_budget_(cache_budget(settings.adapt)) {
  leave_out_short_clips(parts_.train, opened_);
  const DataCheck check = check_clips(parts_, {},
                                      {.policy = {},
                                       .vocabulary = &opened_.vocabulary,
                                       .sample_rate = opened_.processor.sampling_rate(),
                                       .is_feasible = {},
                                       .old = {.replayed = parts.replay ? &*parts.replay : nullptr,
                                               .measured = old_data_ ? &*old_data_ : nullptr}});
  data_text_ = check.to_summary();
  if (parts.replay) {
    leave_out_short_clips(*parts.replay, opened_);
    replay_from_ = parts_.train.size();
    const std::int64_t old = parts.replay->size();
    replayed_ =
        std::min(old, static_cast<std::int64_t>(std::llround(settings.replay.replay_ratio *
                                                             static_cast<double>(replay_from_))));
    data_text_ += fmt::format("{} of {} old clips of {} are replayed each epoch\n", replayed_, old,
                              settings.replay.replay_manifest);
    parts_.train.append(std::move(*parts.replay));
  }
  check_batch_seconds();
}

void SpeechTraining::check_batch_seconds() const {
  const std::optional<double> limit = settings_.speech.batch_seconds;
  if (!limit) return;
  const auto longest = std::ranges::max_element(parts_.train.examples, {}, &AudioExample::seconds);
  check(longest->seconds <= *limit, ErrorKind::user,
        "--batch-seconds {}: {} lasts {:.2f} s, more than a batch may; give more, or leave longer "
        "clips out (--max-seconds {})",
        *limit, parts_.train.source_name(longest - parts_.train.examples.begin()), longest->seconds,
        *limit);
}

SpeechFeed::Options SpeechTraining::feed_options() const {
  return {.threads = settings_.data.loader_threads,
          .budget = cache_budget_,
          .cache_folder = cache_folder(settings_.adapt),
          .seed = static_cast<std::uint64_t>(settings_.train.seed)};
}

std::unique_ptr<SpeechTraining::Part> SpeechTraining::make_part(
    const std::optional<AudioDataset>& data) {
  if (!data) return nullptr;
  return std::unique_ptr<Part>(
      new Part{.data = *data,
               .evaluator = SpeechEvaluator(*opened_.model, *data, opened_.processor,
                                            opened_.vocabulary, *decoder_, feed_options()),
               .options = {.batch_seconds = settings_.speech.eval_batch_seconds}});
}

Evaluate SpeechTraining::evaluate_function(std::unique_ptr<Part>& part) {
  if (!part) return {};
  return [&part = *part](std::int64_t first, const std::string& activity) -> const Evaluation& {
    part.options.first_trained_group = first;
    part.options.activity = activity;
    part.last = part.evaluator.evaluate(part.options);
    return *part.last;
  };
}

RunFacts SpeechTraining::facts() const {
  RunFacts facts{.task = "speech-recognition",
                 .model_name = opened_.name,
                 .data_text = data_text_,
                 .unit = "clips",
                 .bad_rows = parts_.bad_rows(),
                 .metrics = speech_metrics(),
                 .sampling = sampler_options(settings_.train)};
  if (settings_.speech.batch_seconds) {
    facts.sampling.batch_tokens = std::llround(
        *settings_.speech.batch_seconds * static_cast<double>(opened_.processor.sampling_rate()));
  }
  facts.sampling.replay_from = replay_from_;
  facts.sampling.replayed = replayed_;
  // What the numbers depend on and the training loop, which knows no sound, cannot see.
  facts.fingerprint = {
      {"train_data", contents_of(parts_.train).fingerprint},
      // Evaluations of other clips would decide what is the best model.
      {"validation_data",
       parts_.validation ? Json(contents_of(*parts_.validation).fingerprint) : Json()},
      {"symbols", opened_.vocabulary.symbols()},
      {"preprocessor", opened_.processor.to_json()},
      {"augment", config::values_of(settings_.augment)},
      {"replayed", replayed_}};
  if (settings_.speech.join_clips > 1) {
    facts.fingerprint["speakers"] = lengths_fingerprint(parts_.train.group_ids());
  }
  return facts;
}

int SpeechTraining::run() {
  folder_.emplace(*opened_.model);
  // In every checkpoint too: each is a folder that predict can open.
  folder_->keep("preprocessor_config.json", dump_json(opened_.processor.to_json()));
  folder_->keep([this](const fs::path& folder) { opened_.vocabulary.save(folder); });
  const SpeechTrainOptions& speech = settings_.speech;
  train_source_.emplace(parts_.train, opened_.processor.sampling_rate(), settings_.augment);
  SpeechFeed::Options feed = feed_options();
  // What is joined anew each epoch is another sound each time.
  feed.keeps_features = speech.join_clips == 1;
  step_ = std::make_unique<SpeechRecognitionStep>(
      *opened_.model, parts_.train, opened_.processor, *train_source_,
      targets_of(parts_.train, opened_.vocabulary),
      SpeechRecognitionStep::Options{.join_clips = speech.join_clips,
                                     .loss = speech.ctc_loss_reduction,
                                     .zero_infinity = speech.ctc_zero_infinity},
      feed);
  decoder_.emplace(opened_.vocabulary, DecodingOptions());
  validation_ = make_part(parts_.validation);
  test_ = make_part(parts_.test);
  old_ = make_part(old_data_);
  return fine_tune({.facts = facts(),
                    .model = *opened_.model,
                    .step = *step_,
                    .folder = *folder_,
                    .validate = evaluate_function(validation_),
                    .test = evaluate_function(test_),
                    .old = evaluate_function(old_),
                    .report = [this](const FinishedRun& run) { return report(run); }},
                   settings_, schema_);
}

Report SpeechTraining::report(const FinishedRun& run) const {
  Report report = run_report(run);
  report.title = "Speech recognition";
  report.add(data_section(summarize_audio(parts_)));
  if (run.evaluation == nullptr) return report;
  const Part& part = run.part == EvaluatedPart::test ? *test_ : *validation_;
  add_transcripts(*part.last, part.data, run, settings_.report.report_mistakes, report);
  return report;
}

}  // namespace attune
