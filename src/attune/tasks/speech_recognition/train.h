#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "attune/config/schema.h"
#include "attune/tasks/speech_recognition/training.h"

namespace attune {

/// Adds what contradicts itself between the settings of `attune train`, but for model and folder.
void find_speech_setting_problems(const SpeechTrainSettings& settings, config::Schema& schema);

/// The characters of transcripts that a vocabulary has no symbol for.
std::set<std::string> unknown_characters(const AudioDataset& data, const CtcVocabulary& vocabulary);

/// Puts the convolutions among what is frozen, where nothing else is said and a trained model is
/// fine-tuned: that hardly moves them, and their output can be kept.
void settle_frozen_encoder(SpeechTrainSettings& settings);

/// The data of a run, read as the vocabulary wants transcripts, and whose vocabulary that is.
struct ReadSpeech {
  SpeechParts parts;
  CtcVocabulary vocabulary;
  bool is_checkpoints = false;  ///< the vocabulary, and so the head
};

/// Reads recordings and settles whose symbols are written. Throws `user` where the checkpoint's
/// are asked for and it has none, or they cannot write the transcripts.
ReadSpeech read_speech(const SpeechTrainSettings& settings);

/// Decodes every clip of the parts (name and data); those that cannot be (a NaN, a damaged block)
/// leave them and are added to their bad rows. Throws `data` where none is left of a part.
void leave_out_unreadable(std::span<const std::pair<std::string, AudioDataset*>> parts,
                          std::int64_t threads);

}  // namespace attune
