#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "model/error.h"

namespace hark::runtime {

/// An IPv4 or IPv6 address with a port.
class Endpoint {
 public:
  Endpoint() = default;  ///< no address: family AF_UNSPEC

  /// Reads "127.0.0.1:8080", "[::1]:8080" or "localhost:8080". Names are not looked up (that would
  /// block); `localhost` is 127.0.0.1. The error says what is wrong and what to write.
  static Result<Endpoint> parse(std::string_view text);
  /// From what accept or getsockname filled in.
  static Endpoint from(const sockaddr_storage& address);

  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t address_size() const;
  int family() const { return storage_.v4.sin_family; }
  std::uint16_t port() const;
  bool is_loopback() const;
  std::string to_string() const;       ///< "127.0.0.1:8080", "[::1]:8080"
  std::string host_to_string() const;  ///< without the port and brackets

 private:
  union {
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_{};
};

}  // namespace hark::runtime
