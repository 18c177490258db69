#include "runtime/endpoint.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "base/log.h"

namespace hark::runtime {
namespace {

Failure<Error> fail_endpoint(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid_argument, fmt::format("\"{}\" is not HOST:PORT: {}", escaped(text), why));
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail_endpoint(text, "there is no port");
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return fail_endpoint(text, "the port is not a number from 0 to 65535");

  std::string host(text.substr(0, colon));
  if (host.empty())
    return fail_endpoint(text, "write 0.0.0.0 for every IPv4 address or [::] for every address");
  if (host == "localhost") host = "127.0.0.1";

  Endpoint endpoint;
  if (host.front() == '[') {
    if (host.back() != ']') return fail_endpoint(text, "the ] after the IPv6 address is missing");
    host = host.substr(1, host.size() - 2);
    endpoint.storage_.v6.sin6_family = AF_INET6;
    endpoint.storage_.v6.sin6_port = htons(port);
    if (inet_pton(AF_INET6, host.c_str(), &endpoint.storage_.v6.sin6_addr) != 1)
      return fail_endpoint(text, "what stands in [ ] is not an IPv6 address");
    return endpoint;
  }
  if (host.find(':') != std::string::npos)
    return fail_endpoint(text, "an IPv6 address stands in brackets, as in [::1]:8080");
  endpoint.storage_.v4.sin_family = AF_INET;
  endpoint.storage_.v4.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &endpoint.storage_.v4.sin_addr) != 1)
    return fail_endpoint(text, "the host is neither an IP address nor localhost");
  return endpoint;
}

Endpoint Endpoint::from(const sockaddr_storage& address) {
  Endpoint endpoint;
  if (address.ss_family == AF_INET) std::memcpy(&endpoint.storage_.v4, &address, sizeof(sockaddr_in));
  if (address.ss_family == AF_INET6) std::memcpy(&endpoint.storage_.v6, &address, sizeof(sockaddr_in6));
  return endpoint;
}

socklen_t Endpoint::address_size() const {
  return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

std::uint16_t Endpoint::port() const {
  if (family() == AF_UNSPEC) return 0;
  return ntohs(family() == AF_INET6 ? storage_.v6.sin6_port : storage_.v4.sin_port);
}

bool Endpoint::is_loopback() const {
  if (family() == AF_INET) return (ntohl(storage_.v4.sin_addr.s_addr) >> 24) == 127;
  if (family() != AF_INET6) return false;
  const in6_addr& address = storage_.v6.sin6_addr;
  // A dual-stack listener sees IPv4 peers as ::ffff:127.0.0.1.
  return IN6_IS_ADDR_LOOPBACK(&address) || (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127);
}

std::string Endpoint::host_to_string() const {
  if (family() == AF_UNSPEC) return "unknown";
  char host[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &storage_.v6.sin6_addr, host, sizeof host);
  } else {
    inet_ntop(AF_INET, &storage_.v4.sin_addr, host, sizeof host);
  }
  return host;
}

std::string Endpoint::to_string() const {
  if (family() == AF_INET6) return fmt::format("[{}]:{}", host_to_string(), port());
  return fmt::format("{}:{}", host_to_string(), port());
}

}  // namespace hark::runtime
