#pragma once

namespace attune::cli {

/// What a verb writes to standard output besides what a Console shows.
enum class Output {
  nothing,         ///< it is for messages and progress
  data,            ///< as it comes
  data_at_the_end  ///< when all work is done
};

/// Draws what the library reports while it lives: messages on standard output, warnings on standard
/// error, progress as a bar on a terminal and as plain lines otherwise. Where standard output is
/// for data, messages are left out and the bar is drawn on standard error, unless data come on the
/// same terminal meanwhile.
class Console {
 public:
  explicit Console(Output output) { show(output); }
  ~Console();
  /// As if made with `output`.
  void show(Output output);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
};

}  // namespace attune::cli
