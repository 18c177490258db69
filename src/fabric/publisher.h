#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
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
  /// The answer: the slot; a definite no; or deadline_exceeded: unknown.
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
  Publisher(const Limits& limits, std::vector<Link*> links, ClusterStateRef state,
            PublishListener& listener, PublisherCounters& counters);

  /// Whether publish() would take one for this topic now. When not, ask again after an answer came.
  bool has_credit(const TopicPath& path) const;
  /// Sends it to the owner. on_published follows, never from inside this call. Requires has_credit().
  void publish(TopicPath path, MessageDraft draft, PublishOrigin origin, Instant now);

  void on_answer(PublishAnswer answer);
  void apply(ClusterStateRef state);
  /// Tells askers whose deadline passed that the outcome is unknown.
  void tick(Instant now);
  /// Publishes not yet answered by their owner, or held back.
  std::size_t under_way() const { return requests_.size() + held_count_; }
  /// Answers so far: who waits for credit looks again when it has changed.
  std::uint64_t answers() const { return answers_; }

 private:
  struct Request {
    PublishOrigin origin;
    CoreId owner = 0;
    std::uint64_t path_hash = 0;
    bool told = false;  ///< the asker got "unknown"; the slot waits for the owner's answer
  };
  struct Held {
    TopicPath path;
    MessageDraft draft;
    PublishOrigin origin;
    Instant since;
  };
  /// A topic whose publishes are held back until those under way are answered.
  struct Lane {
    std::size_t outstanding = 0;      ///< under way to an owner that may have changed
    std::uint64_t state_version = 0;  ///< ask by a state of at least this
    std::deque<Publish> returned;     ///< to be sent again, in order, before `held`
    std::deque<Held> held;
  };
  static constexpr std::size_t held_a_lane_max = 256;

  CoreId owner_of(std::uint64_t path_hash) const { return state_->owners->owner_of(path_hash); }
  void send(RequestId id, TopicPath path, MessageDraft draft);
  Lane& open_lane(std::uint64_t path_hash);
  void returned(Request& request, PublishAnswer answer);
  void advance_lanes();
  bool advance(Lane& lane);
  void finish(RequestId id, const Result<Position>& result);

  const Limits& limits_;
  std::vector<Link*> links_;
  ClusterStateRef state_;
  PublishListener& listener_;
  PublisherCounters& counters_;
  SlotMap<Request, RequestTag> requests_;
  std::vector<std::size_t> credits_used_;  // by owner
  std::deque<std::pair<Instant, RequestId>> deadlines_;  // one a request, in order of time
  boost::unordered_flat_map<std::uint64_t, Lane> lanes_;  // by path hash; empty unless owners move
  std::size_t held_count_ = 0;
  std::uint64_t answers_ = 0;
};

}  // namespace hark::fabric
