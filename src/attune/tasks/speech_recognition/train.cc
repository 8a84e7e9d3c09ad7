#include "attune/tasks/speech_recognition/train.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/data/audio/audio_scan.h"
#include "attune/kernels/runtime/threads.h"
#include "attune/tasks/run/saved/run_folder.h"
#include "attune/tasks/speech_recognition/task.h"
#include "attune/train/device.h"

namespace attune {
namespace {

/// Of the parameters of the convolutions that make frames, whatever the family.
constexpr const char* kFeatureEncoder = R"((^|\.)feature_extractor\.)";

std::vector<config::Trait> source_traits(const AudioDataOptions& data) {
  std::vector<config::Trait> traits;
  for (const AudioSource& source :
       {data.training_source(), AudioSource{data.validation_manifest, data.validation_dir},
        AudioSource{data.test_manifest, data.test_dir}}) {
    if (!source.name().empty()) traits.push_back(source_trait(source));
  }
  return traits;
}

/// Everything that can be told before data is read, at once.
void check_settings(SpeechTrainSettings& settings, config::Schema& schema) {
  config::Problems& problems = schema.problems();
  const bool has_model = !settings.pretrained.model.empty();
  if (has_model == !settings.model.architecture.empty()) {
    problems.add(has_model
                     ? "give either --model or --architecture"
                     : "--model is missing (or --architecture, to train from random weights)");
  }
  find_folder_problems(settings, problems);
  settle_frozen_encoder(settings);
  complete_arguments(settings.train, true, schema);
  find_speech_setting_problems(settings, schema);
  problems.throw_if_any();
  check_run_folder(settings.train, false);
  choose_device(settings.train);  // before there are tensors
}

AudioParts read_parts(const SpeechTrainSettings& settings, const CtcVocabulary* vocabulary) {
  return load_audio_parts(settings.data, settings.columns,
                          settle_case(settings.transcripts, vocabulary),
                          static_cast<std::uint64_t>(settings.train.seed));
}

/// Old recordings, whose transcripts become what those of the new ones do.
std::optional<AudioDataset> read_old(const std::string& manifest,
                                     const SpeechTrainSettings& settings,
                                     const CtcVocabulary& vocabulary) {
  if (manifest.empty()) return {};
  ReadAudioOptions options{.columns = settings.columns,
                           .transcripts = settle_case(settings.transcripts, &vocabulary),
                           .encoding = settings.data.encoding,
                           .min_seconds = settings.data.min_seconds,
                           .max_seconds = settings.data.max_seconds,
                           .on_bad_row = settings.data.on_bad_row};
  return read_audio_data({.manifest = manifest, .root = settings.data.root}, options);
}

ReadSpeech with_old(AudioParts parts, const SpeechTrainSettings& settings, CtcVocabulary vocabulary,
                    bool is_checkpoints) {
  SpeechParts all{.audio = std::move(parts),
                  .replay = read_old(settings.replay.replay_manifest, settings, vocabulary),
                  .old = read_old(settings.replay.old_manifest, settings, vocabulary)};
  return {std::move(all), std::move(vocabulary), is_checkpoints};
}

CtcVocabulary new_vocabulary(const AudioParts& parts) {
  std::vector<std::string_view> texts;
  for (const AudioExample& example : parts.train.examples) texts.push_back(example.text);
  return CtcVocabulary::from_texts(texts);
}

/// Before data are read, which may take long.
void check_network(const SpeechTrainSettings& settings) {
  const Json asked = settings.network.settings();
  const fs::path config =
      settings.pretrained.model.empty()
          ? fs::path(settings.model.architecture)
          : find_speech_model(settings.pretrained, settings.model.language) / "config.json";
  // Of a checkpoint of fairseq's it is told when that is opened.
  if (asked.empty() || !fs::exists(config)) return;
  check_ctc_settings(read_json(config), config.string(), asked);
}

}  // namespace

std::set<std::string> unknown_characters(const AudioDataset& data,
                                         const CtcVocabulary& vocabulary) {
  std::set<std::string> unknown;
  for (const AudioExample& example : data.examples) {
    std::vector<std::string> found;
    vocabulary.encode(example.text, &found);
    unknown.insert(found.begin(), found.end());
  }
  return unknown;
}

void settle_frozen_encoder(SpeechTrainSettings& settings) {
  std::optional<bool>& freeze = settings.network.freeze_feature_encoder;
  if (!freeze) freeze = !settings.pretrained.model.empty();
  auto& patterns = settings.adapt.freeze;
  if (*freeze && std::ranges::find(patterns, kFeatureEncoder) == patterns.end()) {
    patterns.emplace_back(kFeatureEncoder);
  }
}

void find_speech_setting_problems(const SpeechTrainSettings& settings, config::Schema& schema) {
  config::Problems& problems = schema.problems();
  const AudioDataOptions& data = settings.data;
  data.find_problems(problems);
  settings.augment.find_problems(problems);
  find_run_problems(settings, true, problems);
  if (settings.speech.batch_seconds && schema.find("per_device_train_batch_size")->asked_for) {
    problems.add("give either --batch-seconds or --per-device-train-batch-size");
  }
  if (settings.train.label_smoothing_factor > 0) {
    problems.add("--label-smoothing-factor is for classes: CTC's loss has none");
  }
  schema.find_unserved({kTimedExamples});
  if (!data.training_source().name().empty()) schema.find_unserved(source_traits(data));
}

ReadSpeech read_speech(const SpeechTrainSettings& settings) {
  check_network(settings);
  const VocabularyChoice choice = settings.network.vocabulary;
  std::optional<CtcVocabulary> own;
  if (!settings.pretrained.model.empty() && choice != VocabularyChoice::transcripts) {
    own = vocabulary_of(find_speech_model(settings.pretrained, settings.model.language),
                        settings.model.language);
  }
  check(own || choice != VocabularyChoice::checkpoint, ErrorKind::user,
        "--vocabulary checkpoint: {} has no vocab.json",
        settings.pretrained.model.empty() ? "a model from random weights"
                                          : settings.pretrained.model);
  if (own) {
    AudioParts parts = read_parts(settings, &*own);
    const std::set<std::string> unknown = unknown_characters(parts.train, *own);
    if (unknown.empty() || choice == VocabularyChoice::checkpoint) {
      if (!unknown.empty()) {
        log_warning(
            "{} characters of the transcripts are no symbols of {}, and are learnt as unknown: {}",
            unknown.size(), settings.pretrained.model, fmt::join(unknown, " "));
      }
      return with_old(std::move(parts), settings, std::move(*own), true);
    }
    log_info("the vocabulary is made of the transcripts, since that of {} lacks {}",
             settings.pretrained.model, fmt::join(unknown, " "));
  }
  // Once more where the checkpoint's symbols wanted other letters: what was made large does not
  // become small again in every language.
  AudioParts parts = read_parts(settings, nullptr);
  CtcVocabulary vocabulary = new_vocabulary(parts);
  return with_old(std::move(parts), settings, std::move(vocabulary), false);
}

void leave_out_unreadable(std::span<const std::pair<std::string, AudioDataset*>> parts,
                          std::int64_t threads) {
  ScannedClips scanned;
  scan_clips(parts, OnBadRow::skip, threads, scanned);
  for (const auto& [name, data] : parts) {
    check(data->size() > 0, ErrorKind::data, "none of the {} clips can be used; the last: {}", name,
          data->bad_rows.empty() ? "" : data->bad_rows.back().text());
  }
}

int SpeechRecognition::train(config::Schema& schema) {
  check_settings(train_, schema);
  use_threads(train_.train.threads);
  ReadSpeech read = read_speech(train_);
  if (train_.data.on_bad_row == OnBadRow::skip) {
    auto parts = read.parts.audio.parts();
    if (read.parts.replay) parts.emplace_back("replayed", &*read.parts.replay);
    leave_out_unreadable(parts, train_.data.loader_threads);
  }
  // Evaluation each epoch was put in on the chance that the data bring a validation part.
  if (!read.parts.audio.validation) withdraw_evaluation(train_.train, schema);
  schema.problems().throw_if_any();
  OpenedSpeechModel opened =
      open_speech_model(train_, std::move(read.vocabulary), read.is_checkpoints);
  return SpeechTraining(train_, schema, std::move(opened), std::move(read.parts)).run();
}

}  // namespace attune
