#include "attune/train/log/run_log.h"

#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "attune/base/error.h"

namespace attune {
namespace {

/// "eval_accuracy" -> "eval/accuracy", "loss" -> "train/loss" (transformers, `rewrite_logs`).
std::string tag_of(const std::string& name) {
  return name.starts_with("eval_") ? "eval/" + name.substr(5) : "train/" + name;
}

}  // namespace

RunLog::RunLog(fs::path path, const fs::path& events, const Json& history, std::int64_t step)
    : path_(std::move(path)) {
  if (!events.empty()) {
    // An event file cannot be rewritten as the JSON lines are: a new one says from which step on
    // the older ones no longer hold.
    events_ = std::make_unique<TensorBoardWriter>(
        events, step > 0 ? std::optional(step + 1) : std::nullopt);
  }
  if (path_.empty()) return;
  std::string text;
  for (const Json& entry : history) text += dump_json_line(entry) + "\n";
  // Replaced as a whole, then appended to: a kill in between leaves the old log or the new one.
  write_file_atomically(path_, text);
  descriptor_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor_ < 0) fail_io("write", path_, errno);
}

RunLog::~RunLog() {
  if (descriptor_ >= 0) close(descriptor_);
}

void RunLog::append(const Json& entry) {
  if (events_) {
    for (const auto& [name, value] : entry.items()) {
      if (!value.is_number() || name == "step") continue;
      events_->add_scalar(tag_of(name), value.get<double>(), entry.at("step").get<std::int64_t>());
    }
    // Entries are rare; a TensorBoard that is open shows each as it comes.
    events_->flush();
  }
  if (descriptor_ < 0) return;
  const std::string line = dump_json_line(entry) + "\n";
  std::string_view rest = line;
  // A call may write a part only, or be interrupted by the signal that asks to stop.
  while (!rest.empty()) {
    const ssize_t put = write(descriptor_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_io("write", path_, errno);
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace attune
