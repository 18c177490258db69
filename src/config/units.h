#pragma once

#include <string>
#include <string_view>

#include "base/instant.h"
#include "model/error.h"

namespace hark::config {

// Values as people write them. Each error says what would have been right.

/// "true" or "false".
Result<bool> read_flag(std::string_view text);
/// A whole number from 0 on.
Result<std::uint64_t> read_count(std::string_view text);
/// A number of bytes: "1048576", "1MiB", "64 KiB", "5 MB".
Result<std::uint64_t> read_bytes(std::string_view text);
/// "250ms", "10 s", "10min", "2h", "1d"; "us" too. A number without a unit is none, but for 0.
Result<Duration> read_duration(std::string_view text);

/// The shortest form that reads back as the same.
std::string show_bytes(std::uint64_t bytes);
std::string show_duration(Duration duration);

}  // namespace hark::config
