#include "tests/sim/coverage.h"

#include <fmt/format.h>

#include <sstream>

namespace hark::sim {
namespace {

const char* name_of(std::size_t what) {
  static const char* const names[] = {"reason expired",
                                      "reason slow_consumer",
                                      "reason page_changed",
                                      "reason position_ahead",
                                      "epoch race (stale parcels)",
                                      "stall inside a message",
                                      "topic evicted",
                                      "topic continued after eviction",
                                      "topics moved between owners",
                                      "publishes parked at an owner",
                                      "publishes sent on after a move",
                                      "streams ended by a deletion",
                                      "streams ended by a drain",
                                      "connections reset for pinning",
                                      "publishes refused for memory",
                                      "turns cut short",
                                      "short writes"};
  static_assert(std::size(names) == Coverage::what_count);
  return names[what];
}

}  // namespace

void Coverage::add_rows(const std::array<std::uint64_t, row_count>& rows) {
  for (std::size_t i = 0; i < row_count; ++i) rows_[i] += rows[i];
}

void Coverage::add_world(World& world) {
  for (std::size_t i = 0; i < world.core_count(); ++i) {
    const server::CoreCounters& c = world.counters(i);
    const auto& reasons = c.gateway.views.discontinuities;
    for (std::size_t reason = 0; reason < discontinuity_reason_count; ++reason)
      add(static_cast<What>(reason_expired + reason), reasons[reason].value());
    add(epoch_races, c.gateway.views.stale_parcels.value());
    add(evictions, c.owner.table.evicted.value());
    add(owner_moves, c.owner.topics_moved_in.value());
    add(publishes_parked, c.owner.publishes_parked.value());
    add(publishes_moved, c.owner.publishes_moved.value());
    add(pinned_resets, c.gateway.connections.closed_for_pinning.value());
    add(refused_for_memory, c.owner.publishes_refused.value());
    add(turns_cut, c.gateway.turns_cut.value());
    add(short_writes, c.gateway.connections.short_writes.value());
  }
}

void Coverage::add_size(std::uint64_t publishes, std::uint64_t items, std::uint64_t turns) {
  publishes_ += publishes;
  items_ += items;
  turns_ += turns;
}

Coverage& Coverage::operator+=(const Coverage& other) {
  for (std::size_t i = 0; i < what_count; ++i) counts_[i] += other.counts_[i];
  add_rows(other.rows_);
  add_size(other.publishes_, other.items_, other.turns_);
  return *this;
}

std::string Coverage::missing() const {
  std::string names;
  const auto miss = [&](const char* name) { names += (names.empty() ? "" : ", ") + std::string(name); };
  for (std::size_t i = 0; i < row_count; ++i)
    if (rows_[i] == 0) miss(to_string(static_cast<Row>(i)));
  for (std::size_t i = 0; i < what_count; ++i)
    if (counts_[i] == 0) miss(name_of(i));
  return names;
}

std::string Coverage::table() const {
  std::string text = fmt::format("  {:>10}  publishes\n  {:>10}  items received\n  {:>10}  turns of cores\n",
                                 publishes_, items_, turns_);
  for (std::size_t i = 0; i < row_count; ++i)
    text += fmt::format("  {:>10}  C8: {}\n", rows_[i], to_string(static_cast<Row>(i)));
  for (std::size_t i = 0; i < what_count; ++i) text += fmt::format("  {:>10}  {}\n", counts_[i], name_of(i));
  return text;
}

std::string Coverage::line() const {
  std::string text;
  for (const std::uint64_t count : counts_) text += fmt::format("{} ", count);
  for (const std::uint64_t count : rows_) text += fmt::format("{} ", count);
  return text + fmt::format("{} {} {}", publishes_, items_, turns_);
}

Coverage Coverage::from_line(const std::string& line) {
  Coverage coverage;
  std::istringstream in(line);
  for (std::uint64_t& count : coverage.counts_) in >> count;
  for (std::uint64_t& count : coverage.rows_) in >> count;
  in >> coverage.publishes_ >> coverage.items_ >> coverage.turns_;
  return coverage;
}

}  // namespace hark::sim
