#pragma once

#include <string_view>

#include "base/byte_sink.h"
#include "model/error.h"
#include "protocol/grpc/status.h"

namespace hark::protocol::grpc {

/// grpc.health.v1.HealthCheckResponse.ServingStatus.
enum class ServingStatus : std::uint8_t { unknown, serving, not_serving, service_unknown };

/// The `service` of a HealthCheckRequest; empty asks for the server as a whole. Borrowed.
/// invalid_argument for malformed bytes or invalid UTF-8.
Result<std::string_view> decode_health_request(ByteSpan message);

/// What Watch says of `service`, and Check if it is served: each service serves as long as the
/// server is `ready`; one that is not declared in proto/ is service_unknown.
ServingStatus health_of(std::string_view service, bool ready);

/// How Check ends for a service_unknown: NOT_FOUND, without a message. Watch answers it as a state
/// and stays open.
Status health_not_found();

/// The gRPC frame of a HealthCheckResponse; static bytes.
ByteSpan health_frame(ServingStatus status);

}  // namespace hark::protocol::grpc
