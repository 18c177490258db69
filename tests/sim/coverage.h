#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tests/sim/checker.h"
#include "tests/sim/world.h"

namespace hark::sim {

/// What has to occur in a run of the simulation for it to mean something, and how often it did.
class Coverage {
 public:
  enum What : std::uint8_t {
    reason_expired,
    reason_slow_consumer,
    reason_page_changed,
    reason_position_ahead,
    epoch_races,
    stalls_inside_messages,
    evictions,
    continued_after_eviction,
    owner_moves,
    publishes_parked,
    publishes_moved,
    deletions_under_subscribers,
    drains_of_streams,
    pinned_resets,
    refused_for_memory,
    turns_cut,
    short_writes,
    what_count
  };

  void add(What what, std::uint64_t count = 1) { counts_[what] += count; }
  void add_rows(const std::array<std::uint64_t, row_count>& rows);
  void add_world(World& world);
  void add_size(std::uint64_t publishes, std::uint64_t items, std::uint64_t turns);
  Coverage& operator+=(const Coverage& other);

  /// The names of what never occurred; empty when all did.
  std::string missing() const;
  std::string table() const;
  /// All counts as one line of text, and back.
  std::string line() const;
  static Coverage from_line(const std::string& line);

 private:
  std::array<std::uint64_t, what_count> counts_{};
  std::array<std::uint64_t, row_count> rows_{};
  std::uint64_t publishes_ = 0, items_ = 0, turns_ = 0;
};

}  // namespace hark::sim
