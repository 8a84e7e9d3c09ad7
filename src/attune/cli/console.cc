#include "attune/cli/console.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

#include "attune/base/log.h"
#include "attune/base/progress.h"
#include "attune/base/text/human.h"
#include "attune/base/text/utf8.h"

namespace attune::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// A terminal that is gone, or a full disk under a log, must not end a run of hours: what cannot be
/// said is lost, and main() tells of it at the end.
void put(std::FILE* stream, const std::string& text) {
  std::fputs(text.c_str(), stream);
  std::fflush(stream);
}

class Display {
 public:
  explicit Display(Output output)
      : quiet_(output != Output::nothing),
        stream_(quiet_ ? stderr : stdout),
        terminal_(isatty(fileno(stream_)) == 1) {
    // Behind a bar the rows of data would begin in the middle of a line; a file of errors is to
    // hold errors alone.
    const bool rows_come_between = output == Output::data && isatty(STDOUT_FILENO) == 1;
    shows_progress_ = !quiet_ || (terminal_ && !rows_come_between);
  }

  void message(LogLevel level, std::string_view text) {
    std::lock_guard lock(mutex_);
    erase_bar();
    // Warnings go to standard error always: it stays visible where the output is data in a pipe.
    if (level == LogLevel::warning) {
      put(stderr, fmt::format("warning: {}\n", text));
    } else if (!quiet_) {
      put(stdout, fmt::format("{}\n", text));
    }
  }

  void progress(const ProgressEvent& event) {
    std::lock_guard lock(mutex_);
    if (!shows_progress_) return;
    if (event.activity != activity_) begin(event);
    const auto now = Clock::now();
    // A terminal is drawn ten times a second, whatever comes in between; a log file takes four
    // lines a minute.
    if (terminal_) {
      if (event.finished) {
        erase_bar();
      } else if (now - drawn_ >= std::chrono::milliseconds(100)) {
        drawn_ = now;
        draw(event);
      }
    } else if (now - drawn_ >= std::chrono::seconds(15) && !event.finished) {
      drawn_ = now;
      put(stream_, text_of(event) + "\n");
    }
    if (event.finished) activity_.clear();
  }

 private:
  void begin(const ProgressEvent& event) {
    activity_ = event.activity;
    begun_ = Clock::now();
    // At once on a terminal; in a log what ends within the first 15 s leaves no line.
    drawn_ = terminal_ ? Clock::time_point{} : begun_;
    // What a resumed download or run had done before says nothing about the speed of this one.
    done_at_begin_ = event.done;
  }

  std::string text_of(const ProgressEvent& event) const {
    const double seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    const double rate =
        seconds > 0 ? static_cast<double>(event.done - done_at_begin_) / seconds : 0;
    std::string text = std::string(event.activity);
    if (event.unit == "bytes") {
      text += " " + human_bytes(static_cast<unsigned long long>(event.done));
      if (event.total > 0)
        text += " of " + human_bytes(static_cast<unsigned long long>(event.total));
      text += fmt::format("  {}/s", human_bytes(static_cast<unsigned long long>(rate)));
    } else {
      text += fmt::format(" {}", event.done);
      if (event.total > 0) text += fmt::format("/{}", event.total);
      text += fmt::format(" {}  {:.1f}/s", event.unit, rate);
    }
    if (event.total > event.done && rate > 0) {
      text += "  " + human_duration(static_cast<double>(event.total - event.done) / rate) + " left";
    }
    if (!event.detail.empty()) text += "  " + std::string(event.detail);
    return text;
  }

  void draw(const ProgressEvent& event) {
    constexpr int kWidth = 24;
    std::string bar;
    if (event.total > 0) {
      const auto full = static_cast<int>(kWidth * std::min(event.done, event.total) / event.total);
      for (int i = 0; i < kWidth; ++i) bar += i < full ? "━" : "─";
      bar += " ";
    }
    winsize size{};
    const int columns =
        ioctl(fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
    // Three columns for the "..." behind a cut and a free one, so that the terminal does not wrap
    // and the bar stays one line.
    constexpr int kSpare = 4;
    if (columns <= kSpare) return;
    const std::string line =
        shorten_utf8(bar + text_of(event), static_cast<std::size_t>(columns - kSpare));
    // ECMA-48: CSI K erases to the end of the line; the new text may be shorter.
    put(stream_, "\r\033[K" + line);
    bar_shown_ = true;
  }

  void erase_bar() {
    if (!bar_shown_) return;
    // Now: a warning goes to standard error, which is not buffered, and would stand behind the bar.
    put(stream_, "\r\033[K");
    bar_shown_ = false;
  }

  const bool quiet_;
  std::FILE* const stream_;  ///< of the bar
  const bool terminal_;
  bool shows_progress_ = false;
  std::mutex mutex_;
  std::string activity_;
  Clock::time_point begun_, drawn_;
  std::int64_t done_at_begin_ = 0;
  bool bar_shown_ = false;
};

}  // namespace

void Console::show(Output output) {
  // Shared by both sinks: a bar and a message must not be written at once.
  auto display = std::make_shared<Display>(output);
  set_log_sink([display](LogLevel level, std::string_view text) { display->message(level, text); });
  set_progress_sink([display](const ProgressEvent& event) { display->progress(event); });
}

Console::~Console() {
  set_log_sink({});
  set_progress_sink({});
}

}  // namespace attune::cli
