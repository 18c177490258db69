#pragma once

#include <initializer_list>
#include <string_view>

#include "gateway/http/origin.h"
#include "gateway/http2/http2_session.h"

namespace hark::gateway::http {

/// Who is answered: a stream, and the origin of the page that asks, if it is an allowed one.
struct Asker {
  Asker(http2::Http2Session& of, http2::StreamId at, std::string_view origin)
      : session(of),
        stream(at),
        allowed_origin(is_allowed_origin(origin, *of.services().http) ? origin : "") {}
  http2::Http2Session& session;
  http2::StreamId stream;
  std::string allowed_origin;
};

// Answers of plain HTTP over HTTP/2. Each is counted, says that no cache may keep it, and lets a page of an
// allowed origin read it.

using HeaderList = std::initializer_list<protocol::http2::Header>;
void respond(const Asker& asker, int status, HeaderList headers, std::string_view body,
             bool head_only = false);
/// False: nobody listens any more.
bool respond_streaming(const Asker& asker, HeaderList headers, protocol::http2::BodySource& body);
/// An error as RFC 9457 has it.
void answer_problem(const Asker& asker, const Error& error);
void answer_problem(const Asker& asker, int status, std::string_view detail);
void answer_not_allowed(const Asker& asker, std::string_view allowed);
void answer_preflight(const Asker& asker);
/// As answer_problem; but an EventSource is told to come back when the server only shuts down.
void answer_follower(const Asker& asker, const Error& error, bool wants_events);

}  // namespace hark::gateway::http
