#include "server/transports.h"

#include "gateway/http/http_session.h"
#include "gateway/http2/http2_session.h"

namespace hark::server {

std::unique_ptr<gateway::Session> make_session(gateway::SessionServices& services, gateway::Protocol protocol,
                                               gateway::SessionHost& host, Instant now) {
  switch (protocol) {
    case gateway::Protocol::http1: return std::make_unique<gateway::http::HttpSession>(services, host, now);
    case gateway::Protocol::http2: return std::make_unique<gateway::http2::Http2Session>(services, host, now);
  }
  HARK_UNREACHABLE();
}

}  // namespace hark::server
