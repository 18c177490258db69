#include "gateway/http/http2_answer.h"

#include <array>

#include "gateway/http/event_stream.h"
#include "gateway/http/problem.h"

namespace hark::gateway::http {

using protocol::http2::Header;

namespace {

/// The whole head of an answer, in `room`: what is said of every one, and `headers`.
using HeadRoom = std::array<Header, 12>;
std::span<const Header> head_of(const Asker& asker, std::string_view code, HeaderList headers,
                                HeadRoom& room) {
  std::size_t count = 0;
  const auto add = [&](Header header) {
    HARK_CHECK(count < room.size());
    room[count++] = header;
  };
  add({":status", code});
  add({"cache-control", "no-store"});
  for (const Header& header : headers) add(header);
  if (!asker.allowed_origin.empty()) {
    add({"access-control-allow-origin", asker.allowed_origin});
    add({"access-control-expose-headers", exposed_headers});
    add({"vary", "Origin"});
  }
  asker.session.services().totals.http_requests.add();
  return std::span(room).first(count);
}

void answer(const Asker& asker, const Problem& problem) {
  const Header type{"content-type", problem_content_type};
  // What passes by itself says when to try again (RFC 9110, 10.2.3).
  if (problem.status == 503) return respond(asker, 503, {type, {"retry-after", "1"}}, problem.body);
  respond(asker, problem.status, {type}, problem.body);
}

}  // namespace

void respond(const Asker& asker, int status, HeaderList headers, std::string_view body, bool head_only) {
  const std::string code = std::to_string(status), length = std::to_string(body.size());
  HeadRoom room;
  const std::size_t count = head_of(asker, code, headers, room).size();
  room[count] = {"content-length", length};
  asker.session.http2().respond(asker.stream, std::span(room).first(count + (status == 204 ? 0 : 1)),
                                head_only ? ByteSpan() : as_byte_span(body), {});
}

bool respond_streaming(const Asker& asker, HeaderList headers, protocol::http2::BodySource& body) {
  HeadRoom room;
  return asker.session.http2().respond_streaming(asker.stream, head_of(asker, "200", headers, room), body);
}

void answer_problem(const Asker& asker, const Error& error) { answer(asker, problem_of(error)); }

void answer_problem(const Asker& asker, int status, std::string_view detail) {
  answer(asker, problem_of(status, detail));
}

void answer_not_allowed(const Asker& asker, std::string_view allowed) {
  const Problem problem = problem_of(405, "only " + std::string(allowed) + " is served here");
  respond(asker, 405, {{"content-type", problem_content_type}, {"allow", allowed}}, problem.body);
}

void answer_preflight(const Asker& asker) {
  respond(asker, 204,
          {{"allow", "GET, POST, OPTIONS"},
           {"access-control-allow-methods", preflight_methods},
           {"access-control-allow-headers", preflight_headers},
           {"access-control-max-age", preflight_max_age}},
          {});
}

void answer_follower(const Asker& asker, const Error& error, bool wants_events) {
  if (!wants_events || error.code != ErrorCode::unavailable) return answer_problem(asker, error);
  respond(asker, 200, {{"content-type", "text/event-stream"}},
          EventStream::come_back_later(asker.session.host().id()));
}

}  // namespace hark::gateway::http
