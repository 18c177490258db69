#pragma once

#include "base/slot_map.h"
#include "fabric/parcel.h"

namespace hark::fabric {

using TopicId = SlotId<struct TopicTag>;  ///< a topic at its owner

/// Who waits for a commit: carried through the log, so that a topic keeps no queue of its own.
struct CommitTicket {
  TopicId topic;
  CoreId asker = 0;
  RequestId request;
};

/// Told when an assigned message is safe. In order within a topic.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  virtual void on_committed(const CommitTicket& ticket, Position position) = 0;
};

/// Makes assigned messages safe. In one process there is nothing to wait for (ImmediateLog); in a
/// cluster a replicated log answers later. The listener may be called from inside append().
class CommitLog {
 public:
  virtual ~CommitLog() = default;
  virtual void append(const CommitTicket& ticket, const MessageRef& message, CommitListener& listener) = 0;
};

/// Commits at once: a single process promises no more than its memory.
class ImmediateLog : public CommitLog {
 public:
  void append(const CommitTicket& ticket, const MessageRef& message, CommitListener& listener) override {
    listener.on_committed(ticket, {message->page(), message->number()});
  }
};

}  // namespace hark::fabric
