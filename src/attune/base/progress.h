#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace attune {

/// One report of a long activity. `total` is 0 where it is not known.
struct ProgressEvent {
  std::string_view activity;  ///< "download model.safetensors", "train", "evaluate"
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::string_view unit;    ///< "bytes", "steps", "samples"
  std::string_view detail;  ///< free text behind the bar, e.g. "loss 0.412"
  bool finished = false;    ///< last event of this activity
};

/// What draws it (a terminal bar, plain lines, nothing). The library calls it, never prints.
using ProgressSink = std::function<void(const ProgressEvent&)>;

/// Installs `sink` and returns the one before.
ProgressSink set_progress_sink(ProgressSink sink);

void report_progress(const ProgressEvent& event);

}  // namespace attune
