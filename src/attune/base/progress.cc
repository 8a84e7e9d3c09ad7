#include "attune/base/progress.h"

#include <mutex>
#include <utility>

namespace attune {
namespace {

std::mutex& sink_mutex() {
  static std::mutex mutex;
  return mutex;
}

ProgressSink& current_sink() {
  static ProgressSink sink;
  return sink;
}

}  // namespace

ProgressSink set_progress_sink(ProgressSink sink) {
  std::lock_guard lock(sink_mutex());
  return std::exchange(current_sink(), std::move(sink));
}

void report_progress(const ProgressEvent& event) {
  std::lock_guard lock(sink_mutex());
  if (current_sink()) current_sink()(event);
}

}  // namespace attune
