#include "gateway/http/origin.h"

#include "protocol/http1/request_target.h"

namespace hark::gateway::http {

bool is_of_another_origin(std::string_view origin, std::string_view authority) {
  if (origin.empty()) return false;
  const auto [of_page, rest] = protocol::http1::split_target(origin);
  return of_page.empty() || !rest.empty() || !protocol::http1::same_authority(of_page, authority);
}

}  // namespace hark::gateway::http
