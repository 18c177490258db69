#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <memory>
#include <string_view>

#include "base/metrics.h"
#include "fabric/commit_log.h"
#include "fabric/forgotten_topics.h"
#include "fabric/interest.h"
#include "model/limits.h"
#include "topic/page_source.h"

namespace hark::fabric {

/// A topic at its owner, with the cores that want it.
struct OwnedTopic : boost::intrusive::list_base_hook<boost::intrusive::tag<struct IdleTag>> {
  OwnedTopic(topic::Topic t, std::uint64_t ns) : topic(std::move(t)), namespace_id(ns) {}
  topic::Topic topic;
  std::uint64_t namespace_id;
  TopicId id;
  bool moving = false;           ///< frozen: it leaves once all that it assigned is committed
  std::size_t counted_bytes = 0; ///< what the table has on its books for it
  TopicInterests interests;
};

/// The topics that one core owns, within a budget of memory.
///
/// At the budget idle topics (that no core wants) are forgotten, least recently published first; of
/// a forgotten topic stay its page and next number, so that its numbers continue. When even that is
/// dropped, the page counter steps. Without anything to forget nothing more is taken.
/// Core: the owner's. Owner: Owner.
class TopicTable {
 public:
  struct Counters {
    Gauge topics, bytes, remembered;
    Counter evicted;
  };

  TopicTable(const Limits& limits, topic::PageSource& pages, Counters& counters);
  ~TopicTable();

  OwnedTopic* find(const TopicPath& path);
  OwnedTopic* find(TopicId id);
  /// The topic, begun now if it was not there, with room for `message_bytes` more in it. memory_limit
  /// when there is none, also after forgetting idle topics.
  Result<OwnedTopic*> find_or_create(const TopicPath& path, std::uint64_t namespace_id,
                                     std::size_t message_bytes = 0);
  /// Whether `bytes` more fit into the topic, after forgetting idle ones (but never it) if that helps.
  bool make_room_in(const OwnedTopic& topic, std::size_t bytes) { return make_room(bytes, 0, &topic); }
  /// Begins the topic whatever the budget says. Requires that it is not there.
  OwnedTopic& begin(const TopicPath& path, std::uint64_t namespace_id);
  /// A topic that comes from elsewhere. Always taken: it was within somebody's budget.
  OwnedTopic& adopt(topic::TopicState state, std::uint64_t namespace_id);
  /// It is going to leave: from now on it is not forgotten.
  void freeze(OwnedTopic& topic);
  /// Takes the topic out, without remembering it: it continues elsewhere. Requires no interests.
  topic::TopicState release(OwnedTopic& topic);
  /// Drops the topic for ever; a topic of its name begins a greater page. Requires no interests.
  void erase(OwnedTopic& topic);

  /// Takes in what the topic's former owner remembered of topics that it had forgotten.
  void remember(const ForgottenTopic& topic);
  /// Takes out what is remembered of the topics that `select(path_hash)` wants.
  template <typename F>
  std::vector<ForgottenTopic> take_forgotten(F&& select) {
    auto taken = forgotten_.take_if(select);
    counters_.remembered.set(forgotten_.size());
    return taken;
  }
  /// Puts the topic's present size on the books, drops what its replay limits do not allow, and
  /// notes that it was used. True: something was trimmed.
  bool settle(OwnedTopic& topic, Instant now);
  /// Call when the topic gains its first interest or loses its last.
  void interest_changed(OwnedTopic& topic);
  /// Trims by age, a bounded part of the table a call. Calls `trimmed` for each topic that lost some.
  template <typename F>
  void sweep(Instant now, F&& trimmed) {
    for (std::size_t i = 0; i < sweep_topics && i < topics_.capacity(); ++i) {
      if (sweep_at_ >= topics_.capacity()) sweep_at_ = 0;
      auto* slot = topics_.at_index(sweep_at_++);
      if (slot && settle_size(**slot, now)) trimmed(**slot);
    }
  }

  template <typename F>
  void for_each(F&& visit) {
    topics_.for_each([&](TopicId, std::unique_ptr<OwnedTopic>& topic) { visit(*topic); });
  }
  const ForgottenTopics& forgotten() const { return forgotten_; }
  std::size_t bytes() const { return bytes_; }
  /// What a topic costs of the budget.
  static std::size_t memory_of(const OwnedTopic& topic) {
    return sizeof(OwnedTopic) - sizeof(topic::Topic) + topic.topic.memory_bytes();
  }
  std::size_t size() const { return topics_.size(); }

 private:
  static constexpr std::size_t sweep_topics = 256;
  struct PathHash {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(const OwnedTopic* t) const { return t->topic.path().hash(); }
    std::size_t operator()(const TopicPath& path) const { return path.hash(); }
  };
  struct PathEqual {
    using is_transparent = void;
    bool operator()(const OwnedTopic* a, const OwnedTopic* b) const { return a == b; }
    bool operator()(const TopicPath& a, const OwnedTopic* b) const { return a == b->topic.path(); }
    bool operator()(const OwnedTopic* a, const TopicPath& b) const { return a->topic.path() == b; }
  };
  using IdleList = boost::intrusive::list<
      OwnedTopic,
      boost::intrusive::base_hook<boost::intrusive::list_base_hook<boost::intrusive::tag<IdleTag>>>>;

  OwnedTopic& insert(topic::Topic topic, std::uint64_t namespace_id);
  std::unique_ptr<OwnedTopic> remove(OwnedTopic& topic);
  void forget(OwnedTopic& topic);
  void remember(const OwnedTopic& topic);
  bool make_room(std::size_t bytes, std::size_t topics, const OwnedTopic* in_use);
  bool settle_size(OwnedTopic& topic, Instant now);
  topic::ReplayLimits replay_limits() const;

  const Limits& limits_;
  topic::PageSource& pages_;
  Counters& counters_;
  SlotMap<std::unique_ptr<OwnedTopic>, TopicTag> topics_;
  boost::unordered_flat_set<OwnedTopic*, PathHash, PathEqual> by_path_;
  IdleList idle_;  // may be forgotten once settled: no interest, not moving. Front: unused longest
  ForgottenTopics forgotten_;
  std::size_t bytes_ = 0;
  std::size_t sweep_at_ = 0;
};

}  // namespace hark::fabric
