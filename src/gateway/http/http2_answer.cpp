#include "gateway/http/http2_answer.h"

#include <array>

#include "gateway/http/event_stream.h"
#include "gateway/http/problem.h"

namespace hark::gateway::http {

using http2::Http2Session;
using http2::StreamId;
using protocol::http2::Header;

namespace {

constexpr Header retry_after{"retry-after", "1"};

void answer(Http2Session& session, StreamId stream, const Problem& problem, Header more) {
  respond(session, stream, problem.status, {{"content-type", problem_content_type}, more}, problem.body);
}
void answer(Http2Session& session, StreamId stream, const Problem& problem) {
  // What passes by itself says when to try again (RFC 9110, 10.2.3).
  if (problem.status == 503) return answer(session, stream, problem, retry_after);
  respond(session, stream, problem.status, {{"content-type", problem_content_type}}, problem.body);
}

}  // namespace

void respond(Http2Session& session, StreamId stream, int status, std::initializer_list<Header> headers,
             std::string_view body, bool head_only) {
  session.services().totals.http_requests.add();
  const std::string code = std::to_string(status), length = std::to_string(body.size());
  std::array<Header, 8> head{{{":status", code}, {"cache-control", "no-store"}}};
  std::size_t count = 2;
  HARK_CHECK(headers.size() + 3 <= head.size());
  for (const Header& header : headers) head[count++] = header;
  if (status != 204) head[count++] = {"content-length", length};
  session.http2().respond(stream, std::span(head).first(count), head_only ? ByteSpan() : as_byte_span(body),
                          {});
}

void answer_problem(Http2Session& session, StreamId stream, const Error& error) {
  answer(session, stream, problem_of(error));
}

void answer_problem(Http2Session& session, StreamId stream, int status, std::string_view detail) {
  answer(session, stream, problem_of(status, detail));
}

void answer_not_allowed(Http2Session& session, StreamId stream, std::string_view allowed) {
  answer(session, stream, problem_of(405, "only " + std::string(allowed) + " is served here"),
         {"allow", allowed});
}

void answer_follower(Http2Session& session, StreamId stream, const Error& error, bool wants_events) {
  if (!wants_events || error.code != ErrorCode::unavailable) return answer_problem(session, stream, error);
  respond(session, stream, 200, {{"content-type", "text/event-stream"}},
          EventStream::come_back_later(session.host().id()));
}

}  // namespace hark::gateway::http
