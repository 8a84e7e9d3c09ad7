#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/json.h"
#include "attune/config/field.h"
#include "attune/data/audio/audio_options.h"
#include "attune/data/audio/transcript_rules.h"
#include "attune/media/audio/augment.h"
#include "attune/tasks/run/settings.h"

namespace attune {

/// Whose symbols a model writes.
enum class VocabularyChoice { automatic, checkpoint, transcripts };

constexpr auto enum_names(VocabularyChoice) {
  return std::to_array<std::pair<VocabularyChoice, std::string_view>>(
      {{VocabularyChoice::automatic, "auto"},
       {VocabularyChoice::checkpoint, "checkpoint"},
       {VocabularyChoice::transcripts, "transcripts"}});
}

/// What a checkpoint does not say of itself (section `pretrained`).
struct SpeechModelOptions {
  std::string architecture;
  std::string language;

  template <typename V>
  void visit(V& v) {
    v("architecture", architecture,
      "A config.json of a speech model to train from random weights, in place of --model");
    v("language", language,
      "Of a checkpoint with language adapters (MMS): which to begin with, e.g. deu")
        .only_with("model");
  }
};

/// How the network is changed for the task (section `adapt`). Names and meaning are those of the
/// models' config.json; what is left out stays as the checkpoint has it.
struct SpeechAdaptOptions {
  VocabularyChoice vocabulary = VocabularyChoice::automatic;
  std::optional<bool> freeze_feature_encoder;
  std::optional<double> mask_time_prob, mask_feature_prob;
  std::optional<std::int64_t> mask_time_length, mask_time_min_masks;
  std::optional<std::int64_t> mask_feature_length, mask_feature_min_masks;
  std::optional<double> layerdrop, hidden_dropout, activation_dropout, attention_dropout,
      feat_proj_dropout, final_dropout;

  template <typename V>
  void visit(V& v) {
    v("vocabulary", vocabulary,
      "Symbols that the model writes: the checkpoint's, those of the transcripts, or (auto) the "
      "checkpoint's where they can write every transcript");
    v("freeze_feature_encoder", freeze_feature_encoder,
      "Keep the convolutions as they are (default: yes, unless the model begins with random "
      "weights)")
        .settled_later();
    v("mask_time_prob", mask_time_prob,
      "Share of the frames that are hidden in training, where spans do not overlap",
      config::in_range(0, 1));
    v("mask_time_length", mask_time_length, "Frames of a hidden span", config::at_least(1));
    v("mask_time_min_masks", mask_time_min_masks, "Least number of hidden spans of a clip",
      config::at_least(0));
    v("mask_feature_prob", mask_feature_prob, "Share of the channels that are hidden in training",
      config::in_range(0, 1));
    v("mask_feature_length", mask_feature_length, "Channels of a hidden span", config::at_least(1));
    v("mask_feature_min_masks", mask_feature_min_masks,
      "Least number of hidden spans of channels of a clip", config::at_least(0));
    v("layerdrop", layerdrop, "Probability with which a layer is left out in training",
      config::below(0, 1));
    v("hidden_dropout", hidden_dropout, "Dropout of the encoder's layers", config::below(0, 1));
    v("activation_dropout", activation_dropout, "Dropout inside of feed-forward layers",
      config::below(0, 1));
    v("attention_dropout", attention_dropout, "Dropout of attention's probabilities",
      config::below(0, 1));
    v("feat_proj_dropout", feat_proj_dropout, "Dropout behind the projection of the features",
      config::below(0, 1));
    v("final_dropout", final_dropout, "Dropout before the head", config::below(0, 1));
  }

  /// Those that were given, under the names that config.json has.
  Json settings() const;
};

/// How the loss of a clip counts. `mean`: divided by its transcript's length, as Hugging Face's
/// script has it. Both are means over the clips of an update.
enum class ClipLoss { mean, sum };

constexpr auto enum_names(ClipLoss) {
  return std::to_array<std::pair<ClipLoss, std::string_view>>(
      {{ClipLoss::mean, "mean"}, {ClipLoss::sum, "sum"}});
}

/// What speech adds to how a run trains (section `train`).
struct SpeechTrainOptions {
  std::optional<double> batch_seconds;
  double eval_batch_seconds = 40;
  std::int64_t join_clips = 1;
  ClipLoss ctc_loss_reduction = ClipLoss::mean;
  bool ctc_zero_infinity = true;

  template <typename V>
  void visit(V& v) {
    v("batch_seconds", batch_seconds,
      "Seconds of sound in a training batch, in place of a number of clips", config::above(0));
    v("eval_batch_seconds", eval_batch_seconds,
      "Seconds of sound that go through the model together in evaluation", config::above(0));
    v("join_clips", join_clips,
      "Join up to so many clips of one speaker that are in a batch to one, anew each epoch: for "
      "data of single words",
      config::in_range(1, 1000));
    v("ctc_loss_reduction", ctc_loss_reduction,
      "Whether the loss of a clip is divided by the length of its transcript (mean) or not (sum)");
    v("ctc_zero_infinity", ctc_zero_infinity,
      "Clips that are too short for their transcript (made so by augmentation: others are left "
      "out) count as loss 0 instead of stopping the run");
  }
};

/// Old data that a run must not forget over the new (section `data`).
struct ReplayOptions {
  std::string replay_manifest, old_manifest;
  double replay_ratio = 0.5;

  template <typename V>
  void visit(V& v) {
    v("replay_manifest", replay_manifest,
      "Table of recordings of what the model was trained on: some of them are learnt from beside "
      "the new ones, others each epoch");
    v("old_manifest", old_manifest,
      "Table of recordings of what the model understood before, which are not learnt from: error "
      "rates on them before and after the run tell what it has forgotten");
    v("replay_ratio", replay_ratio, "Replayed clips of an epoch for each new one",
      config::Bounds{.min = 0, .max = 100, .min_is_open = true})
        .only_with("replay_manifest");
  }
};

/// How scores become text.
struct DecodingOptions {
  std::string lm, lexicon;
  config::Texts hot_words;
  double hot_word_weight = 10;
  std::optional<std::int64_t> beam_width;
  double lm_weight = 0.5, word_bonus = 1.5;

  /// Whether a beam search is asked for; otherwise each frame's best symbol is taken.
  bool searches() const {
    return !lm.empty() || !lexicon.empty() || !hot_words.empty() || beam_width.has_value();
  }

  template <typename V>
  void visit(V& v) {
    v("lm", lm, "Language model over words: an ARPA file (attune train-lm makes one)");
    v("lm_weight", lm_weight, "Weight of the language model's logarithms in the search",
      config::in_range(0, 100))
        .only_with("lm");
    v("word_bonus", word_bonus,
      "Added for each word, against the language model's taste for short texts",
      config::in_range(-100, 100))
        .only_with("lm");
    v("lexicon", lexicon, "List of the words that may be written, a word a line");
    v("hot_words", hot_words, "A word or phrase that is likelier than usual; may be repeated");
    v("hot_word_weight", hot_word_weight, "How much likelier", config::in_range(0, 1000))
        .only_with("hot_words");
    v("beam_width", beam_width,
      "Texts that the search keeps (default: 100 with --lm, --lexicon or --hot-words; without them "
      "and this option each frame's best symbol is taken)",
      config::in_range(1, 10000));
  }
};

/// Settings of `attune train --task speech-recognition`.
struct SpeechTrainSettings : RunSettings {
  AudioDataOptions data;
  AudioColumns columns;
  TranscriptOptions transcripts;
  ReplayOptions replay;
  SpeechModelOptions model;
  SpeechAdaptOptions network;
  AudioAugmentOptions augment;
  SpeechTrainOptions speech;
};

}  // namespace attune
