#pragma once

namespace attune::cli {

/// Draws what the library reports while it lives: messages on standard output, warnings on standard
/// error, progress as a bar on a terminal and as plain lines otherwise.
class Console {
 public:
  /// With `quiet`, only warnings are shown (for verbs whose output is data).
  explicit Console(bool quiet);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
};

}  // namespace attune::cli
