#include "attune/train/signals.h"

#include <csignal>

namespace attune {

std::atomic<int> requested_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not lock");

void install_stop_signals() {
  struct sigaction action {};
  // SA_RESETHAND: the second signal finds the default action, so a user who presses Ctrl-C twice is
  // not kept waiting for a checkpoint. SA_RESTART: reads and writes under way go on instead of
  // failing.
  action.sa_handler = [](int number) { requested_signal.store(number); };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace attune
