#pragma once

#include <memory>
#include <string>

#include "attune/base/files.h"
#include "attune/data/audio/audio_parts.h"
#include "attune/media/audio/audio_processor.h"
#include "attune/media/text/ctc/ctc_vocabulary.h"
#include "attune/models/registry.h"
#include "attune/tasks/speech_recognition/options.h"
#include "attune/train/options.h"

namespace attune {

/// Everything that makes sound to text.
struct OpenedSpeechModel {
  std::shared_ptr<CtcModel> model;
  AudioProcessor processor;
  CtcVocabulary vocabulary;
  std::string name;  ///< for people
};

/// Where a checkpoint's files are: a folder, a file of fairseq's, or a hub model in the cache.
fs::path find_speech_model(const PretrainedOptions& pretrained, const std::string& language);

/// The symbols of what lies at `path`, where it says them.
std::optional<CtcVocabulary> vocabulary_of(const fs::path& path, const std::string& language);

/// A fine-tuned recogniser, ready to be applied: in evaluation mode, every tensor loaded, on its
/// device. Throws `user` where it has no trained head or no vocabulary, or they do not fit.
OpenedSpeechModel open_saved_recognizer(const PretrainedOptions& pretrained,
                                        const std::string& language, DeviceName device);

/// The model a run begins with, with a head for `vocabulary`: the checkpoint's own where
/// `keeps_head`, else one of which the rows of symbols that the checkpoint has too are kept. Throws
/// `data` where its head and its vocabulary do not fit.
OpenedSpeechModel open_speech_model(const SpeechTrainSettings& settings, CtcVocabulary vocabulary,
                                    bool keeps_head);

}  // namespace attune
