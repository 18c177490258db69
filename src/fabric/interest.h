#pragma once

#include <boost/intrusive/list.hpp>

#include "fabric/parcel.h"
#include "model/limits.h"

namespace hark::fabric {

struct OwnedTopic;

/// One core's interest in one topic, at the owner: a place in the topic's ring, not a queue.
struct Interest : boost::intrusive::list_base_hook<boost::intrusive::tag<struct OfTopicTag>>,
                  boost::intrusive::list_base_hook<boost::intrusive::tag<struct WaitingTag>> {
  OwnedTopic* topic = nullptr;
  InterestId id;
  CoreId core = 0;
  ViewId view;
  Epoch epoch = 0;
  Position have;            ///< what its view has already, when it registered
  SequenceNumber place;     ///< the next number to deliver
  /// The message at the place, kept when the ring lost it: a core that falls behind has one more item before
  /// it hears of the hole, so that its readers never meet two discontinuities in a row. One a topic and core.
  MessageRef next;
  bool answer_due = true;  ///< Registered was not sent yet
  bool trim_due = false;  ///< the ring lost messages that the view still has
  bool batch_out = false;  ///< a batch is on its way: the next one waits for BatchTaken

  /// The topic is about to lose all numbers below `oldest`.
  void keep_next_of(const topic::Topic& of, SequenceNumber oldest);
  /// The answer to its registration: what is kept and the core does not have. It counts as sent.
  Registered answer();
  /// What the core lacks, as much as one batch may carry; perhaps only the oldest number. It counts as sent.
  Delivery next_batch(const Limits& limits);
};

using TopicInterests = boost::intrusive::list<
    Interest,
    boost::intrusive::base_hook<boost::intrusive::list_base_hook<boost::intrusive::tag<OfTopicTag>>>,
    boost::intrusive::constant_time_size<true>>;
/// Interests with something to send to one core, first come first served.
using WaitingInterests = boost::intrusive::list<
    Interest,
    boost::intrusive::base_hook<boost::intrusive::list_base_hook<boost::intrusive::tag<WaitingTag>>>>;

}  // namespace hark::fabric
