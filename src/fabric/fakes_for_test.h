#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "fabric/commit_log.h"
#include "fabric/link.h"
#include "topic/page_source.h"

namespace hark::fabric {

/// A page counter of which some pages are reserved.
class FakePages : public topic::PageSource {
 public:
  explicit FakePages(std::uint64_t current = 100, std::uint64_t last = UINT64_MAX)
      : current_(current), last_(last) {}
  SequencePage current() const override { return SequencePage(current_); }
  [[nodiscard]] bool step_past(SequencePage page) override {
    if (page.value() < current_) return true;
    if (page.value() >= last_) return false;
    current_ = page.value() + 1;
    return true;
  }
  void reserve_up_to(std::uint64_t last) { last_ = last; }

 private:
  std::uint64_t current_, last_;
};

/// Commits when the test says so: as late as it likes, but in order within a topic.
class SlowLog : public CommitLog {
 public:
  void append(const CommitTicket& ticket, const MessageRef& message, CommitListener& listener) override {
    entries_.push_back({ticket, message, &listener});
  }
  std::size_t size() const { return entries_.size(); }
  /// Commits the oldest entry of the topic that the `choice`th entry belongs to. Requires size() > 0.
  MessageRef commit_one(std::size_t choice = 0) {
    const TopicId topic = entries_[choice % entries_.size()].ticket.topic;
    const auto first = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.ticket.topic == topic; });
    const Entry entry = *first;
    entries_.erase(first);
    entry.listener->on_committed(entry.ticket, {entry.message->page(), entry.message->number()});
    return entry.message;
  }

 private:
  struct Entry {
    CommitTicket ticket;
    MessageRef message;
    CommitListener* listener;
  };
  std::deque<Entry> entries_;
};

/// A link that keeps what was sent, with as much room as the test gives it.
class FakeLink : public Link {
 public:
  bool has_room(std::size_t count) override { return sent.size() + count <= slots; }
  void send(Parcel parcel) override { sent.push_back(std::move(parcel)); }
  /// The oldest parcel, which must be a T.
  template <typename T>
  T take() {
    HARK_CHECK(!sent.empty() && std::holds_alternative<T>(sent.front()));
    T parcel = std::move(std::get<T>(sent.front()));
    sent.pop_front();
    return parcel;
  }
  std::deque<Parcel> sent;
  std::size_t slots = SIZE_MAX / 2;
};

inline MessageDraft draft_of(std::string_view text) {
  return {PayloadKind::text, SharedBytes::copy_of(text), {}};
}

/// A state in which namespace "ns" has the id `namespace_id` (0: there is none), and weights by core.
inline ClusterStateRef state_of(std::uint64_t version, std::uint64_t namespace_id,
                                std::shared_ptr<const topic::OwnerMap> owners) {
  auto state = std::make_shared<ClusterState>();
  state->version = version;
  if (namespace_id != 0) state->namespaces.emplace("ns", NamespaceSettings{namespace_id, true});
  state->owners = std::move(owners);
  return state;
}

}  // namespace hark::fabric
