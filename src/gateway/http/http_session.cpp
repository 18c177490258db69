#include "gateway/http/http_session.h"

#include <algorithm>
#include <array>

#include "gateway/http/origin.h"
#include "gateway/http/problem.h"
#include "gateway/http/publishing.h"
#include "gateway/http/topic_target.h"

namespace hark::gateway::http {

using protocol::http1::RequestDecoder;
using protocol::http1::ResponseHeader;

namespace {

constexpr ResponseHeader no_store{"Cache-Control", "no-store"};
constexpr std::array<ResponseHeader, 2> problem_headers{
    {{"Content-Type", problem_content_type}, {"Retry-After", "1"}}};

/// Of a problem that passes by itself, when to try again (RFC 9110, 10.2.3).
std::span<const ResponseHeader> headers_of(const Problem& problem) {
  return std::span(problem_headers).first(problem.status == 503 ? 2 : 1);
}

}  // namespace

HttpSession::HttpSession(SessionServices& services, SessionHost& host, Instant now)
    : services_(services), host_(host), now_(now), request_since_(now), moved_at_(now) {}

HttpSession::~HttpSession() { end_following(); }

bool HttpSession::receive(ByteSpan bytes, Instant now) {
  if (decoder_.between_requests() && !publish_ && !following_) request_since_ = now;
  decoder_.feed(bytes);
  return decode(now);
}

bool HttpSession::decode(Instant now) {
  now_ = now;
  if (answers_.empty()) moved_at_ = now;
  std::size_t made = 0;  // bytes of pages, also of those that only HEAD asks for
  while (!over_ && !following_ && std::max(answers_.size(), made) < answer_bytes_max) {
    if (publish_ && (!advance_publish(now) || over_)) break;
    switch (decoder_.next()) {
      case RequestDecoder::Event::need_more: return true;
      case RequestDecoder::Event::head: begin(now); break;
      case RequestDecoder::Event::body: publish_->receive(decoder_.body()); break;
      case RequestDecoder::Event::end: made += end(now); break;
      case RequestDecoder::Event::error: refuse(decoder_.error().status, decoder_.error().reason); break;
    }
  }
  if (over_) return false;
  // Whoever follows a topic is read on, so that its end is noticed.
  const bool reads_on = following_ && decoder_.buffered() <= behind_body_max;
  if (!reads_on) host_.wants_credit();  // the peer has to take its answers first, or the owner has to answer
  return true;
}

void HttpSession::begin(Instant now) {
  const protocol::http1::RequestHead& head = decoder_.head();
  if (head.method != "POST" || !is_topic_target(head.path())) return;
  auto path = PublishRequest::check(services_, head);
  // What would follow is a body that nobody wants: with no body, too, this connection says no more.
  if (!path) return answer_problem(path.error(), true);
  decoder_.allow_body(services_.limits.message_bytes_max);
  publish_.emplace(services_, *std::move(path), head, now);
}

/// Returns the size of the page that was made.
std::size_t HttpSession::end(Instant now) {
  request_since_ = now;
  const protocol::http1::RequestHead& head = decoder_.head();
  if (!publish_ && head.method == "GET" && is_topic_target(head.path())) {
    follow();
    return 0;
  }
  if (!publish_) return answer_page();
  if (auto complete = publish_->complete(now); !complete) answer_problem(complete.error(), false);
  return 0;
}

/// Takes a publish as far as it comes by itself. False: it has to wait, and all that is behind it.
bool HttpSession::advance_publish(Instant now) {
  using enum PublishRequest::Stage;
  if (publish_->stage() == wants_room) {
    publish_->take_room(now);
    if (publish_->stage() != receiving) {
      host_.wants_room();
      return false;
    }
    // RFC 9110, 10.1.1: not to a client that has begun to send.
    if (decoder_.head().expects_continue && decoder_.buffered() == 0)
      answers_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  if (publish_->stage() == wants_credit) publish_->send(host_.id(), ++ticket_);
  if (publish_->stage() != answered) return publish_->stage() == receiving;
  const Result<Position>& result = publish_->result();
  if (result) {
    answer_publish(*result);
  } else {
    answer_problem(result.error(), false);
  }
  return true;
}

void HttpSession::answer_publish(Position slot) {
  const PublishAnswer answer(slot, decoder_.head().get("accept"));
  const std::array<ResponseHeader, 3> headers{{
      {"hark-sequence-number", answer.number},
      {"hark-sequence-page", answer.page},
      {"Content-Type", "application/json"},
  }};
  publish_.reset();
  append(answer.status, std::span(headers).first(answer.body.empty() ? 2 : 3), answer.body, false);
}

std::size_t HttpSession::answer_page() {
  const protocol::http1::RequestHead& head = decoder_.head();
  const bool topic = is_topic_target(head.path());
  if (topic && head.method == "OPTIONS") {
    answer_preflight();
    return 0;
  }
  const bool readable = !topic && (head.method == "HEAD" || head.method == "GET");
  const std::string_view allowed = topic ? "GET, POST, OPTIONS" : "GET, HEAD";
  if (!readable) {
    const Problem problem = problem_of(405, "only " + std::string(allowed) + " is served here");
    const std::array<ResponseHeader, 2> headers{{{"Content-Type", problem_content_type}, {"Allow", allowed}}};
    append(problem.status, headers, problem.body, false);
    return problem.body.size();
  }
  const Page page = services_.pages.get(head.path(), !services_.draining);
  const std::array<ResponseHeader, 1> headers{{{"Content-Type", page.content_type}}};
  append(page.status, headers, page.body, false);
  return page.body.size();
}

void HttpSession::answer_problem(const Error& error, bool close) {
  const Problem problem = problem_of(error);
  publish_.reset();  // which may hold the error
  append(problem.status, headers_of(problem), problem.body, close);
}

/// What cannot be read, or did not come in time: where a next request would begin is not known.
void HttpSession::refuse(int status, std::string_view reason) {
  services_.totals.closed_for_protocol.add();
  publish_.reset();
  const Problem problem = problem_of(status, reason);
  // RFC 9110, 9.3.2: what stands behind the head of an answer to HEAD would be read as another answer.
  const bool head_only = decoder_.in_request() && decoder_.head().method == "HEAD";
  std::array<ResponseHeader, 3> headers{{no_store}};  // of a head that cannot be read nothing is answered
  const auto more = headers_of(problem);
  std::copy(more.begin(), more.end(), headers.begin() + 1);
  protocol::http1::append_response(answers_, problem.status, std::span(headers).first(1 + more.size()),
                                   problem.body, true, head_only);
  over_ = true;
}

/// The answer to the request whose head the decoder has; `close`: the last one in any case.
void HttpSession::append(int status, std::span<const ResponseHeader> headers, std::string_view body,
                         bool close) {
  const protocol::http1::RequestHead& head = decoder_.head();
  services_.totals.http_requests.add();
  over_ = close || !head.keep_alive || services_.draining;
  HeaderRoom room;
  protocol::http1::append_response(answers_, status, complete(headers, room), body, over_,
                                   head.method == "HEAD");
}

HttpSession::Headers HttpSession::complete(Headers headers, HeaderRoom& room) const {
  std::size_t count = 0;
  const auto add = [&](ResponseHeader header) {
    HARK_CHECK(count < room.size());
    room[count++] = header;
  };
  add(no_store);
  for (const ResponseHeader& header : headers) add(header);
  if (const std::string_view origin = decoder_.head().get("origin");
      is_allowed_origin(origin, *services_.http)) {
    add({"Access-Control-Allow-Origin", origin});
    add({"Access-Control-Expose-Headers", exposed_headers});
    add({"Vary", "Origin"});
  }
  return std::span(room).first(count);
}

/// A browser asks whether a page may ask (Fetch, CORS-preflight request).
void HttpSession::answer_preflight() {
  const protocol::http1::RequestHead& head = decoder_.head();
  if (is_refused_origin(head.get("origin"), head.get("host"), *services_.http))
    return answer_problem({ErrorCode::permission_denied, refused_origin}, false);
  const std::array<ResponseHeader, 4> headers{{{"Allow", "GET, POST, OPTIONS"},
                                               {"Access-Control-Allow-Methods", preflight_methods},
                                               {"Access-Control-Allow-Headers", preflight_headers},
                                               {"Access-Control-Max-Age", preflight_max_age}}};
  append(204, headers, {}, false);
}

bool HttpSession::produce(Gather& out, Instant now) {
  now_ = now;
  if (publish_answered()) decode(now);
  if (refused_) answer_refused();
  moved_at_ = now;
  const std::size_t given = std::min(out.room(), answers_.size());
  out.append_copy(as_byte_span(answers_).first(given));
  answers_.erase(0, given);
  if (!answers_.empty() || !body_begun_) return !answers_.empty();
  return write_body(out);
}

bool HttpSession::wants_to_send() const {
  return !answers_.empty() || publish_answered() || body_waits_ || refused_;
}

void HttpSession::on_published(std::uint64_t ticket, const Result<Position>& result) {
  if (!publish_ || ticket != ticket_ || publish_->stage() != PublishRequest::Stage::sent) return;
  publish_->on_published(result);
  host_.wants_flush();  // which answers it, and then goes on
}

void HttpSession::on_credit(Instant now) {
  if (!decode(now)) over_ = true;
  if (wants_to_send()) host_.wants_flush();
}

std::optional<Instant> HttpSession::deadline() const {
  std::optional<Instant> earliest = publish_ ? publish_->due() : std::nullopt;
  if (following_) earliest = following_->body().due();
  if (!answers_.empty()) {
    const Instant stalled = moved_at_ + services_.limits.control_write_within;
    return std::min(earliest.value_or(stalled), stalled);
  }
  if (publish_ || following_) return earliest;
  if (over_) return std::nullopt;  // what the socket has not taken is the connection's to see to
  const bool idle = decoder_.between_requests();
  return request_since_ + (idle ? services_.limits.idle_connection_max : services_.limits.header_within);
}

bool HttpSession::tick(Instant now) {
  now_ = now;
  const std::optional<Instant> due = deadline();
  if (!due || *due > now) return true;
  const bool stalled = !answers_.empty() && moved_at_ + services_.limits.control_write_within <= now;
  if (following_ && !stalled) {
    following_->body().on_due();
    return true;
  }
  if (publish_ && !stalled) {
    const Error late = publish_->late();
    if (publish_->stage() == PublishRequest::Stage::receiving) {
      refuse(408, late.context);
    } else {
      answer_problem(late, true);
    }
  } else if (answers_.empty() && !decoder_.between_requests()) {
    refuse(408, "the request was not complete in time");
  }
  over_ = true;
  return false;
}

void HttpSession::drain(Instant) {
  if (decoder_.between_requests() && !publish_ && !following_) over_ = true;
}

}  // namespace hark::gateway::http
