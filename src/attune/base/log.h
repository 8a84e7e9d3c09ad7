#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace attune {

enum class LogLevel { info, warning };

/// Receives every message of the library. Called from any thread, one call at a time.
using LogSink = std::function<void(LogLevel, std::string_view)>;

/// Installs `sink` and returns the one before. The library never prints: without a sink, messages
/// go nowhere.
LogSink set_log_sink(LogSink sink);

void log_message(LogLevel level, std::string_view text);

template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log_message(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log_message(LogLevel::warning, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace attune
