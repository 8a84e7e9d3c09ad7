#include "attune/tasks/speech_recognition/speech_model.h"

#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/models/speech/ctc_head.h"
#include "attune/pretrained/resolve.h"
#include "attune/tasks/run/saved/saved_model.h"

namespace attune {
namespace {

/// fairseq keeps its symbols beside a checkpoint under this name.
constexpr const char* kDictionary = "dict.ltr.txt";

fs::path folder_of(const fs::path& path) {
  return fs::is_directory(path) ? path : path.parent_path();
}

/// The rate that its convolutions were trained at is not in config.json.
AudioProcessor processor_of(const fs::path& path, const std::string& name) {
  if (!AudioProcessor::is_in(folder_of(path))) {
    log_info("{}: nothing says how sound is prepared; 16 kHz, normalised, is taken", name);
  }
  return AudioProcessor::from_folder(folder_of(path));
}

}  // namespace

fs::path find_speech_model(const PretrainedOptions& pretrained, const std::string& language) {
  // A checkpoint of fairseq's is a file, or a folder without config.json.
  if (fs::exists(pretrained.model)) return pretrained.model;
  std::vector<std::string> further;
  if (!language.empty()) further = ctc_language_files(language);
  return resolve_model(pretrained.model, pretrained.revision, HubOptions::from_environment(),
                       further);
}

std::optional<CtcVocabulary> vocabulary_of(const fs::path& path, const std::string& language) {
  const fs::path folder = folder_of(path);
  if (CtcVocabulary::is_in(folder)) return CtcVocabulary::from_folder(folder, language);
  if (fs::exists(folder / kDictionary)) return CtcVocabulary::from_fairseq(folder / kDictionary);
  return {};
}

OpenedSpeechModel open_saved_recognizer(const PretrainedOptions& pretrained,
                                        const std::string& language, DeviceName device) {
  fs::path path;
  LoadedCtcModel loaded = open_saved_model(pretrained, device, [&] {
    path = find_speech_model(pretrained, language);
    return make_ctc_model(path, {.language = language}, pretrained.weights.weights_key);
  });
  std::optional<CtcVocabulary> vocabulary = vocabulary_of(path, language);
  check(vocabulary.has_value(), ErrorKind::user,
        "{}: there is no vocab.json, so what the model writes is not known", pretrained.model);
  CtcVocabulary fitted = vocabulary->fitted_to(loaded.model->info().vocab_size, pretrained.model);
  check(fitted.blank() == loaded.model->info().blank, ErrorKind::data,
        "{}: config.json says that output {} is CTC's blank (pad_token_id), the vocabulary that it "
        "is {}",
        pretrained.model, loaded.model->info().blank, fitted.blank());
  return {.model = std::move(loaded.model),
          .processor = processor_of(path, pretrained.model),
          .vocabulary = std::move(fitted),
          .name = pretrained.model};
}

OpenedSpeechModel open_speech_model(const SpeechTrainSettings& settings, CtcVocabulary vocabulary,
                                    bool keeps_head) {
  const std::string& language = settings.model.language;
  CtcHeadOptions head{.language = language,
                      .settings = settings.network.settings(),
                      .seed = static_cast<std::uint64_t>(settings.train.seed)};
  // Whoever trains on elsewhere goes on with the same loss.
  head.settings["ctc_loss_reduction"] = config::enum_name(settings.speech.ctc_loss_reduction);
  head.settings["ctc_zero_infinity"] = settings.speech.ctc_zero_infinity;
  const bool from_scratch = settings.pretrained.model.empty();
  const fs::path path =
      from_scratch ? fs::path() : find_speech_model(settings.pretrained, language);
  if (!keeps_head) {
    // What both can write is known already, whatever its number.
    const auto known = from_scratch ? std::nullopt : vocabulary_of(path, language);
    ask_for_symbols(vocabulary, known ? &*known : nullptr, head);
  }
  const std::string& name = from_scratch ? settings.model.architecture : settings.pretrained.model;
  LoadedCtcModel loaded =
      from_scratch ? make_ctc_model_from_config(read_json(settings.model.architecture), name, head)
                   : make_ctc_model(path, head, settings.pretrained.weights.weights_key);
  if (keeps_head) {
    vocabulary = vocabulary.fitted_to(loaded.model->info().vocab_size, name);
    check(vocabulary.blank() == loaded.model->info().blank, ErrorKind::data,
          "{}: config.json says that output {} is CTC's blank (pad_token_id), the vocabulary that "
          "it is {}; --vocabulary transcripts begins the head anew",
          name, loaded.model->info().blank, vocabulary.blank());
  }
  return {.model = std::move(loaded.model),
          .processor = from_scratch ? AudioProcessor() : processor_of(path, name),
          .vocabulary = std::move(vocabulary),
          .name = from_scratch ? name + " from random weights" : name};
}

}  // namespace attune
