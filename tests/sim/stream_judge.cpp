#include "tests/sim/stream_judge.h"

#include <fmt/format.h>

#include <algorithm>

namespace hark::sim {
namespace {

std::string text(Slot slot) { return fmt::format("{}:{}", slot.page, slot.number); }

}  // namespace

StreamJudge::StreamJudge(const Facts& facts, const Ledger& ledger, std::array<std::uint64_t, row_count>& rows)
    : facts_(facts),
      ledger_(ledger),
      rows_(rows),
      known_(facts.topic_namespaces.size()),
      deletions_(facts.begins_with_latest.size()) {}

StreamJudge::Wrong StreamJudge::wrong(std::string invariant, const Stream& s, std::string what) const {
  return Violation{std::move(invariant), fmt::format("s{} on t{}: {}", s.id, s.topic, what), index_};
}

StreamJudge::Wrong StreamJudge::take(const Record& r, std::size_t index) {
  index_ = index;
  switch (r.kind) {
    case Kind::publish_acked: learn(ledger_.find(r.id)->topic, r.slot, r.at); return std::nullopt;
    case Kind::subscribe_sent: return on_subscribe(r);
    case Kind::heartbeat: return on_heartbeat(streams_.at(r.id), r);
    case Kind::item: return on_item(streams_.at(r.id), r);
    case Kind::gap: return on_gap(streams_.at(r.id), r);
    case Kind::stream_ended: return on_end(streams_.at(r.id), r);
    case Kind::slow_begins: {
      Stream& s = streams_.at(r.id);
      ++s.slow;
      s.slow_since_heard = s.ever_slow = true;
      return std::nullopt;
    }
    case Kind::slow_ends: --streams_.at(r.id).slow; return std::nullopt;
    case Kind::deleting: deletions_[r.topic] = true; return std::nullopt;
    case Kind::draining: draining_ = true; return std::nullopt;
    case Kind::finished: return on_finished(r.at);
    default: return std::nullopt;
  }
}

void StreamJudge::learn(std::uint32_t topic, Slot slot, Instant at) {
  auto& known = known_[topic];
  if (known.empty() || known.back().second < slot) known.emplace_back(at, slot);
}

Slot StreamJudge::known_at(std::uint32_t topic, Instant at) const {
  const auto& known = known_[topic];
  const auto after = std::upper_bound(known.begin(), known.end(), at,
                                      [](Instant t, const auto& entry) { return t < entry.first; });
  return after == known.begin() ? Slot{} : std::prev(after)->second;
}

StreamJudge::Wrong StreamJudge::on_subscribe(const Record& r) {
  Stream s;
  s.id = r.id;
  s.reader = r.client;
  s.topic = r.topic;
  s.wish = r.slot;
  s.again = r.again;
  s.subscribed_at = s.heard_at = r.at;
  s.known = known_at(r.topic, r.at);
  s.known_before = known_at(r.topic, r.at - facts_.replica_lag);
  streams_.emplace(r.id, s);
  return std::nullopt;
}

/// I15: a stream that nobody holds up is never silent for long; nothing comes after its end.
StreamJudge::Wrong StreamJudge::heard(Stream& s, const Record& r) {
  const Duration silence = r.at - s.heard_at;
  const bool excused = s.slow > 0 || s.slow_since_heard;
  s.heard_at = r.at;
  s.slow_since_heard = s.slow > 0;
  if (s.ended) return wrong("I14", s, "something came after its end");
  if (excused || silence <= facts_.heartbeat_within + facts_.slack) return std::nullopt;
  return wrong("I15", s, fmt::format("silent for {} ms", silence / 1ms));
}

StreamJudge::Wrong StreamJudge::on_heartbeat(Stream& s, const Record& r) {
  if (auto late = heard(s, r)) return late;
  if (s.ready_at) return std::nullopt;
  s.ready_at = r.at;
  if (s.slow > 0 || s.ever_slow || r.at - s.subscribed_at <= facts_.caught_up_within) return std::nullopt;
  return wrong("I15", s, "its first heartbeat came too late");
}

StreamJudge::Wrong StreamJudge::on_item(Stream& s, const Record& r) {
  if (auto late = heard(s, r)) return late;
  if (r.topic != s.topic) return wrong("I14", s, fmt::format("a message of t{}", r.topic));
  if (!s.ready_at) return wrong("I15", s, "an item before the first heartbeat");
  if (s.begun && r.slot != s.next)
    return wrong(r.slot.page == s.next.page ? "I5" : "I11", s,
                 fmt::format("{} instead of {}", text(r.slot), text(s.next)));
  if (!s.begun) {
    if (auto bad = first_item(s, r.slot)) return bad;
    count_first_item(s, r.slot);
  }
  if (auto bad = seen(s, r.slot)) return bad;
  learn(s.topic, r.slot, r.at);
  s.begun = s.had_item = true;
  s.gap_last = false;
  s.next = {r.slot.page, r.slot.number + 1};
  return std::nullopt;
}

/// I7: no slot twice for one logical subscriber; where it asks for its last again, that one.
StreamJudge::Wrong StreamJudge::seen(const Stream& s, Slot slot) {
  Reader& reader = readers_[s.reader];
  const bool asked_again = s.again == 2 && !s.begun && slot == reader.last;
  if (!reader.seen.insert(slot).second && !asked_again)
    return wrong("I7", s, fmt::format("{} came to reader {} before", text(slot), s.reader));
  reader.last = slot;
  return std::nullopt;
}

StreamJudge::Wrong StreamJudge::on_gap(Stream& s, const Record& r) {
  if (auto late = heard(s, r)) return late;
  if (!s.ready_at) return wrong("I15", s, "a gap before the first heartbeat");
  if (auto bad = s.begun ? next_gap(s, r) : first_gap(s, r)) return bad;
  s.begun = s.gap_last = true;
  s.next = {r.slot.page, r.slot.number + 1};
  return std::nullopt;
}

/// I6, I11, I12, I18: a gap in the middle of a stream.
StreamJudge::Wrong StreamJudge::next_gap(const Stream& s, const Record& r) {
  const std::string gap =
      fmt::format("gap after {} to {}, where {} was due", r.last, text(r.slot), text(s.next));
  if (r.slot.page < s.next.page) return wrong("I11", s, gap + ": back to an older page");
  if (r.last + 1 != s.next.number) return wrong("I6", s, gap);
  if (r.slot.page > s.next.page) return honest(s, r.slot, r.at);
  // The word on where it begins may be all that it got before the whole buffer went by; and where topics are
  // forgotten for want of memory, to tell each loss at once comes before telling it in one piece.
  if (s.gap_last && s.had_item && facts_.memory_is_ample)
    return wrong("I6", s, gap + ": the second in a row");
  if (r.slot.number < s.next.number) return wrong("I6", s, gap + ": it names nothing");
  if (auto bad = honest(s, r.slot, r.at)) return bad;
  const bool excused = s.slow > 0 || s.slow_since_heard || s.ever_slow;
  if (excused || ledger_.may_have_burst(s.topic, r.at, facts_.caught_up_within)) return std::nullopt;
  return wrong("I18", s, gap + ": to a reader that kept up");
}

/// I12: what is named as missed was out of the buffer.
StreamJudge::Wrong StreamJudge::honest(const Stream& s, Slot missed_to, Instant at) const {
  if (missed_to.number == 0 || ledger_.may_be_gone(s.topic, missed_to, at)) return std::nullopt;
  return wrong("I12", s, fmt::format("{} is named as missed and was still in the buffer", text(missed_to)));
}

StreamJudge::Wrong StreamJudge::on_end(Stream& s, const Record& r) {
  if (s.ended) return wrong("I14", s, "it ended twice");
  s.ended = true;
  const auto name_space = facts_.topic_namespaces[s.topic];
  const bool own = r.status == by_client || r.status == by_network;
  const bool reason = own || (r.status == 5 && deletions_[name_space]) || (r.status == 14 && draining_) ||
                      (r.status == 8 && !s.ready_at && !facts_.inbound_is_ample) ||
                      (r.status == by_server && (draining_ || facts_.resets_pinners));
  if (reason) return std::nullopt;
  return wrong("C9", s, fmt::format("it ended with {} for no reason", r.status));
}

/// I8: whoever listens has everything up to the marker that was published last.
StreamJudge::Wrong StreamJudge::on_finished(Instant now) {
  for (const auto& [id, s] : streams_) {
    if (s.ended || draining_ || now - s.subscribed_at < facts_.caught_up_within) continue;
    const Slot head = known_at(s.topic, Instant::max());
    const bool has_all = s.begun && s.next == Slot{head.page, head.number + 1};
    if (has_all) continue;  // seen, or named by a gap that was judged when it came
    if (!s.begun && s.wish == Slot{head.page, head.number + 1}) continue;  // it asked for nothing else
    const bool news_only = s.wish.number == 0 && !facts_.begins_with_latest[facts_.topic_namespaces[s.topic]];
    if (!s.begun && news_only && s.known == head) continue;  // there were none since it came
    // Without memory the markers themselves may have been refused.
    if (facts_.refuses_for_memory() && (!s.begun || s.next.page > head.page)) continue;
    return wrong("I8", s,
                 fmt::format("{} is the newest, and it waits for {}", text(head),
                             s.begun ? text(s.next) : "anything at all"));
  }
  return std::nullopt;
}

}  // namespace hark::sim
