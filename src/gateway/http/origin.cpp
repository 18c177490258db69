#include "gateway/http/origin.h"

#include <algorithm>

#include "protocol/http1/request_target.h"

namespace hark::gateway::http {

bool is_allowed_origin(std::string_view origin, const HttpSettings& settings) {
  const auto& allowed = settings.allowed_origins;
  // A page without an origin of its own (a sandbox, a file) says "null": anybody can be that.
  if (origin.empty() || origin == "null") return false;
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& one) { return one == "*" || one == origin; });
}

bool is_refused_origin(std::string_view origin, std::string_view authority, const HttpSettings& settings) {
  if (origin.empty() || is_allowed_origin(origin, settings)) return false;
  const auto [of_page, rest] = protocol::http1::split_target(origin);
  return of_page.empty() || !rest.empty() || !protocol::http1::same_authority(of_page, authority);
}

}  // namespace hark::gateway::http
