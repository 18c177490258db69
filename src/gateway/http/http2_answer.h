#pragma once

#include <initializer_list>
#include <string_view>

#include "gateway/http2/http2_session.h"

namespace hark::gateway::http {

// Whole answers of plain HTTP over HTTP/2. Each is counted, and says that no cache may keep it.

void respond(http2::Http2Session& session, http2::StreamId stream, int status,
             std::initializer_list<protocol::http2::Header> headers, std::string_view body,
             bool head_only = false);
/// An error as RFC 9457 has it.
void answer_problem(http2::Http2Session& session, http2::StreamId stream, const Error& error);
void answer_problem(http2::Http2Session& session, http2::StreamId stream, int status,
                    std::string_view detail);
void answer_not_allowed(http2::Http2Session& session, http2::StreamId stream, std::string_view allowed);
/// As answer_problem; but an EventSource is told to come back when the server only shuts down.
void answer_follower(http2::Http2Session& session, http2::StreamId stream, const Error& error,
                     bool wants_events);

}  // namespace hark::gateway::http
