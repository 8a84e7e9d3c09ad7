#pragma once

#include <atomic>
#include <exception>

namespace attune {

/// The signal that asked to stop (SIGINT, SIGTERM, SIGHUP), 0 where none did. The training loop
/// looks between updates: it saves a checkpoint and returns.
extern std::atomic<int> requested_signal;

/// Lets SIGINT, SIGTERM and SIGHUP (a lost terminal; unless the process ignores it, as under
/// nohup) set `requested_signal`; a second one, of any, ends the process at once. For programs; the
/// library never calls it. Reads and writes under way are interrupted.
void install_stop_signals();

/// Thrown by `check_stop`. No `Error`: nothing is wrong, and nobody may take it for a bad file.
class Stopped : public std::exception {
 public:
  explicit Stopped(int signal) : signal_(signal) {}
  int signal() const { return signal_; }
  const char* what() const noexcept override { return "stopped by a signal"; }

 private:
  int signal_;
};

/// Long work calls it between its pieces, each well below a second, on any thread. Throws `Stopped`
/// where a signal has asked to stop.
void check_stop();

/// While one lives `check_stop` lets everything pass, on every thread: for work that is kept only
/// if it is finished, such as a checkpoint.
class StopShield {
 public:
  StopShield();
  ~StopShield();
  StopShield(const StopShield&) = delete;
  StopShield& operator=(const StopShield&) = delete;
};

}  // namespace attune
