#pragma once

#include "protocol/http1/request_head.h"

namespace hark::gateway::http {

/// Whether a page in a browser asks, and not one that this server gave. Without tokens any page that somebody
/// visits could publish to the bus on their machine, or read it: browsers send a simple request without
/// asking (Fetch, CORS).
bool is_of_another_origin(const protocol::http1::RequestHead& head);

}  // namespace hark::gateway::http
