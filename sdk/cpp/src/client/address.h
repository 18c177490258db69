#pragma once

#include <string>
#include <string_view>

#include "hark/client/result.h"

namespace hark::client {

/// Where a client connects to.
struct Address {
  std::string host;  ///< a name or an IP address, without brackets
  std::string port;  ///< decimal
  std::string authority;  ///< as HTTP names it: "127.0.0.1:8080", "[::1]:8080"

  /// Reads http://HOST[:PORT][/]. invalid_argument says what to write.
  static Result<Address> parse(std::string_view url);
};

}  // namespace hark::client
