#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace attune {

/// A function that receives something from any thread, one call at a time; may be empty.
template <typename... Args>
class Sink {
 public:
  using Function = std::function<void(Args...)>;

  /// Returns the function before.
  Function exchange(Function function) {
    std::lock_guard lock(mutex_);
    return std::exchange(function_, std::move(function));
  }
  void operator()(Args... args) {
    std::lock_guard lock(mutex_);
    if (function_) function_(args...);
  }

 private:
  std::mutex mutex_;
  Function function_;
};

}  // namespace attune
