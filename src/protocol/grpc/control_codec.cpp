#include "protocol/grpc/control_codec.h"

#include <controlclient.pb.h>

#include "protocol/grpc/message_frame.h"
#include "protocol/grpc/wire_reader.h"

namespace hark::protocol::grpc {

Result<std::string_view> decode_namespace_request(ByteSpan message) {
  return decode_text_field(message, control_client::_CreateCacheRequest::kCacheNameFieldNumber);
}

Result<std::string_view> decode_list_request(ByteSpan message) {
  return decode_text_field(message, control_client::_ListCachesRequest::kNextTokenFieldNumber);
}

void encode_list_response_frame(std::span<const NamespaceEntry> entries, const std::string& next_token,
                                ByteSink& out) {
  control_client::_ListCachesResponse response;
  for (const NamespaceEntry& entry : entries) {
    auto& cache = *response.add_cache();
    cache.set_cache_name(entry.name);
    auto& stored = *cache.mutable_cache_limits();
    stored.set_max_traffic_rate(entry.traffic_rate_max);
    stored.set_max_throughput_kbps(entry.throughput_kib_max);
    stored.set_max_item_size_kb(entry.item_kib_max);
    stored.set_max_ttl_seconds(entry.ttl_seconds_max);
    auto& topics = *cache.mutable_topic_limits();
    topics.set_max_publish_rate(entry.publish_rate_max);
    topics.set_max_subscription_count(entry.subscription_count_max);
    topics.set_max_publish_message_size_kb(entry.message_kib_max);
  }
  response.set_next_token(next_token);
  append_message_frame(response.SerializeAsString(), out);
}

}  // namespace hark::protocol::grpc
