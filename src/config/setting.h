#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.h"
#include "model/error.h"

namespace hark::config {

/// One setting: where its value is, what it may be, and what is said of it. A row of registry.h.
struct Setting {
  enum class Unit : std::uint8_t { none, bytes };
  using Place =
      std::variant<bool Settings::*, std::string Settings::*, std::size_t Settings::*, LogLevel Settings::*,
                   std::vector<std::string> HttpSettings::*, std::size_t Limits::*, Duration Limits::*>;

  std::string_view key;      ///< "limits.message_bytes_max": the table in the file, a dot, the name
  Place place;
  Unit unit = Unit::none;
  std::string_view least, most;  ///< as people write them, inclusive; empty: any
  std::string_view summary;      ///< what it is, why it is what it is, and what happens at it
  bool reloads = false;          ///< SIGHUP takes a new value
  bool by_machine = false;       ///< when nothing is said, lowered to what the machine gives

  /// Reads `text` and puts it into `settings`. The error says what would have been right; nothing is put
  /// then.
  Result<void> assign(Settings& settings, std::string_view text) const;
  /// The value as assign() reads it. A list is "a,b".
  std::string show(const Settings& settings) const;
  /// As show(), as TOML has it: "\"1MiB\"", "true", "[\"a\", \"b\"]".
  std::string show_toml(const Settings& settings) const;

  /// "HARK_LIMITS_MESSAGE_BYTES_MAX".
  std::string environment_name() const;
  /// "bytes", "time", "number", ...
  std::string_view kind() const;
};

}  // namespace hark::config
