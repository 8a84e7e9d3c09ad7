#include "attune/base/log.h"

#include <mutex>

namespace attune {
namespace {

std::mutex& sink_mutex() {
  static std::mutex mutex;
  return mutex;
}

LogSink& current_sink() {
  static LogSink sink;
  return sink;
}

}  // namespace

LogSink set_log_sink(LogSink sink) {
  std::lock_guard lock(sink_mutex());
  return std::exchange(current_sink(), std::move(sink));
}

void log_message(LogLevel level, std::string_view text) {
  std::lock_guard lock(sink_mutex());
  if (current_sink()) current_sink()(level, text);
}

}  // namespace attune
