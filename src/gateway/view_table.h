#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "fabric/link.h"
#include "gateway/topic_view.h"

namespace hark::gateway {

/// The topic views of one core: each registered once at its topic's owner, whatever the number of its
/// readers here.
///
/// A view stays for `view_linger` after its last reader (reconnects, long polls), at most
/// `lingering_views_max` of them, the one that waits longest goes first. What owners must be told
/// waits here while a link is full: at most a registration, a sign-off and a receipt a view.
/// Core: one. Owner: Gateway.
class ViewTable {
 public:
  /// `links`: the ways to each core. All references must outlive the table.
  ViewTable(const Limits& limits, std::vector<fabric::Link*> links, fabric::ClusterStateRef state,
            FramedCache& cache, ViewCounters& counters);
  ~ViewTable();

  /// A reader joins the view of `path`, which begins if it is not there. Requires that the namespace
  /// exists in the current state and that `subscription` is in no view.
  void subscribe(const TopicPath& path, Subscription& subscription);
  /// The reader leaves; its view lingers if it was the last. Nothing for one that is in no view.
  void unsubscribe(Subscription& subscription, Instant now);

  void on_registered(topic::CoreId from, fabric::Registered registered);
  void on_delivery(topic::CoreId from, fabric::Delivery delivery);
  /// Readers of deleted namespaces end; views of topics that moved register with the new owner.
  void apply(fabric::ClusterStateRef state);
  /// Ends every reader: the core drains.
  void end_all(EndReason reason);

  /// Wakes at most `count` readers that new messages wait for. False: none is left.
  bool wake(std::size_t count);
  /// Sends what waited for room in a link.
  void pump();
  /// Forgets views that lingered long enough.
  void tick(Instant now);
  bool has_backlog() const;
  bool has_dirty() const { return !dirty_.empty(); }
  std::size_t size() const { return views_.size(); }

 private:
  struct DirtyTag;
  struct LingeringTag;
  using DirtyHook = boost::intrusive::list_base_hook<boost::intrusive::tag<DirtyTag>>;
  using LingeringHook = boost::intrusive::list_base_hook<boost::intrusive::tag<LingeringTag>>;
  struct Entry : DirtyHook, LingeringHook {
    Entry(TopicPath path, FramedCache& cache, ViewCounters& counters)
        : view(std::move(path), cache, counters) {}
    TopicView view;
    fabric::ViewId id;
    topic::CoreId owner = 0;
    std::uint64_t namespace_id = 0;
    Instant lingers_until{};
  };
  struct PathHash {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(const Entry* entry) const { return entry->view.path().hash(); }
    std::size_t operator()(const TopicPath& path) const { return path.hash(); }
  };
  struct PathEqual {
    using is_transparent = void;
    bool operator()(const Entry* a, const Entry* b) const { return a == b; }
    bool operator()(const TopicPath& a, const Entry* b) const { return a == b->view.path(); }
    bool operator()(const Entry* a, const TopicPath& b) const { return a->view.path() == b; }
  };
  using DirtyList = boost::intrusive::list<Entry, boost::intrusive::base_hook<DirtyHook>>;
  using LingeringList = boost::intrusive::list<Entry, boost::intrusive::base_hook<LingeringHook>>;

  Entry& find_or_create(const TopicPath& path);
  Entry* find(fabric::ViewId id);
  void register_view(Entry& entry);
  void sign_off(Entry& entry);
  void remove(Entry& entry);
  void mark_dirty(Entry& entry);
  void tell(topic::CoreId owner, fabric::Parcel parcel);

  const Limits& limits_;
  std::vector<fabric::Link*> links_;
  fabric::ClusterStateRef state_;
  FramedCache& cache_;
  ViewCounters& counters_;
  SlotMap<std::unique_ptr<Entry>, fabric::ViewTag> views_;
  boost::unordered_flat_set<Entry*, PathHash, PathEqual> by_path_;
  std::vector<std::deque<fabric::Parcel>> waiting_;  // by owner: for room in its link
  DirtyList dirty_;          // have messages that caught-up readers do not know of
  LingeringList lingering_;  // without readers; front: the first to go
};

}  // namespace hark::gateway
