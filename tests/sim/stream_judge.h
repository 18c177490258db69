#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "tests/sim/ledger.h"

namespace hark::sim {

/// What the subscribers of a history wrote down, judged record by record: I5 to I8, I11, I12, I14, I15, I18
/// and the rows of C8.
class StreamJudge {
 public:
  StreamJudge(const Facts& facts, const Ledger& ledger, std::array<std::uint64_t, row_count>& rows);

  std::optional<Violation> take(const Record& record, std::size_t index);

 private:
  struct Stream {
    std::uint32_t id = 0, reader = 0, topic = 0;
    Slot wish;
    int again = 0;
    Instant subscribed_at{};
    Slot known;         ///< the topic's greatest slot that anybody knew when the wish was sent
    Slot known_before;  ///< the same, so long before that every core knew it
    std::optional<Instant> ready_at;
    bool begun = false;      ///< it got an item or a gap
    bool gap_last = false;   ///< and the last was a gap
    bool had_item = false;
    bool ended = false;
    Slot next;               ///< what has to come
    Instant heard_at{};
    int slow = 0;
    bool slow_since_heard = false, ever_slow = false;
  };
  struct Reader {
    std::set<Slot> seen;
    Slot last;
  };
  using Wrong = std::optional<Violation>;

  void learn(std::uint32_t topic, Slot slot, Instant at);
  Slot known_at(std::uint32_t topic, Instant at) const;
  Wrong on_subscribe(const Record& r);
  Wrong on_heartbeat(Stream& s, const Record& r);
  Wrong on_item(Stream& s, const Record& r);
  Wrong on_gap(Stream& s, const Record& r);
  Wrong on_end(Stream& s, const Record& r);
  Wrong on_finished(Instant now);
  Wrong heard(Stream& s, const Record& r);
  Wrong first_item(const Stream& s, Slot slot);
  Wrong first_gap(const Stream& s, const Record& r);
  Wrong first_gap_here(const Stream& s, const Record& r);
  Wrong ahead(const Stream& s, const Record& r);
  bool may_begin_with_latest(const Stream& s) const;
  Wrong fresh_begin(const Stream& s, Slot first);
  Wrong whole_begin(const Stream& s, Slot first);
  Wrong next_gap(const Stream& s, const Record& r);
  Wrong honest(const Stream& s, Slot missed_to, Instant at) const;
  Wrong seen(const Stream& s, Slot slot);
  void count(Row row) { ++rows_[static_cast<std::size_t>(row)]; }
  void count_first_item(const Stream& s, Slot slot);
  Wrong wrong(std::string invariant, const Stream& s, std::string what) const;

  const Facts& facts_;
  const Ledger& ledger_;
  std::array<std::uint64_t, row_count>& rows_;
  std::map<std::uint32_t, Stream> streams_;
  std::map<std::uint32_t, Reader> readers_;
  std::vector<std::vector<std::pair<Instant, Slot>>> known_;  // by topic: growing
  std::vector<bool> deletions_;  // by namespace
  bool draining_ = false;
  std::size_t index_ = 0;
};

}  // namespace hark::sim
