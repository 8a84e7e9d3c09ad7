#include "attune/tasks/registry.h"

#include <algorithm>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/models/image/image_origin.h"
#include "attune/tasks/image_classification/task.h"
#include "attune/tasks/medical_image_classification/task.h"
#include "attune/tasks/speech_recognition/task.h"
#include "attune/tasks/text_classification/task.h"

namespace attune {

const std::vector<TaskEntry>& task_registry() {
  // The order counts: of tasks that know a verb's options equally well the first is taken. The
  // medical task's models say what any classifier of pictures says, so it is never guessed from
  // one.
  static const std::vector<TaskEntry> entries = {
      {"text-classification", "one label, several labels or a number for a text or a pair of texts",
       [] { return std::make_unique<TextClassification>(); }, ModelUse::classify_text,
       "ForSequenceClassification"},
      {"image-classification", "one label, several labels or a number for a picture",
       [] { return std::make_unique<ImageClassification>(); }, ModelUse::classify_pictures,
       "ForImageClassification", is_timm_config},
      {"medical-image-classification",
       "a picture's findings as decisions: calibrated, with a threshold and intervals",
       [] { return std::make_unique<MedicalImageClassification>(); }, ModelUse::classify_pictures,
       ""},
      {"speech-recognition", "what is said in a recording",
       [] { return std::make_unique<SpeechRecognition>(); }, ModelUse::transcribe_speech, "ForCTC"},
  };
  return entries;
}

const TaskEntry& find_task(const std::string& name) {
  std::vector<std::string> names;
  for (const TaskEntry& entry : task_registry()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  fail(ErrorKind::user, "--task: there is no task \"{}\"{}; tasks are: {}", name,
       did_you_mean(name, names), join(names, ", "));
}

std::vector<std::string> tasks_that_fit(const Json& config) {
  const std::vector<ModelUse> uses = uses_of(config);
  std::vector<std::string> names;
  for (const TaskEntry& entry : task_registry()) {
    if (std::ranges::find(uses, entry.use) != uses.end()) names.push_back(entry.name);
  }
  return names;
}

std::string task_of_config(const Json& config) {
  for (const TaskEntry& entry : task_registry()) {
    if (entry.knows && config.is_object() && entry.knows(config)) return entry.name;
  }
  const auto architectures = config.find("architectures");
  if (architectures == config.end() || !architectures->is_array()) return "";
  for (const Json& architecture : *architectures) {
    for (const TaskEntry& entry : task_registry()) {
      if (architecture.is_string() && !entry.architecture_suffix.empty() &&
          architecture.get<std::string>().ends_with(entry.architecture_suffix)) {
        return entry.name;
      }
    }
  }
  return "";
}

}  // namespace attune
