#pragma once

#include <boost/intrusive/list.hpp>
#include <memory>
#include <vector>

#include "fabric/parcel.h"
#include "gateway/framed_log.h"
#include "gateway/subscription.h"
#include "topic/replay_ring.h"

namespace hark::gateway {

struct ViewCounters {
  Counter deliveries;        ///< messages given to subscribers (counted as slices are given)
  Counter delivered_bytes;
  Counter stale_parcels;     ///< of an older epoch: dropped
  Counter registrations;
  Counter heartbeats;
  Counter discontinuities[discontinuity_reason_count];
  Gauge views, subscriptions;
};

/// A core's replica of one topic, with its readers on this core.
///
/// A registration is answered with everything the owner keeps; deliveries follow in the same order,
/// so a number is either here, still to come, or gone for good. A new message marks the view, not its
/// readers: readers that have everything stand in one list, the others in none that costs.
/// Core: one. Owner: ViewTable.
class TopicView : public boost::intrusive::list_base_hook<> {
 public:
  TopicView(TopicPath path, FramedCache& cache, ViewCounters& counters);
  ~TopicView();

  /// A reader joins; if the view is live it is ready at once, else with the owner's answer. True: it
  /// claims a position that this replica has not heard of, so the owner has to be asked anew.
  [[nodiscard]] bool add(Subscription& subscription);
  /// A reader leaves. Does nothing for one that is not here.
  void remove(Subscription& subscription);

  /// A registration leaves now: what the owner has to know. Readers that have begun go on; new ones wait
  /// for the answer, and what an earlier registration still brings is void.
  fabric::Register begin_registration(fabric::ViewId self, std::uint64_t state_version);
  /// The owner's answer to the current registration; then readers may have to be woken. True: the
  /// owner has to be asked anew, for readers that joined after it was asked and claim more than it knew.
  [[nodiscard]] bool on_registered(fabric::Registered registered);
  /// A delivery of the current registration. True: readers have to be woken.
  bool on_delivery(fabric::Delivery delivery);

  /// Wakes at most `count` readers that have waited for what is here now. False: there are no more.
  bool wake(std::size_t count);
  void end_all(EndReason reason);

  bool live() const { return live_; }
  fabric::Epoch epoch() const { return epoch_; }          ///< of the current registration; 0 before it
  fabric::InterestId interest() const { return interest_; }  ///< at the owner; none until it answered
  bool has_readers() const { return reader_count_ > 0; }
  const TopicPath& path() const { return path_; }
  topic::Buffer buffer() const { return {page_, ring_.oldest(), ring_.next().previous()}; }

 private:
  friend class Subscription;
  using Readers = boost::intrusive::list<Subscription, boost::intrusive::constant_time_size<false>>;
  using BareReaders = boost::intrusive::list<
      Subscription,
      boost::intrusive::member_hook<Subscription, decltype(Subscription::in_bare_), &Subscription::in_bare_>,
      boost::intrusive::constant_time_size<false>>;

  bool claims_unknown(const topic::ResumeRequest& request) const;
  void start(Subscription& subscription);
  void adopt(SequencePage page, SequenceNumber oldest);
  void take_in(MessageRef message);
  void trimmed();
  void left_ring(Subscription& reader);
  FramedLog& log_of(const WireForm& form);
  bool has_sleepers() const;
  void move(Subscription& subscription, Subscription::State state);
  void awaken(Subscription& subscription);
  void detach(Subscription& subscription);
  Readers& list_of(Subscription::State state);

  TopicPath path_;
  FramedCache& cache_;
  ViewCounters& counters_;
  bool live_ = false;
  fabric::Epoch epoch_ = 0;
  fabric::InterestId interest_;
  SequencePage page_;
  topic::ReplayRing ring_;
  std::vector<std::unique_ptr<FramedLog>> logs_;  // one a form in use
  Readers waiting_;    // for the owner's answer
  Readers caught_up_;  // have everything, or had when they came here: who came first has waited longest
  Readers awake_;      // have something to pull, or are blocked
  std::size_t reader_count_ = 0;
  BareReaders bare_;     // were told a discontinuity and no item since; all are at ring_.next()
  BareReaders keeping_;  // and then came the item, in their next_ and still in ring_; in order of numbers
};

}  // namespace hark::gateway
