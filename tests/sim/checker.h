#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tests/sim/facts.h"
#include "tests/sim/record.h"

namespace hark::sim {

/// A broken promise: which one, in whose history, in words.
struct Violation {
  std::string invariant;  ///< "I5", "C8", ...
  std::string what;
  std::size_t record = 0;  ///< where it shows
};

/// The rows of the delivery contract's C8 that an answer has shown, and what else only the log tells.
enum class Row : std::uint8_t {
  fresh_latest,        ///< r = 0: began with the newest message
  fresh_empty,         ///< r = 0: there was none
  fresh_new_only,      ///< r = 0: the namespace begins with what comes next
  kept,                ///< p = P, b <= r <= h: from the buffer
  next,                ///< p = P, r = h + 1: nothing but what comes next
  expired,             ///< p = P, r < b
  ahead,               ///< p = P, r > h + 1
  older_page,          ///< p < P
  unknown_page,        ///< p was no page at all
  greater_page,        ///< p > P
  any_page,            ///< p = 0, r > 1, kept
  any_page_expired,    ///< p = 0, r > 1, not kept
  any_page_ahead,      ///< p = 0, r > h + 1
  whole_buffer,        ///< p = 0, r = 1
};
inline constexpr std::size_t row_count = 14;
const char* to_string(Row row);

struct Verdict {
  std::optional<Violation> violation;
  std::array<std::uint64_t, row_count> rows{};
};

/// Judges a history by the delivery contract alone: what publishers and subscribers wrote down, and what
/// the bus told them before. Knows nothing of how the bus works.
Verdict check(const Facts& facts, std::span<const Record> records);

}  // namespace hark::sim
