#include "topic/topic.h"

#include <algorithm>

#include "base/check.h"

namespace hark::topic {

Topic::Topic(TopicPath path, SequencePage page, SequenceNumber next)
    : path_(std::move(path)), page_(page), ring_(next), head_(next.previous()) {
  HARK_CHECK(page.value() > 0 && next.value() > 0);
}

Topic::Topic(TopicState state)
    : path_(std::move(state.path)),
      page_(state.page),
      ring_(std::move(state.ring)),
      head_(ring_.next().previous()) {}

MessageRef Topic::accept(MessageDraft draft, Instant now) {
  auto message = Message::create({page_, ring_.next()}, std::move(draft), now);
  ring_.push(message);
  uncommitted_bytes_ += message->payload().size();
  return message;
}

void Topic::commit(SequenceNumber number) {
  HARK_CHECK(number >= head_ && number < ring_.next());
  for (SequenceNumber n = head_.next(); n <= number; ++n) uncommitted_bytes_ -= ring_.at(n)->payload().size();
  head_ = number;
}

SequenceNumber Topic::oldest_within(const ReplayLimits& limits, Instant now) const {
  // Only what readers see counts: else a log that is behind would push the newest out of their sight.
  SequenceNumber oldest = ring_.oldest();
  std::size_t bytes = ring_.payload_bytes() - uncommitted_bytes_;
  for (; oldest <= head_; ++oldest) {
    const Message& message = *ring_.at(oldest);
    const bool too_much = head_.next() - oldest > limits.messages_max || bytes > limits.bytes_max ||
                          now - message.accepted_at() > limits.age_max;
    if (!too_much) break;
    bytes -= message.payload().size();
  }
  return oldest;
}

void Topic::trim_to(SequenceNumber oldest) {
  HARK_CHECK(oldest <= head_.next());
  ring_.trim_to(oldest);
}

TopicState Topic::release() {
  HARK_CHECK(settled());
  return {std::move(path_), page_, std::move(ring_)};
}

Buffer Topic::buffer() const { return {page_, std::min(ring_.oldest(), head_.next()), head_}; }

std::size_t Topic::memory_bytes() const {
  return sizeof(Topic) + path_.text().capacity() + ring_.memory_bytes();
}

}  // namespace hark::topic
