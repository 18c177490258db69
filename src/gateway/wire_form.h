#pragma once

#include <cstddef>

#include "base/byte_sink.h"
#include "model/message.h"

namespace hark::gateway {

/// How one kind of client sees a topic's items as bytes, the same for all its subscribers, so that
/// each message is encoded once a core. What differs a connection (HTTP/2's frame heads) is not here.
/// Stateless. One object a form and core.
class WireForm {
 public:
  virtual ~WireForm() = default;
  /// Exact size of encode_message's output.
  virtual std::size_t message_bytes(const Message& message) const = 0;
  virtual void encode_message(const Message& message, std::byte* out) const = 0;
  virtual void encode_discontinuity(const Discontinuity& discontinuity, ByteSink& out) const = 0;
  /// Static bytes; none for a form that has no heartbeats.
  virtual ByteSpan heartbeat() const = 0;
};

}  // namespace hark::gateway
