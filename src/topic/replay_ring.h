#pragma once

#include <cstddef>
#include <vector>

#include "model/message.h"

namespace hark::topic {

/// The newest messages of one topic in one page: numbers oldest() ... next() - 1, without holes.
///
/// Used by the owner's topic and by each core's view of it. Holds references, never copies. Slots
/// double from 4, so a quiet topic stays small. Who owns a ring bounds it by trim_to().
class ReplayRing {
 public:
  /// Empty; the next message is number `next`.
  explicit ReplayRing(SequenceNumber next = SequenceNumber(1)) : oldest_(next), next_(next) {}

  /// Requires message->number() == next().
  void push(MessageRef message);
  /// Drops all numbers below `oldest`; one past the newest empties the ring.
  void trim_to(SequenceNumber oldest);
  /// Drops everything; the next message is number `next`.
  void reset(SequenceNumber next);

  /// Requires oldest() <= number < next().
  const MessageRef& at(SequenceNumber number) const { return slots_[index(number)]; }
  bool contains(SequenceNumber number) const { return number >= oldest_ && number < next_; }

  SequenceNumber oldest() const { return oldest_; }  ///< next() when empty
  SequenceNumber next() const { return next_; }
  std::size_t size() const { return next_ - oldest_; }
  bool empty() const { return next_ == oldest_; }
  /// Payload bytes kept, for the replay limit.
  std::size_t payload_bytes() const { return payload_bytes_; }
  /// Memory of the messages and of the ring itself, for a core's budget.
  std::size_t memory_bytes() const { return message_bytes_ + slots_.size() * sizeof(MessageRef); }

 private:
  std::size_t index(SequenceNumber number) const { return number.value() & (slots_.size() - 1); }
  void grow();
  void drop_oldest();
  void shrink();

  std::vector<MessageRef> slots_;  // a power of two; slot = number modulo size
  SequenceNumber oldest_, next_;
  std::size_t payload_bytes_ = 0;
  std::size_t message_bytes_ = 0;
};

}  // namespace hark::topic
