#pragma once

#include <atomic>

namespace attune {

/// The signal that asked to stop (SIGINT, SIGTERM), 0 where none did. The training loop looks
/// between updates: it saves a checkpoint and returns.
extern std::atomic<int> requested_signal;

/// Lets SIGINT and SIGTERM set `requested_signal`; a second one ends the process at once. For
/// programs; the library never calls it.
void install_stop_signals();

}  // namespace attune
