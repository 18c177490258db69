#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_sink.h"
#include "model/error.h"
#include "model/message.h"
#include "model/position.h"

namespace hark::protocol::grpc {

/// cache_client.pubsub._PublishRequest, borrowed from the bytes it was decoded from.
struct PublishRequest {
  std::string_view namespace_name;  ///< `cache_name` on the wire
  std::string_view topic;
  PayloadKind kind = PayloadKind::text;
  ByteSpan payload;
};

/// cache_client.pubsub._SubscriptionRequest, borrowed likewise.
struct SubscriptionRequest {
  std::string_view namespace_name;
  std::string_view topic;
  std::uint64_t resume_number = 0;
  std::uint64_t resume_page = 0;
};

/// Decodes as protobuf says: unknown fields skipped, last scalar wins, oneof overridden, nested
/// messages merged. invalid_argument for malformed bytes, invalid UTF-8 in a string, or a value
/// without a kind. Names are not judged here. O(size), no allocation.
Result<PublishRequest> decode_publish_request(ByteSpan message);
Result<SubscriptionRequest> decode_subscription_request(ByteSpan message);

/// Size of encode_item_frame's output.
std::size_t item_frame_size(const Message& message);
/// Writes the whole gRPC frame (5-byte prefix and _SubscriptionItem with an item) to `out`, which
/// has item_frame_size bytes. Byte for byte what protobuf writes: fields in order, defaults
/// omitted.
void encode_item_frame(const Message& message, std::byte* out);
/// gRPC frame of a _SubscriptionItem with a discontinuity: last_topic_sequence = last.number,
/// new_topic_sequence = missed_to (items resume after it), new_sequence_page = page.
void encode_discontinuity_frame(const Discontinuity& discontinuity, ByteSink& out);
/// gRPC frame of a _SubscriptionItem with a heartbeat; static bytes.
ByteSpan heartbeat_frame();

}  // namespace hark::protocol::grpc
