#pragma once

#include <cstdint>
#include <optional>

#include "base/strong_number.h"

namespace hark {

/// A message's place in its topic: 1, 2, 3, ... within a sequence page, without holes. 0 is "none".
using SequenceNumber = StrongNumber<struct SequenceNumberTag>;

/// One unbroken run of sequence numbers. Only grows; a greater page means that the topic began again.
/// Below 2^53, because JavaScript clients read it as a double. 0 is "unknown".
using SequencePage = StrongNumber<struct SequencePageTag>;

/// A slot: one message for ever.
struct Position {
  SequencePage page;
  SequenceNumber number;
  friend constexpr auto operator<=>(const Position&, const Position&) = default;
};

/// Numbers and pages stay below this (2^53), so that every client can hold them exactly.
inline constexpr std::uint64_t sequence_values_max = std::uint64_t{1} << 53;

/// Why a subscriber does not get some numbers.
enum class DiscontinuityReason : std::uint8_t {
  expired,         ///< older than the replay buffer when the subscriber asked for them
  slow_consumer,   ///< the subscriber's place fell out of the replay buffer while it was connected
  page_changed,    ///< the topic began again: a new page
  position_ahead,  ///< the subscriber claimed a position that does not exist
};
inline constexpr std::size_t discontinuity_reason_count = 4;
const char* to_string(DiscontinuityReason reason);

/// The word to a subscriber that it will not get some messages.
///
/// Same page: numbers after `last.number` up to `missed_to` (inclusive) are missed, the next item is
/// missed_to + 1. `page_changed`: everything after `last` in older pages and 1 ... missed_to of
/// `page`. `position_ahead`: nothing is missed; missed_to is the head.
struct Discontinuity {
  DiscontinuityReason reason;
  Position last;             ///< the last slot that the subscriber had, or claimed; 0 when unknown
  SequencePage page;         ///< the page that delivery continues in
  SequenceNumber missed_to;  ///< delivery continues with the number after this
  friend bool operator==(const Discontinuity&, const Discontinuity&) = default;
};

}  // namespace hark
