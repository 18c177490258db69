#include <array>

#include "gateway/http/event_stream.h"
#include "gateway/http/http_session.h"
#include "gateway/http/open_body.h"
#include "gateway/http/origin.h"

// The part of HttpSession that follows a topic.

namespace hark::gateway::http {

using protocol::http1::ResponseHeader;

void HttpSession::follow() {
  const protocol::http1::RequestHead& head = decoder_.head();
  const StreamRequest request{head.path(), head.query(), head.get("accept"), head.get("last-event-id")};
  if (is_refused_origin(head.get("origin"), head.get("host"), *services_.http))
    return answer_problem({ErrorCode::permission_denied, refused_origin}, false);
  auto opened = open_body(services_, *this, request);
  if (!opened) return answer_follower(opened.error(), request.wants_events());
  body_begun_ = body_waits_ = false;
  following_.emplace(std::move(opened->body), head.version_minor > 0);
  if (auto begun = following_->body().begin(opened->path); !begun) on_refused(begun.error());
}

void HttpSession::on_begin() {
  TopicBody& body = following_->body();
  const bool chunked = following_->chunked();
  // Behind a stream that never ends by itself nothing can follow in time.
  ends_with_body_ = body.endless() || !chunked || !decoder_.head().keep_alive || services_.draining;
  const std::array<ResponseHeader, 2> headers{{
      {"Content-Type", body.content_type()},
      {"X-Accel-Buffering", "no"},  // nginx, and whoever does as it does, hands on at once
  }};
  services_.totals.http_requests.add();
  HeaderRoom room;
  protocol::http1::append_streaming_head(answers_, 200, complete(headers, room), chunked, ends_with_body_);
  if (Beating* const beating = body.beating()) services_.heartbeats.add(*beating, this, nullptr);
  body_begun_ = true;
  on_body();
}

void HttpSession::on_body() {
  body_waits_ = body_begun_;
  host_.wants_flush();
}

/// The body must outlive this call, which it makes.
void HttpSession::on_refused(const Error& error) {
  refused_ = error;
  host_.wants_flush();
}

void HttpSession::answer_refused() {
  const Error error = *std::exchange(refused_, {});
  const bool wants_events = following_->body().endless();
  end_following();
  answer_follower(error, wants_events);
  decode(now_);
}

void HttpSession::answer_follower(const Error& error, bool wants_events) {
  if (!wants_events || error.code != ErrorCode::unavailable) return answer_problem(error, false);
  const std::array<ResponseHeader, 1> headers{{{"Content-Type", "text/event-stream"}}};
  append(200, headers, EventStream::come_back_later(host_.id()), true);
}

/// True: there is more to send.
bool HttpSession::write_body(Gather& out) {
  const BodyWriter::Written written = following_->write(out);
  body_waits_ = written == BodyWriter::Written::more;
  if (written != BodyWriter::Written::end) return body_waits_;
  end_following();
  request_since_ = now_;
  over_ = over_ || ends_with_body_;
  decode(now_);
  return wants_to_send();
}

void HttpSession::end_following() {
  if (!following_) return;
  if (Beating* const beating = following_->body().beating(); beating && body_begun_)
    services_.heartbeats.remove(*beating);
  following_.reset();
  body_begun_ = body_waits_ = false;
}

}  // namespace hark::gateway::http
