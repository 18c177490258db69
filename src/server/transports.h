#pragma once

#include "gateway/first_bytes.h"
#include "gateway/session_services.h"

namespace hark::server {

/// The session for a connection whose first bytes announced `protocol`: the one list of transports.
std::unique_ptr<gateway::Session> make_session(gateway::SessionServices& services, gateway::Protocol protocol,
                                               gateway::SessionHost& host, Instant now);

}  // namespace hark::server
