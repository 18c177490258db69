#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_sink.h"
#include "model/error.h"

namespace hark::protocol::grpc {

/// control_client._Cache: a namespace and the limits that it shows to clients.
struct NamespaceEntry {
  std::string name;
  std::uint32_t traffic_rate_max = 0;    ///< requests a second
  std::uint32_t throughput_kib_max = 0;  ///< KiB a second
  std::uint32_t item_kib_max = 0;        ///< KiB of a stored item
  std::uint64_t ttl_seconds_max = 0;     ///< of a stored item
  std::uint32_t publish_rate_max = 0;    ///< messages a second
  std::uint32_t subscription_count_max = 0;
  std::uint32_t message_kib_max = 0;  ///< KiB of a payload
};

/// The `cache_name` of a _CreateCacheRequest, _DeleteCacheRequest or _FlushCacheRequest: their wire
/// is the same. Borrowed; the name is not judged. invalid_argument for malformed bytes or invalid
/// UTF-8.
Result<std::string_view> decode_namespace_request(ByteSpan message);

/// The `next_token` of a _ListCachesRequest; empty asks for the first page. Errors likewise.
Result<std::string_view> decode_list_request(ByteSpan message);

/// Appends the gRPC frame of a _ListCachesResponse with `entries` and the token of the page after
/// them (empty: there is none).
void encode_list_response_frame(std::span<const NamespaceEntry> entries, const std::string& next_token,
                                ByteSink& out);

}  // namespace hark::protocol::grpc
