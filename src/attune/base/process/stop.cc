#include "attune/base/process/stop.h"

#include <csignal>

namespace attune {
namespace {

std::atomic<int> shields{0};

/// The default action is back from the first signal on, so a user who presses Ctrl-C twice is not
/// kept waiting for a checkpoint, nor for a second signal of the other kind.
void on_signal(int number) {
  requested_signal.store(number);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

std::atomic<int> requested_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not lock");

void install_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  // Without SA_RESTART: a read of a pipe that nobody writes to would begin again and never end.
  action.sa_flags = 0;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void check_stop() {
  const int signal = requested_signal.load(std::memory_order_relaxed);
  if (signal != 0 && shields.load() == 0) throw Stopped(signal);
}

StopShield::StopShield() {
  ++shields;
}

StopShield::~StopShield() {
  --shields;
}

}  // namespace attune
