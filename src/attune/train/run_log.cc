#include "attune/train/run_log.h"

#include <cerrno>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "attune/base/error.h"

namespace attune {

RunLog::RunLog(fs::path path, const Json& history) : path_(std::move(path)) {
  if (path_.empty()) return;
  std::string text;
  for (const Json& entry : history) text += dump_json_line(entry) + "\n";
  write_file_atomically(path_, text);
  descriptor_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (descriptor_ < 0) fail_io("write", path_, errno);
}

RunLog::~RunLog() {
  if (descriptor_ >= 0) close(descriptor_);
}

void RunLog::append(const Json& entry) {
  if (descriptor_ < 0) return;
  const std::string line = dump_json_line(entry) + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t put = write(descriptor_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_io("write", path_, errno);
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace attune
