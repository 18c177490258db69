#include "topic/replay_ring.h"

#include <algorithm>

#include "base/check.h"

namespace hark::topic {

void ReplayRing::push(MessageRef message) {
  HARK_CHECK(message->number() == next_);
  if (size() == slots_.size()) grow();
  payload_bytes_ += message->payload().size();
  message_bytes_ += message->memory_bytes();
  slots_[index(next_)] = std::move(message);
  ++next_;
}

void ReplayRing::drop_oldest() {
  MessageRef& slot = slots_[index(oldest_)];
  payload_bytes_ -= slot->payload().size();
  message_bytes_ -= slot->memory_bytes();
  slot.reset();
  ++oldest_;
}

void ReplayRing::trim_to(SequenceNumber oldest) {
  while (oldest_ < oldest && !empty()) drop_oldest();
  if (empty()) shrink();
}

void ReplayRing::reset(SequenceNumber next) {
  while (!empty()) drop_oldest();
  shrink();
  oldest_ = next_ = next;
}

void ReplayRing::shrink() {
  // A large ring that emptied gives its slots back: an idle topic costs little.
  if (slots_.size() > 64) slots_ = {};
}

void ReplayRing::grow() {
  std::vector<MessageRef> larger(std::max<std::size_t>(4, slots_.size() * 2));
  for (SequenceNumber n = oldest_; n < next_; ++n)
    larger[n.value() & (larger.size() - 1)] = std::move(slots_[index(n)]);
  slots_ = std::move(larger);
}

}  // namespace hark::topic
