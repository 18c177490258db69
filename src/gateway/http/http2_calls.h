#pragma once

#include <memory>

#include "gateway/http2/call.h"

namespace hark::gateway::http {

/// The call that serves a request of plain HTTP over HTTP/2: publishing to a topic or following it. Null: it
/// is answered already, a page or a refusal.
std::unique_ptr<http2::Call> open_call(const protocol::http2::RequestHead& head, http2::Http2Session& session,
                                       protocol::http2::StreamId stream);

}  // namespace hark::gateway::http
