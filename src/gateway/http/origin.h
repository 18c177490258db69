#pragma once

#include <string_view>

namespace hark::gateway::http {

/// Whether a page in a browser asks, by the request's `origin`, and not one that this server, `authority`,
/// gave. Without tokens any page that somebody visits could publish to the bus on their machine, or read it:
/// browsers send a simple request without asking (Fetch, CORS).
bool is_of_another_origin(std::string_view origin, std::string_view authority);

}  // namespace hark::gateway::http
