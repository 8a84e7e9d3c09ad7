#include "attune/base/log.h"

#include "attune/base/sink.h"

namespace attune {
namespace {

Sink<LogLevel, std::string_view>& log_sink() {
  static Sink<LogLevel, std::string_view> sink;
  return sink;
}

}  // namespace

LogSink set_log_sink(LogSink sink) {
  return log_sink().exchange(std::move(sink));
}

void log_message(LogLevel level, std::string_view text) {
  log_sink()(level, text);
}

}  // namespace attune
