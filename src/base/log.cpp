#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "base/utf8.h"

namespace hark {
namespace {

std::atomic<LogLevel> level_min{LogLevel::info};

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("hark", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: break;
  }
  return spdlog::level::off;
}

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

void append_hex(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\x";
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

/// Length of the UTF-8 character that `text` begins with, 0 when it begins with none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length)
    if (is_utf8(text.substr(0, length))) return length;
  return 0;
}

/// U+0080 ... U+009F, which terminals obey as they obey the control bytes below 0x20.
bool is_c1_control(std::string_view character) {
  return character.size() == 2 && character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

void set_log_level(LogLevel level) { level_min.store(level, std::memory_order_relaxed); }

bool log_enabled(LogLevel level) {
  return level >= level_min.load(std::memory_order_relaxed) && level != LogLevel::off;
}

void log_line(LogLevel level, std::string_view line) {
  if (!log_enabled(level)) return;
  std::string safe;
  safe.reserve(line.size());
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_control(byte)) {
      append_hex(safe, byte);
    } else {
      safe += c;
    }
  }
  logger().log(to_spdlog(level), spdlog::string_view_t(safe.data(), safe.size()));
}

std::string escaped(std::string_view text, std::size_t bytes_max) {
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t length = character_length(rest);
    const std::size_t taken = length == 0 ? 1 : length;
    if (text.size() - rest.size() + taken > bytes_max) return out += "...";
    const std::string_view character = rest.substr(0, taken);
    if (length == 0 || is_control(static_cast<unsigned char>(character[0])) || is_c1_control(character)) {
      for (const char c : character) append_hex(out, static_cast<unsigned char>(c));
    } else if (character == "\\") {
      out += "\\\\";
    } else {
      out += character;
    }
    rest.remove_prefix(taken);
  }
  return out;
}

bool RateLimitedLog::may_log(Instant now) {
  if (now >= next_) {
    next_ = now + every_;
    return true;
  }
  ++swallowed_;
  return false;
}

void RateLimitedLog::write(LogLevel level, std::string line) {
  if (swallowed_ > 0) line += fmt::format(" ({} more like this since the last line)", swallowed_);
  swallowed_ = 0;
  log_line(level, line);
}

}  // namespace hark
