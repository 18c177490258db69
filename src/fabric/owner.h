#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <span>
#include <vector>

#include "fabric/handoff.h"
#include "fabric/link.h"
#include "fabric/topic_table.h"

namespace hark::fabric {

/// What one core's owner counts.
struct OwnerCounters {
  TopicTable::Counters table;
  Counter publishes_committed, publishes_refused, publishes_moved, publishes_parked;
  Counter batches_sent, topics_moved_in, topics_moved_out;
  Gauge interests;
};

/// The owner of a core's topics: numbers what is published, and tells each core that wants a topic.
///
/// To each interested core it keeps a place in the topic's ring and has at most one batch a topic on
/// the way; without room the place stands still, so nothing is queued and nothing blocks. Requests
/// that come before this core knows what they know (a newer state, a topic still under way to here)
/// are parked, in order within a topic. Bounded by who asks: publishes by credits, registrations by views.
/// Core: one. Owner: the core's engine. Calls come from its turn.
class Owner : private CommitListener {
 public:
  /// `links`: the ways to each core, by its number, this one included; all must outlive the owner.
  Owner(CoreId self, const Limits& limits, topic::PageSource& pages, CommitLog& log, std::vector<Link*> links,
        ClusterStateRef state, OwnerCounters& counters);
  ~Owner() override;

  void on_publish(CoreId from, Publish publish, Instant now);
  void on_register(CoreId from, Register request, Instant now);
  void on_unregister(InterestId interest);
  void on_batch_taken(InterestId interest);
  void on_transfer(Transfer transfer, Instant now);
  void on_transfer_forgotten(TransferForgotten transfer);
  void on_transfer_done(CoreId from, const TransferDone& done, Instant now);

  /// Carries out a new state: topics of deleted namespaces end, topics that others own now leave.
  /// Requires that the one before is carried out.
  void apply(ClusterStateRef state, Instant now);
  /// Whether the last state is carried out: everything left and arrived.
  bool applied() const { return handoff_.done(); }

  /// Fills the links with what they have room for. Call at the end of a turn.
  void pump();
  /// Whether pump() was held back by a full link, so that it has to be called again soon though nothing
  /// may come in.
  bool has_backlog() const;
  void tick(Instant now);
  TopicTable& table() { return table_; }

 private:
  struct Parked {
    CoreId from;
    std::variant<Publish, Register> request;
  };
  using ParkedList = std::vector<Parked>;  // in the order in which they came

  void on_committed(const CommitTicket& ticket, Position position) override;
  /// Whether a request that names `path` must wait, and if not, whether this core is the owner.
  enum class Standing : std::uint8_t { ours, others, wait };
  Standing standing(const TopicPath& path, std::uint64_t state_version) const;
  void park_for_state(CoreId from, std::variant<Publish, Register> request);
  void park_for_topic(CoreId from, std::uint64_t path_hash, std::variant<Publish, Register> request);
  void retry(ParkedList parked, Instant now);
  void retry_topic(std::uint64_t path_hash, Instant now);
  void retry_all_topics(Instant now);
  OwnedTopic& topic_for_reader(const TopicPath& path, std::uint64_t namespace_id);
  void answer(CoreId asker, PublishAnswer answer);
  void refuse(CoreId asker, RequestId request, ErrorCode error);
  void drop_topics_of_deleted_namespaces(const ClusterState& before);
  void drop_interests(OwnedTopic& topic);
  void drop_interest(Interest& interest);
  void mark_waiting(Interest& interest);
  void mark_all_waiting(OwnedTopic& topic, bool trimmed);
  void send_next(Interest& interest);

  const CoreId self_;
  const Limits& limits_;
  CommitLog& log_;
  std::vector<Link*> links_;
  ClusterStateRef state_;
  OwnerCounters& counters_;
  TopicTable table_;
  SlotMap<std::unique_ptr<Interest>, InterestTag> interests_;
  std::vector<WaitingInterests> waiting_;  // by core
  Handoff handoff_;
  ParkedList parked_for_state_;
  boost::unordered_flat_map<std::uint64_t, ParkedList> parked_for_topic_;  // by path hash
  Instant now_{};
};

}  // namespace hark::fabric
