#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hark/client/result.h"

namespace hark::client {

/// The fields of a response's head or trailers that a client reads.
struct Fields {
  std::vector<std::pair<std::string, std::string>> list;
  /// The first one of that name; empty when absent.
  std::string_view get(std::string_view name) const;
  /// That field as a decimal number below 2^53 and a bit; 0 when absent or none.
  std::uint64_t number(std::string_view name) const;
};

/// How a gRPC call ended.
struct CallStatus {
  bool ok = false;
  Error error;  ///< when not ok
};

/// By its head and trailers, for a stream that ended in order. An answer that is not gRPC's (a proxy's, an
/// HTTP/1 server's) leaves the outcome unknown.
CallStatus status_of(const Fields& head, const Fields& trailers);

/// For a stream that was reset or lost: `sent`, whether any of the request may have reached the server;
/// `refused`, whether the server said that it has not looked at it (REFUSED_STREAM, GOAWAY).
Error error_of_broken_stream(bool sent, bool refused, std::string why);

/// Whether a subscription that ends by `code` is over for good; else it is tried again.
bool ends_subscription(Code code);

}  // namespace hark::client
