#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <map>
#include <vector>

#include "base/metrics.h"
#include "fabric/link.h"

namespace hark::fabric {

/// Who asked for a publish: a connection by its id, and its own name for the request. Plain numbers,
/// so that an answer may outlive its asker.
struct PublishOrigin {
  SlotId<struct ConnectionTag> connection;
  std::uint64_t ticket = 0;
};

class PublishListener {
 public:
  virtual ~PublishListener() = default;
  /// The answer, once and within the deadline: the slot; a definite no (`unavailable` also for one that
  /// could not be sent in time, since its topic was moving); or deadline_exceeded: unknown.
  virtual void on_published(const PublishOrigin& origin, const Result<Position>& result) = 0;
};

struct PublisherCounters {
  Counter sent, resent, timed_out;
  Gauge under_way;
};

/// A core's way to publish: finds the owner, holds a slot for each answer, keeps the order.
///
/// To each owner at most `publish_credits` are under way. When a topic's owner changes, what is
/// under way is awaited (and sent again if it came too late) before anything newer of that topic
/// leaves, so pipelined publishes keep their order. Core: a gateway's. Owner: its Gateway.
class Publisher {
 public:
  Publisher(const Limits& limits, std::vector<Link*> links, ClusterStateRef state, PublishListener& listener,
            PublisherCounters& counters);

  /// Whether publish() would take one for this topic now. When not, ask again when answers() changed.
  bool has_credit(const TopicPath& path) const;
  /// Sends it to the owner. on_published follows, never from inside this call. Requires has_credit().
  void publish(TopicPath path, MessageDraft draft, PublishOrigin origin, Instant now);

  void on_answer(PublishAnswer answer);
  /// Goes by `state` from now on. Call before the owner of this core sends anything by that state: what
  /// leaves here by the old one has to reach its owner before this core's TransferDone.
  void apply(ClusterStateRef state);
  /// Answers those whose deadline passed.
  void tick(Instant now);
  /// Publishes not yet answered by their owner, or held back.
  std::size_t under_way() const { return requests_.size(); }
  /// Changes whenever has_credit() may have become true.
  std::uint64_t answers() const { return answers_; }

 private:
  struct Request {
    PublishOrigin origin;
    std::uint64_t path_hash = 0;
    std::uint64_t serial = 0;  ///< the order of publish(): RequestIds have none
    CoreId owner = 0;          ///< if sent
    bool sent = false;         ///< the owner will answer; else it waits in its topic's lane
    bool told = false;         ///< the asker got "unknown"; the slot waits for the owner's answer
  };
  /// A topic whose publishes are held back until those under way are answered.
  struct Lane {
    std::size_t outstanding = 0;      ///< sent to an owner that may have changed
    std::uint64_t state_version = 0;  ///< ask by a state of at least this
    std::map<std::uint64_t, Publish> waiting;  ///< by serial: what came back and what is held back
    bool counting = false;            ///< apply() has just opened it
  };
  /// Held back a topic, and as many as one owner's credits over all topics: each may be of 1 MiB.
  static constexpr std::size_t waiting_a_lane_max = 256;

  CoreId owner_of(std::uint64_t path_hash) const { return state_->owners->owner_of(path_hash); }
  bool owner_has_credit(std::uint64_t path_hash) const {
    return credits_used_[owner_of(path_hash)] < limits_.publish_credits;
  }
  void await_deadline(RequestId id, Instant deadline);
  void send(Publish publish);
  Lane* find_lane(std::uint64_t path_hash);
  Lane& open_lane(std::uint64_t path_hash);
  void wait_in(Lane& lane, Publish publish);
  void returned(PublishAnswer answer);
  void advance_lanes();
  bool advance(Lane& lane);
  void expire(RequestId id, Request& request);
  void finish(RequestId id, const Result<Position>& result);

  const Limits& limits_;
  std::vector<Link*> links_;
  ClusterStateRef state_;
  PublishListener& listener_;
  PublisherCounters& counters_;
  SlotMap<Request, RequestTag> requests_;
  std::vector<std::size_t> credits_used_;  // by owner
  std::deque<std::pair<Instant, RequestId>> deadlines_;  // in order; some of requests that are answered
  boost::unordered_flat_map<std::uint64_t, Lane> lanes_;  // by path hash; empty unless owners move
  std::size_t waiting_count_ = 0;  // over all lanes
  std::uint64_t next_serial_ = 0;
  std::uint64_t answers_ = 0;
};

}  // namespace hark::fabric
