#include "fabric/interest.h"

#include <algorithm>

#include "fabric/topic_table.h"

namespace hark::fabric {

void Interest::keep_next_of(const topic::Topic& of, SequenceNumber oldest) {
  const bool loses_next = place >= of.buffer().oldest && place < oldest && place <= of.head();
  if (!answer_due && !next && loses_next) next = of.at(place);
}

Registered Interest::answer() {
  const topic::Topic& of = topic->topic;
  const topic::Buffer buffer = of.buffer();
  Registered registered{view, epoch, id, buffer.page, buffer.oldest, buffer.head.next(), {}};
  SequenceNumber first = buffer.oldest;
  if (have.page == buffer.page && have.number > first) first = std::min(have.number, buffer.head.next());
  registered.kept.reserve(buffer.head.next() - first);
  for (SequenceNumber n = first; n <= buffer.head; ++n) registered.kept.push_back(of.at(n));
  answer_due = trim_due = false;
  place = buffer.head.next();
  return registered;
}

Delivery Interest::next_batch(const Limits& limits) {
  batch_out = true;
  if (next) {
    // Alone, as if the ring began with it: the hole behind it comes with the next batch.
    const MessageRef message = std::move(next);
    place = message->number().next();
    trim_due = true;
    return {view, epoch, message->page(), message->number(), {message}};
  }
  const topic::Topic& of = topic->topic;
  const topic::Buffer buffer = of.buffer();
  Delivery delivery{view, epoch, buffer.page, buffer.oldest, {}};
  place = std::max(place, buffer.oldest);
  delivery.messages.reserve(std::min<std::size_t>(buffer.head.next() - place, limits.delivery_messages_max));
  std::size_t bytes = 0;
  for (; place <= buffer.head && delivery.messages.size() < limits.delivery_messages_max &&
         bytes < limits.delivery_bytes_max;
       ++place) {
    delivery.messages.push_back(of.at(place));
    bytes += of.at(place)->payload().size();
  }
  trim_due = false;
  return delivery;
}

}  // namespace hark::fabric
