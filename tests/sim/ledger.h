#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "tests/sim/checker.h"

namespace hark::sim {

/// One publish with all that is ever known about it.
struct Published {
  std::uint32_t id = 0, topic = 0, connection = 0;
  std::size_t sent_record = 0;
  std::size_t written_record = 0;  ///< 0: never whole
  Instant sent_at{};
  std::uint64_t hash = 0, bytes = 0;
  std::optional<Kind> outcome{};
  Instant answered_at{};
  std::optional<Slot> slot{};  ///< by its ack, or by an item
  std::optional<Instant> acked_at{};
  Slot floor{};  ///< the greatest slot of the topic that was known to somebody when it was sent
};

/// Every publish of a history, and what follows from all of them together.
///
/// Bounds are one-sided on purpose: what may have been is judged with everything that was sent, what must
/// have been with what was acked; so no correct history is ever called wrong.
class Ledger {
 public:
  Ledger(const Facts& facts, std::span<const Record> records);

  /// I1, I2, I3, I9, I10, C2, C3, C4: what concerns publishes alone.
  std::optional<Violation> check() const;

  const Published* find(std::uint32_t id) const;
  /// Whether the message at `slot` can have left the buffer by `at`.
  bool may_be_gone(std::uint32_t topic, Slot slot, Instant at) const;
  /// Whether it must have left by number of messages alone, with all acked by `at`.
  bool must_be_gone(std::uint32_t topic, Slot slot, Instant at) const;
  /// The greatest number of `page` that can have been given by `at`.
  std::uint64_t head_at_most(std::uint32_t topic, std::uint64_t page, Instant at) const;
  /// Whether so much can have been accepted in the `span` before `at` that the buffer went round.
  bool may_have_burst(std::uint32_t topic, Instant at, Duration span) const;

 private:
  void note(const Record& record, std::size_t index);
  void note_slot(Published& publish, Slot slot, std::size_t index);
  void fail(std::string invariant, std::string what, std::size_t record);
  std::optional<Violation> check_order() const;
  std::optional<Violation> check_pipelines() const;
  std::optional<Violation> check_pages() const;
  std::optional<Violation> check_answers() const;

  const Facts& facts_;
  std::span<const Record> records_;
  std::map<std::uint32_t, Published> publishes_;
  std::vector<std::vector<const Published*>> by_topic_;  // in the order sent
  std::vector<std::map<Slot, std::uint32_t>> slots_;     // by topic: whose it is
  std::vector<Slot> known_;                              // by topic: greatest so far
  struct Span {
    Instant asked, done;
  };
  std::vector<std::vector<Span>> deletions_;             // by namespace
  bool draining_ = false;
  std::size_t quiet_record_ = 0;
  std::optional<Violation> first_;
};

}  // namespace hark::sim
