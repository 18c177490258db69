#pragma once

#include "base/instant.h"
#include "model/message.h"
#include "model/names.h"
#include "topic/replay_ring.h"
#include "topic/resume.h"

namespace hark::topic {

/// How much of a topic is kept.
struct ReplayLimits {
  std::size_t messages_max;
  std::size_t bytes_max;
  Duration age_max;
};

/// What continues a topic elsewhere: on another core, or after a restart.
struct TopicState {
  TopicPath path;
  SequencePage page;
  ReplayRing ring;
};

/// A topic at its owner: it numbers messages and keeps the newest.
///
/// A message is first assigned a number, then committed; readers see only what is committed. In one
/// process the two move together, in a cluster a replicated log moves `committed`.
/// Core: the owner's. Owner: fabric::Owner.
class Topic {
 public:
  /// A topic that begins, or (next > 1) one that is remembered without its messages.
  Topic(TopicPath path, SequencePage page, SequenceNumber next = SequenceNumber(1));
  explicit Topic(TopicState state);

  /// Numbers `draft` and keeps it, not yet visible.
  MessageRef accept(MessageDraft draft, Instant now);
  /// Makes all numbers up to `number` visible. Requires head() <= number < next().
  void commit(SequenceNumber number);
  /// The oldest number that the limits allow to keep; what is not committed neither goes nor counts.
  SequenceNumber oldest_within(const ReplayLimits& limits, Instant now) const;
  /// Drops all numbers below `oldest`. Requires oldest <= head() + 1.
  void trim_to(SequenceNumber oldest);
  /// All that continues the topic; this object must not be used again. Requires settled().
  TopicState release();

  const TopicPath& path() const { return path_; }
  SequencePage page() const { return page_; }
  SequenceNumber head() const { return head_; }       ///< newest committed; 0 before the first
  SequenceNumber next() const { return ring_.next(); }  ///< what accept gives next
  bool settled() const { return head_.next() == ring_.next(); }  ///< all assigned are committed
  Buffer buffer() const;
  const MessageRef& at(SequenceNumber number) const { return ring_.at(number); }
  std::size_t memory_bytes() const;

 private:
  TopicPath path_;
  SequencePage page_;
  ReplayRing ring_;  // committed messages, then assigned ones
  SequenceNumber head_;
  std::size_t uncommitted_bytes_ = 0;  // of payloads that are assigned and not committed
};

}  // namespace hark::topic
