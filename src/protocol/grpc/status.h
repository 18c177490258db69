#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "model/error.h"

namespace hark::protocol::grpc {

/// gRPC's status codes ("Status codes and their use in gRPC").
enum class StatusCode : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// How a call ends: the three trailers that clients read.
struct Status {
  StatusCode code = StatusCode::ok;
  std::string_view err;  ///< trailer `err`, static; empty: not sent
  std::string message;   ///< `grpc-message` before percent_encode(); never empty with an error
};

/// Longest Status::message, so that trailers fit into any client's header limit. Bytes.
inline constexpr std::size_t status_message_bytes_max = 512;

/// An error in gRPC's words: the one table from ErrorCode to status, `err` trailer and text.
///
/// Client SDKs tell the kinds of RESOURCE_EXHAUSTED apart by `err` or by the first keyword found in
/// the text (subscribers, operations, throughput, request limit, ...), so each text has its own
/// keyword first, and a context that would mislead them is left out. Where the limit itself is
/// meant (message_too_large, subscription_limit, rate_limit), a context of digits alone is that
/// limit.
Status status_of(const Error& error);

/// A `grpc-message` value: all but printable ASCII, and '%', as %XX (gRPC over HTTP/2,
/// "Percent-Encoded").
std::string percent_encode(std::string_view message);

/// What a call may last at most, however much its client grants: safe to add to any Instant.
inline constexpr Duration timeout_max = 24h * 365;

/// A `grpc-timeout` value: 1 to 8 digits and a unit of H M S m u n. Capped at timeout_max.
/// invalid_argument for anything else.
Result<Duration> parse_timeout(std::string_view text);

}  // namespace hark::protocol::grpc
