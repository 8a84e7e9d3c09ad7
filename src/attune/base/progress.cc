#include "attune/base/progress.h"

#include <utility>

#include "attune/base/sink.h"

namespace attune {
namespace {

Sink<const ProgressEvent&>& progress_sink() {
  static Sink<const ProgressEvent&> sink;
  return sink;
}

}  // namespace

ProgressSink set_progress_sink(ProgressSink sink) {
  return progress_sink().exchange(std::move(sink));
}

void report_progress(const ProgressEvent& event) {
  progress_sink()(event);
}

}  // namespace attune
