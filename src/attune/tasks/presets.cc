#include "attune/tasks/presets.h"

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"

namespace attune {

std::string about(const Preset& preset) {
  std::string text;
  for (const std::string& line : split(preset.text, '\n')) {
    if (!line.starts_with("#")) break;
    const std::string_view words = trim(std::string_view(line).substr(1));
    text += fmt::format("{}{}", text.empty() ? "" : " ", words);
  }
  return text;
}

config::Document find_preset(const std::string& name) {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) {
    const std::string full = fmt::format("{}/{}", preset.task, preset.name);
    if (name == preset.name || name == full) {
      config::Document document =
          config::parse_yaml(std::string(preset.text), fmt::format("preset {}", full));
      // The folder says it: a preset needs no line of its own for its task.
      document.value["task"] = preset.task;
      return document;
    }
    names.emplace_back(preset.name);
  }
  fail(ErrorKind::user, "--preset: there is no preset \"{}\"{}; presets are: {}", name,
       did_you_mean(name, names), join(names, ", "));
}

}  // namespace attune
