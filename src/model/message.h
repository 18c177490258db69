#pragma once

#include <cstdint>
#include <string>

#include "base/instant.h"
#include "base/ref.h"
#include "base/shared_bytes.h"
#include "model/position.h"

namespace hark {

enum class PayloadKind : std::uint8_t {
  text,    ///< valid UTF-8
  binary,
};

/// What a publisher sends, before the owner has numbered it.
struct MessageDraft {
  PayloadKind kind = PayloadKind::binary;
  SharedBytes payload;
  std::string publisher_id;  ///< the token id of the publisher's token; empty if none
};

/// One accepted message: immutable, shared by every core that delivers it.
class Message : public RefCounted<Message> {
 public:
  static Ref<const Message> create(Position position, MessageDraft draft, Instant accepted_at);
  static void destroy(const Message* message) { delete message; }

  SequenceNumber number() const { return position_.number; }
  SequencePage page() const { return position_.page; }
  PayloadKind kind() const { return draft_.kind; }
  const SharedBytes& payload() const { return draft_.payload; }
  const std::string& publisher_id() const { return draft_.publisher_id; }
  Instant accepted_at() const { return accepted_at_; }
  /// What this message costs in memory: the object, its id and the block that its payload pins.
  std::size_t memory_bytes() const;

 private:
  Message(Position position, MessageDraft draft, Instant accepted_at)
      : position_(position), draft_(std::move(draft)), accepted_at_(accepted_at) {}

  Position position_;
  MessageDraft draft_;
  Instant accepted_at_;
};

using MessageRef = Ref<const Message>;

}  // namespace hark
