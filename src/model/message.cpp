#include "model/message.h"

namespace hark {

MessageRef Message::create(Position position, MessageDraft draft, Instant accepted_at) {
  return MessageRef(new Message(position, std::move(draft), accepted_at));
}

std::size_t Message::memory_bytes() const {
  return sizeof(Message) + draft_.payload.block_size() +
         (draft_.publisher_id.capacity() > 15 ? draft_.publisher_id.capacity() : 0);
}

}  // namespace hark
