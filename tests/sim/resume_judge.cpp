// The first thing that a stream gets: the rows of the delivery contract's C8.
#include <fmt/format.h>

#include <algorithm>

#include "tests/sim/stream_judge.h"

namespace hark::sim {
namespace {

std::string text(Slot slot) { return fmt::format("{}:{}", slot.page, slot.number); }

}  // namespace

StreamJudge::Wrong StreamJudge::first_item(const Stream& s, Slot slot) {
  const std::string got = fmt::format("it asked for {} and got {}", text(s.wish), text(slot));
  if (slot.page < s.known_before.page) return wrong("I11", s, got + ": an older page");
  if (s.wish.page != 0 && slot.page != s.wish.page)
    return wrong("I11", s, got + ": another page without a word");
  if (s.wish.number == 0) return fresh_begin(s, slot);
  if (s.wish.number == 1 && s.wish.page == 0) return whole_begin(s, slot);
  if (slot.number != s.wish.number) return wrong("I5", s, got);
  if (slot.number > ledger_.head_at_most(s.topic, slot.page, *s.ready_at) + 1)
    return wrong("C8", s, got + ": it was left to wait for a position that did not exist");
  return std::nullopt;
}

/// A namespace that is made anew is one like any other: what was set for the deleted one is gone.
bool StreamJudge::may_begin_with_latest(const Stream& s) const {
  const auto name_space = facts_.topic_namespaces[s.topic];
  return facts_.begins_with_latest[name_space] || deletions_[name_space];
}

/// r = 0: from the newest message on, if the namespace says so and there is one; else what comes next.
StreamJudge::Wrong StreamJudge::fresh_begin(const Stream& s, Slot first) {
  const bool latest = may_begin_with_latest(s);
  const std::uint64_t least = s.known_before.page == first.page ? s.known_before.number : 0;
  const std::uint64_t most = ledger_.head_at_most(s.topic, first.page, *s.ready_at);
  const std::string got =
      fmt::format("a fresh subscription began with {}, the head was {} to {}", text(first), least, most);
  const std::uint64_t from = latest ? std::max<std::uint64_t>(least, 1) : least + 1;
  if (first.number < from) return wrong("C8", s, got);
  if (first.number <= most || first.number == 1) return std::nullopt;
  const bool newest_gone = !facts_.begins_with_latest[facts_.topic_namespaces[s.topic]] ||
                           ledger_.may_be_gone(s.topic, {first.page, first.number - 1}, *s.ready_at);
  if (first.number == most + 1 && newest_gone) return std::nullopt;
  return wrong("C8", s, got);
}

/// p = 0, r = 1: everything that is kept, and never a notice.
StreamJudge::Wrong StreamJudge::whole_begin(const Stream& s, Slot first) {
  const Slot before{first.page, first.number - 1};
  const bool fits = first.number <= ledger_.head_at_most(s.topic, first.page, *s.ready_at) + 1 &&
                    (first.number == 1 || ledger_.may_be_gone(s.topic, before, *s.ready_at));
  if (fits) return std::nullopt;
  return wrong("C8", s,
               fmt::format("it asked for the whole buffer, which began with {}, though {} was kept",
                           text(first), text(before)));
}

StreamJudge::Wrong StreamJudge::first_gap(const Stream& s, const Record& r) {
  const std::string gap =
      fmt::format("it asked for {} and got a gap after {} to {}", text(s.wish), r.last, text(r.slot));
  if (r.slot.page < s.known_before.page) return wrong("I11", s, gap + ": an older page");
  if (r.slot.number > ledger_.head_at_most(s.topic, r.slot.page, r.at))
    return wrong("C8", s, gap + ": there was no such number");
  if (s.wish.page == 0 || s.wish.page == r.slot.page) return first_gap_here(s, r);
  // Another page than the one that was claimed.
  if (r.last != (s.wish.number == 0 ? 0 : s.wish.number - 1)) return wrong("I6", s, gap);
  count(s.wish.page > r.slot.page                              ? Row::greater_page
        : ledger_.head_at_most(s.topic, s.wish.page, r.at) > 0 ? Row::older_page
                                                               : Row::unknown_page);
  if (s.wish.number == 0) {
    if (ledger_.may_be_gone(s.topic, r.slot, r.at)) return std::nullopt;
    return fresh_begin(s, {r.slot.page, r.slot.number + 1});
  }
  return honest(s, r.slot, r.at);
}

StreamJudge::Wrong StreamJudge::first_gap_here(const Stream& s, const Record& r) {
  const std::string gap =
      fmt::format("it asked for {} and got a gap after {} to {}", text(s.wish), r.last, text(r.slot));
  const Slot first{r.slot.page, r.last + 1};  // where it stood before the buffer went past it
  const bool whole = s.wish.number == 1 && s.wish.page == 0;
  if (s.wish.number == 0 || whole) {
    // It stood in an older page, and that went by before it was told anything.
    const bool page_may_have_changed = !facts_.names_are_remembered;
    if (r.slot.number < first.number && page_may_have_changed) return honest(s, r.slot, r.at);
    if (r.slot.number < first.number) return wrong("I6", s, gap + ": it names nothing");
    if (auto bad = whole ? whole_begin(s, first) : fresh_begin(s, first)) return bad;
    if (ledger_.must_be_gone(s.topic, first, s.subscribed_at - facts_.replica_lag))
      return wrong("C8", s, gap + ": a notice of what it did not ask for");
    return honest(s, r.slot, r.at);
  }
  if (first.number < s.wish.number && r.slot.number > r.last) {
    // It was set to the head, and the buffer went past it before it was told: it missed what came since.
    if (auto bad = ahead(s, {.slot = {r.slot.page, r.last}})) return bad;
    return honest(s, r.slot, r.at);
  }
  if (first.number != s.wish.number) return wrong("I6", s, gap);
  if (r.slot.number < s.wish.number) return ahead(s, r);
  count(s.wish.page == 0 ? Row::any_page_expired : Row::expired);
  return honest(s, r.slot, r.at);
}

/// p = P, r > h + 1: told at once where the head is.
StreamJudge::Wrong StreamJudge::ahead(const Stream& s, const Record& r) {
  const std::string gap =
      fmt::format("it asked for {} and was told that the head is {}", text(s.wish), text(r.slot));
  if (r.slot.number + 1 >= s.wish.number) return wrong("I6", s, gap + ": it names nothing");
  if (s.known.page == r.slot.page && s.known.number > r.slot.number)
    return wrong("C8", s, fmt::format("{}, though {} was known before", gap, text(s.known)));
  count(s.wish.page == 0 ? Row::any_page_ahead : Row::ahead);
  return std::nullopt;
}

void StreamJudge::count_first_item(const Stream& s, Slot slot) {
  const std::uint64_t head = ledger_.head_at_most(s.topic, slot.page, *s.ready_at);
  if (s.wish.number == 0) {
    count(!may_begin_with_latest(s) ? Row::fresh_new_only
          : slot.number <= head     ? Row::fresh_latest
                                    : Row::fresh_empty);
  } else if (s.wish.page != 0) {
    count(slot.number <= head ? Row::kept : Row::next);
  } else if (s.wish.number > 1) {
    count(Row::any_page);
  } else if (slot.number <= head) {
    count(Row::whole_buffer);
  }
}

const char* to_string(Row row) {
  switch (row) {
    case Row::fresh_latest: return "fresh: begins with the newest";
    case Row::fresh_empty: return "fresh: nothing there yet";
    case Row::fresh_new_only: return "fresh: new messages only (a setting)";
    case Row::kept: return "resume from the buffer";
    case Row::next: return "resume at the head + 1";
    case Row::expired: return "resume older than the buffer";
    case Row::ahead: return "resume ahead of the head";
    case Row::older_page: return "resume in an older page";
    case Row::unknown_page: return "resume in an unknown page";
    case Row::greater_page: return "resume in a greater page";
    case Row::any_page: return "any page: from the buffer";
    case Row::any_page_expired: return "any page: older than the buffer";
    case Row::any_page_ahead: return "any page: ahead of the head";
    case Row::whole_buffer: return "any page from 1: the whole buffer";
  }
  return "?";
}

namespace {

/// C11: a server that is told to end does so in time.
std::optional<Violation> check_drain(const Facts& facts, std::span<const Record> records) {
  std::optional<Instant> begun;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].kind == Kind::draining) begun = records[i].at;
    if (records[i].kind != Kind::drained) continue;
    if (begun && records[i].at - *begun <= facts.drained_within) return std::nullopt;
    return Violation{"C11", "the drain took too long", i};
  }
  if (!begun) return std::nullopt;
  return Violation{"C11", "the drain did not come to its end", records.size()};
}

}  // namespace

Verdict check(const Facts& facts, std::span<const Record> records) {
  Verdict verdict;
  const Ledger ledger(facts, records);
  if ((verdict.violation = ledger.check())) return verdict;
  StreamJudge judge(facts, ledger, verdict.rows);
  for (std::size_t i = 0; i < records.size() && !verdict.violation; ++i)
    verdict.violation = judge.take(records[i], i);
  if (!verdict.violation) verdict.violation = check_drain(facts, records);
  return verdict;
}

}  // namespace hark::sim
