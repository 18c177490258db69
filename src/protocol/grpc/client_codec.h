#pragma once

#include <string>
#include <vector>

#include "protocol/grpc/control_codec.h"
#include "protocol/grpc/pubsub_codec.h"

namespace hark::protocol::grpc {

// The client's side of pubsub_codec.h and control_codec.h: requests are written, answers are read.
// Frames have their 5-byte prefix. Byte for byte what protobuf writes: fields in order, defaults
// omitted. Texts must be valid UTF-8; below 4 GiB each.

std::string encode_publish_request_frame(const PublishRequest& request);
std::string encode_subscription_request_frame(const SubscriptionRequest& request);
/// _CreateCacheRequest, _DeleteCacheRequest and _FlushCacheRequest: their wire is the same.
std::string encode_namespace_request_frame(std::string_view name);
std::string encode_list_request_frame(std::string_view next_token);

/// cache_client.pubsub._SubscriptionItem, borrowed from the bytes it was decoded from.
struct SubscriptionItem {
  enum class What : std::uint8_t {
    none,  ///< nothing that we know: of a later version, to be ignored
    heartbeat,
    item,
    discontinuity,
  };
  What what = What::none;
  std::uint64_t number = 0;  ///< of the item
  std::uint64_t page = 0;    ///< of the item, or the new one of the discontinuity
  PayloadKind kind = PayloadKind::text;
  ByteSpan payload;
  std::string_view publisher_id;
  std::uint64_t last_number = 0;  ///< of the discontinuity: the last one before it
  std::uint64_t missed_to = 0;    ///< of the discontinuity: it goes on behind this number
};

/// invalid_argument for malformed bytes, text that is not UTF-8, and an item without a value.
Result<SubscriptionItem> decode_subscription_item(ByteSpan message);

/// control_client._ListCachesResponse: one page of the namespaces.
struct NamespaceList {
  std::vector<NamespaceEntry> entries;
  std::string next_token;  ///< empty: the last page
};
Result<NamespaceList> decode_list_response(ByteSpan message);

}  // namespace hark::protocol::grpc
