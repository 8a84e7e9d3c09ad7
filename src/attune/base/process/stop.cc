#include "attune/base/process/stop.h"

#include <csignal>

namespace attune {
namespace {

std::atomic<int> shields{0};

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

/// As nohup leaves SIGHUP: the run is to outlive its terminal. The others are sent on purpose, and
/// shells leave SIGINT so for all that runs in the background.
bool is_unwanted(int number) {
  struct sigaction action {};
  return number == SIGHUP && sigaction(number, nullptr, &action) == 0 &&
         action.sa_handler == SIG_IGN;
}

/// The default action is back from the first signal on, so a user who presses Ctrl-C twice is not
/// kept waiting for a checkpoint, nor for a second signal of the other kind.
void on_signal(int number) {
  requested_signal.store(number);
  for (const int each : kSignals) {
    if (!is_unwanted(each)) std::signal(each, SIG_DFL);
  }
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
  for (const int number : kSignals) {
    if (!is_unwanted(number)) sigaction(number, &action, nullptr);
  }
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
