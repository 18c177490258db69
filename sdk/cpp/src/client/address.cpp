#include "client/address.h"

#include <algorithm>
#include <charconv>

namespace hark::client {
namespace {

Error bad_url(std::string_view why) {
  return {Code::invalid_argument, "url: " + std::string(why) + "; write http://HOST:PORT", {}};
}

bool is_host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_' || c == ':';
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 65535;
}

}  // namespace

Result<Address> Address::parse(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (url.starts_with("https://")) return bad_url("TLS is not supported yet");
  if (!url.starts_with(scheme)) return bad_url("it does not begin with http://");
  url.remove_prefix(scheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);

  std::string_view host = url, port = "80";
  const bool bracketed = url.starts_with('[');
  if (const auto close = url.find(']'); bracketed) {
    if (close == std::string_view::npos) return bad_url("the ] after the IPv6 address is missing");
    host = url.substr(1, close - 1);
    url.remove_prefix(close + 1);
    if (!url.empty() && url.front() != ':') return bad_url("after the ] comes a : and the port");
    if (!url.empty()) port = url.substr(1);
  } else if (const auto colon = url.find(':'); colon != std::string_view::npos) {
    host = url.substr(0, colon);
    port = url.substr(colon + 1);
  }
  if (host.empty()) return bad_url("there is no host");
  if (!std::all_of(host.begin(), host.end(), is_host_character))
    return bad_url("the host is no name or address");
  if (!is_port(port)) return bad_url("the port is not a number from 1 to 65535");

  Address address{std::string(host), std::string(port), {}};
  address.authority = bracketed ? "[" + address.host + "]" : address.host;
  address.authority += ":" + address.port;
  return address;
}

}  // namespace hark::client
