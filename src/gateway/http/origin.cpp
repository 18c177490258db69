#include "gateway/http/origin.h"

#include "protocol/http1/request_target.h"

namespace hark::gateway::http {

bool is_of_another_origin(const protocol::http1::RequestHead& head) {
  const std::string_view origin = head.get("origin");
  if (origin.empty()) return false;
  const auto [authority, rest] = protocol::http1::split_target(origin);
  return authority.empty() || !rest.empty() || !protocol::http1::same_authority(authority, head.get("host"));
}

}  // namespace hark::gateway::http
