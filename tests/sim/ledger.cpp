#include "tests/sim/ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace hark::sim {
namespace {

std::string text(Slot slot) { return fmt::format("{}:{}", slot.page, slot.number); }

}  // namespace

Ledger::Ledger(const Facts& facts, std::span<const Record> records)
    : facts_(facts),
      records_(records),
      by_topic_(facts.topic_namespaces.size()),
      slots_(facts.topic_namespaces.size()),
      known_(facts.topic_namespaces.size()),
      deletions_(facts.begins_with_latest.size()) {
  for (std::size_t i = 0; i < records.size(); ++i) note(records[i], i);
  for (const auto& [id, publish] : publishes_) by_topic_[publish.topic].push_back(&publish);
  for (auto& list : by_topic_)
    std::sort(list.begin(), list.end(), [](auto* a, auto* b) { return a->sent_record < b->sent_record; });
}

void Ledger::fail(std::string invariant, std::string what, std::size_t record) {
  if (!first_) first_ = Violation{std::move(invariant), std::move(what), record};
}

const Published* Ledger::find(std::uint32_t id) const {
  const auto found = publishes_.find(id);
  return found == publishes_.end() ? nullptr : &found->second;
}

void Ledger::note(const Record& r, std::size_t index) {
  switch (r.kind) {
    case Kind::publish_sent: {
      Published publish{.id = r.id,
                        .topic = r.topic,
                        .connection = r.client,
                        .sent_record = index,
                        .sent_at = r.at};
      publish.hash = r.hash;
      publish.bytes = r.bytes;
      publish.floor = known_[r.topic];
      publishes_.emplace(r.id, publish);
      return;
    }
    case Kind::publish_written: publishes_.at(r.id).written_record = index; return;
    case Kind::publish_acked:
    case Kind::publish_refused:
    case Kind::publish_unknown: {
      Published& publish = publishes_.at(r.id);
      if (publish.outcome) fail("C4", fmt::format("p{} was answered twice", r.id), index);
      publish.outcome = r.kind;
      publish.answered_at = r.at;
      if (r.kind == Kind::publish_refused && publish.slot)
        fail("I3", fmt::format("p{} was refused and yet is {}", r.id, text(*publish.slot)), index);
      if (r.kind != Kind::publish_acked) return;
      publish.acked_at = r.at;
      return note_slot(publish, r.slot, index);
    }
    case Kind::item: {
      const auto found = publishes_.find(r.publish);
      if (found == publishes_.end() || found->second.topic != r.topic || found->second.hash != r.hash)
        return fail("I2", fmt::format("{}: nobody published this to t{} before", text(r.slot), r.topic),
                    index);
      return note_slot(found->second, r.slot, index);
    }
    case Kind::deleting: deletions_[r.topic].push_back({r.at, Instant::max()}); return;
    case Kind::deleted: deletions_[r.topic].back().done = r.at; return;
    case Kind::draining: draining_ = true; return;
    case Kind::quiet: quiet_record_ = index; return;
    default: return;
  }
}

void Ledger::note_slot(Published& publish, Slot slot, std::size_t index) {
  if (publish.outcome == Kind::publish_refused)
    fail("I3", fmt::format("p{} was refused and yet is seen at {}", publish.id, text(slot)), index);
  if (publish.slot && *publish.slot != slot)
    fail("I1", fmt::format("p{} stands at {} and at {}", publish.id, text(*publish.slot), text(slot)), index);
  const auto [owner, fresh] = slots_[publish.topic].emplace(slot, publish.id);
  if (!fresh && owner->second != publish.id)
    fail("I1", fmt::format("{} of t{} is p{} and p{}", text(slot), publish.topic, owner->second, publish.id),
         index);
  publish.slot = slot;
  known_[publish.topic] = std::max(known_[publish.topic], slot);
}

std::optional<Violation> Ledger::check() const {
  if (first_) return first_;
  if (auto wrong = check_order()) return wrong;
  if (auto wrong = check_pages()) return wrong;
  return check_answers();
}

std::optional<Violation> Ledger::check_order() const {
  for (const auto& list : by_topic_) {
    for (const Published* publish : list) {
      if (publish->slot && *publish->slot <= publish->floor)
        return Violation{"I9",
                         fmt::format("p{} is {}, and {} was known before it was sent", publish->id,
                                     text(*publish->slot), text(publish->floor)),
                         publish->sent_record};
    }
  }
  return check_pipelines();
}

/// I10: of two requests on one connection, the one that was whole before the other began is first.
std::optional<Violation> Ledger::check_pipelines() const {
  for (const auto& sent : by_topic_) {
    auto written = sent;
    std::erase_if(written,
                  [](const Published* publish) { return !publish->slot || publish->written_record == 0; });
    std::sort(written.begin(), written.end(),
              [](auto* a, auto* b) { return a->written_record < b->written_record; });
    auto next = written.begin();
    std::map<std::uint32_t, const Published*> last;  // by connection: the greatest slot of what was whole
    for (const Published* publish : sent) {
      if (!publish->slot) continue;
      for (; next != written.end() && (*next)->written_record < publish->sent_record; ++next) {
        const Published*& greatest = last[(*next)->connection];
        if (!greatest || *greatest->slot < *(*next)->slot) greatest = *next;
      }
      const Published* const before = last[publish->connection];
      if (before && *before->slot > *publish->slot)
        return Violation{"I10",
                         fmt::format("p{} is {}, and p{}, sent before on the same connection, is {}",
                                     publish->id, text(*publish->slot), before->id, text(*before->slot)),
                         publish->sent_record};
    }
  }
  return std::nullopt;
}

std::optional<Violation> Ledger::check_pages() const {
  for (std::uint32_t topic = 0; topic < slots_.size(); ++topic) {
    std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> pages;  // greatest number, how many
    for (const auto& [slot, id] : slots_[topic]) {
      if (slot.number == 0 || slot.page == 0 || slot.page >= (1ULL << 53))
        return Violation{"C2", fmt::format("t{} has a message at {}", topic, text(slot)),
                         find(id)->sent_record};
      auto& [greatest, count] = pages[slot.page];
      greatest = std::max(greatest, slot.number);
      ++count;
    }
    const bool may_change =
        !facts_.names_are_remembered || !deletions_[facts_.topic_namespaces[topic]].empty();
    if (pages.size() > 1 && !may_change)
      return Violation{
          "C3", fmt::format("t{} changed its page to {} for no reason", topic, pages.rbegin()->first), 0};
    std::uint64_t holes = 0, unresolved = 0;
    for (const auto& [page, seen] : pages) holes += seen.first - seen.second;
    for (const Published* publish : by_topic_[topic])
      if (!publish->slot && publish->outcome != Kind::publish_refused) ++unresolved;
    if (holes > unresolved)
      return Violation{
          "I11",
          fmt::format("t{} has {} numbers that nobody's message has, and only {} of unknown outcome", topic,
                      holes, unresolved),
          0};
  }
  return std::nullopt;
}

std::optional<Violation> Ledger::check_answers() const {
  for (const auto& [id, publish] : publishes_) {
    const auto wrong = [&](std::string what) {
      return Violation{"C4", std::move(what), publish.sent_record};
    };
    const bool due = quiet_record_ > publish.sent_record || draining_;
    if (!publish.outcome && due) return wrong(fmt::format("p{} was never answered", id));
    if (publish.outcome && publish.answered_at - publish.sent_at > facts_.answer_within + facts_.slack)
      return wrong(fmt::format("p{} was answered too late", id));
  }
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const Record& r = records_[i];
    if (r.kind != Kind::publish_refused) continue;
    const Published& publish = *find(r.id);
    const bool deleted = !deletions_[facts_.topic_namespaces[publish.topic]].empty();
    const bool timed_out = r.at - publish.sent_at >= facts_.answer_within;
    const bool reason = (r.status == 5 && deleted) || (r.status == 8 && facts_.refuses_for_memory()) ||
                        (r.status == 14 && (draining_ || timed_out));
    if (!reason)
      return Violation{"C4", fmt::format("p{} was refused with {} for no reason", r.id, r.status), i};
  }
  return std::nullopt;
}

bool Ledger::may_be_gone(std::uint32_t topic, Slot slot, Instant at) const {
  if (!facts_.memory_is_ample) return true;
  const auto own = slots_[topic].find(slot);
  const Published* const message = own == slots_[topic].end() ? nullptr : find(own->second);
  const auto& all = by_topic_[topic];
  const Instant earliest = message ? message->sent_at : all.empty() ? at : all.front()->sent_at;
  if (at - earliest > facts_.kept_for) return true;
  for (const Span& deletion : deletions_[facts_.topic_namespaces[topic]])
    if (deletion.done >= earliest && deletion.asked <= at) return true;  // with its namespace
  std::size_t after = 0, bytes = message ? message->bytes : facts_.message_bytes_max;
  for (const Published* publish : all) {
    if (publish->sent_at > at) break;
    if (publish == message || publish->outcome == Kind::publish_refused) continue;
    if (publish->slot && (publish->slot->page != slot.page || publish->slot->number < slot.number)) continue;
    ++after;
    bytes += publish->bytes;
  }
  return after >= facts_.kept_messages || bytes > facts_.kept_bytes;
}

bool Ledger::must_be_gone(std::uint32_t topic, Slot slot, Instant at) const {
  std::size_t after = 0;
  for (const Published* publish : by_topic_[topic]) {
    if (!publish->slot || !publish->acked_at || *publish->acked_at > at) continue;
    if (publish->slot->page == slot.page && publish->slot->number > slot.number) ++after;
  }
  return after >= facts_.kept_messages;
}

std::uint64_t Ledger::head_at_most(std::uint32_t topic, std::uint64_t page, Instant at) const {
  std::uint64_t greatest = 0, unresolved = 0;
  for (const Published* publish : by_topic_[topic]) {
    if (publish->sent_at > at) break;
    if (publish->slot) {
      if (publish->slot->page == page) greatest = std::max(greatest, publish->slot->number);
    } else if (publish->outcome != Kind::publish_refused) {
      ++unresolved;
    }
  }
  return greatest + unresolved;
}

bool Ledger::may_have_burst(std::uint32_t topic, Instant at, Duration span) const {
  if (!facts_.memory_is_ample || facts_.kept_for <= span) return true;
  std::size_t count = 0, bytes = 0;
  for (const Published* publish : by_topic_[topic]) {
    if (publish->sent_at > at) break;
    if (publish->outcome == Kind::publish_refused) continue;
    if (publish->acked_at && *publish->acked_at < at - span) continue;
    ++count;
    bytes += publish->bytes;
  }
  return count >= facts_.kept_messages || bytes > facts_.kept_bytes;
}

}  // namespace hark::sim
