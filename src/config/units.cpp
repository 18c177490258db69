#include "config/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace hark::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array byte_units{Unit{"B", 1},
                                Unit{"KiB", 1ULL << 10},
                                Unit{"MiB", 1ULL << 20},
                                Unit{"GiB", 1ULL << 30},
                                Unit{"TiB", 1ULL << 40},
                                Unit{"kB", 1'000},
                                Unit{"MB", 1'000'000},
                                Unit{"GB", 1'000'000'000}};
constexpr std::uint64_t microsecond = 1'000, millisecond = 1'000 * microsecond, second = 1'000 * millisecond;
constexpr std::array time_units{Unit{"us", microsecond},  Unit{"ms", millisecond},
                                Unit{"s", second},        Unit{"min", 60 * second},
                                Unit{"h", 3600 * second}, Unit{"d", 86400 * second}};

/// A number and what stands behind it, without the blanks between.
struct Parts {
  std::uint64_t number = 0;
  std::string_view unit;
};
bool split(std::string_view text, Parts& parts) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts.number);
  if (error != std::errc()) return false;
  parts.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (parts.unit.starts_with(' ')) parts.unit.remove_prefix(1);
  return true;
}

template <std::size_t N>
bool multiply(const Parts& parts, const std::array<Unit, N>& units, std::uint64_t& product) {
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == parts.unit; });
  if (unit == units.end()) return false;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  product = parts.number > most / unit->factor ? most : parts.number * unit->factor;
  return true;
}

template <std::size_t N>
std::string show(std::uint64_t value, const std::array<Unit, N>& units, std::string_view smallest) {
  const Unit* best = nullptr;
  for (const Unit& unit : units)
    if (value > 0 && value % unit.factor == 0 && (!best || unit.factor > best->factor)) best = &unit;
  if (!best) return "0" + std::string(smallest);
  return std::to_string(value / best->factor) + std::string(best->name);
}

}  // namespace

Result<bool> read_flag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return fail(ErrorCode::invalid_argument, "is true or false");
}

Result<std::uint64_t> read_count(std::string_view text) {
  Parts parts;
  if (split(text, parts) && parts.unit.empty()) return parts.number;
  return fail(ErrorCode::invalid_argument, "is a whole number");
}

Result<std::uint64_t> read_bytes(std::string_view text) {
  Parts parts;
  std::uint64_t bytes = 0;
  if (split(text, parts)) {
    if (parts.unit.empty()) parts.unit = "B";
    if (multiply(parts, byte_units, bytes)) return bytes;
  }
  return fail(ErrorCode::invalid_argument, "is a number of bytes, as 65536, 64KiB, 1MiB or 5MB");
}

Result<Duration> read_duration(std::string_view text) {
  Parts parts;
  std::uint64_t nanoseconds = 0;
  if (split(text, parts)) {
    if (parts.unit.empty() && parts.number == 0) return Duration{0};
    if (multiply(parts, time_units, nanoseconds))
      return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
  }
  return fail(ErrorCode::invalid_argument, "is a time with its unit, as 250ms, 10s, 5min or 1h");
}

std::string show_bytes(std::uint64_t bytes) {
  // Powers of two only: "1048576" reads as 1MiB to everybody, "1000000" better as it is.
  const std::string whole = show(bytes,
                                 std::array{Unit{"KiB", 1ULL << 10}, Unit{"MiB", 1ULL << 20},
                                            Unit{"GiB", 1ULL << 30}, Unit{"TiB", 1ULL << 40}},
                                 "");
  return whole == "0" ? std::to_string(bytes) : whole;
}

std::string show_duration(Duration duration) {
  return show(static_cast<std::uint64_t>(std::chrono::nanoseconds(duration).count()), time_units, "s");
}

}  // namespace hark::config
