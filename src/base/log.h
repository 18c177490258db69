#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/instant.h"

namespace hark {

/// The log: lines to stderr with time and level. Any thread; a line costs a lock and a system call,
/// so nothing that happens per message or per request is logged, and what a client can cause goes
/// through a RateLimitedLog.
enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

/// Lines below `level` are dropped before they are formatted. `info` unless called.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);

/// Writes one line. Control bytes in it come out escaped, so that one call is one line for ever.
void log_line(LogLevel level, std::string_view line);

template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(LogLevel::debug))
    log_line(LogLevel::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(LogLevel::info)) log_line(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warn(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(LogLevel::warn)) log_line(LogLevel::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(LogLevel::error))
    log_line(LogLevel::error, fmt::format(format, std::forward<Args>(args)...));
}

/// `text` as it may stand in a log line, whoever chose it: control bytes, bytes that are not UTF-8 and
/// backslashes escaped (`\x0a`), cut after `bytes_max` bytes of the original with "..." behind.
std::string escaped(std::string_view text, std::size_t bytes_max = 256);

/// One cause of log lines that others can trigger: at most one line each `every`, which tells how many
/// were swallowed since the last. Core: one.
class RateLimitedLog {
 public:
  explicit RateLimitedLog(Duration every = 1s) : every_(every) {}

  template <typename... Args>
  void warn(Instant now, fmt::format_string<Args...> format, Args&&... args) {
    if (may_log(now)) write(LogLevel::warn, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void error(Instant now, fmt::format_string<Args...> format, Args&&... args) {
    if (may_log(now)) write(LogLevel::error, fmt::format(format, std::forward<Args>(args)...));
  }

  std::uint64_t swallowed() const { return swallowed_; }  ///< since the last line written

 private:
  bool may_log(Instant now);
  void write(LogLevel level, std::string line);

  Duration every_;
  Instant next_{Instant::min()};
  std::uint64_t swallowed_ = 0;
};

}  // namespace hark
