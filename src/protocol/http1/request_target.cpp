#include "protocol/http1/request_target.h"

#include <algorithm>

#include "protocol/http1/grammar.h"
#include "protocol/http1/request_head.h"

namespace hark::protocol::http1 {
namespace {

/// The bytes of "http://" or "https://" in front of an absolute form; 0 for the other forms.
std::size_t scheme_bytes(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  return 0;
}

bool is_name_byte(char c) {
  return is_target_byte(c) && std::string_view("/?@\\,\"<>^`{|}[]:").find(c) == std::string_view::npos;
}

bool is_address_byte(char c) {
  const char lower = to_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'f') || c == ':' || c == '.';
}

/// Where the host of `authority` ends: behind its bracket, or before its port. 0: there is none.
std::size_t host_bytes(std::string_view authority) {
  if (!authority.starts_with('[')) {
    const std::string_view name = authority.substr(0, authority.find(':'));
    return std::all_of(name.begin(), name.end(), is_name_byte) ? name.size() : 0;
  }
  const std::size_t end = authority.find(']');
  if (end == std::string_view::npos) return 0;
  const std::string_view address = authority.substr(1, end - 1);
  const bool good = address.find(':') != std::string_view::npos &&
                    std::all_of(address.begin(), address.end(), is_address_byte);
  return good ? end + 1 : 0;
}

}  // namespace

RequestTarget split_target(std::string_view target) {
  const std::size_t scheme = scheme_bytes(target);
  if (scheme == 0) return {{}, target};
  const std::size_t end = std::min(target.find_first_of("/?", scheme), target.size());
  return {target.substr(scheme, end - scheme), target.substr(end)};
}

bool is_target(std::string_view method, std::string_view target) {
  if (!std::all_of(target.begin(), target.end(), is_target_byte)) return false;
  if (target.starts_with('/')) return true;
  if (target == "*") return method == "OPTIONS";
  const std::string_view authority = split_target(target).authority;
  return !authority.empty() && is_authority(authority);
}

bool is_authority(std::string_view text) {
  if (text.empty()) return true;
  const std::size_t host = host_bytes(text);
  if (host == 0) return false;
  const std::string_view port = text.substr(host);
  return port.empty() || (port[0] == ':' && std::all_of(port.begin() + 1, port.end(), is_digit));
}

bool same_authority(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

}  // namespace hark::protocol::http1
