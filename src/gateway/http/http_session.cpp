#include "gateway/http/http_session.h"

#include <algorithm>
#include <array>

#include "protocol/http1/response_encoder.h"

namespace hark::gateway::http {

using protocol::http1::RequestDecoder;
using protocol::http1::ResponseHeader;

HttpSession::HttpSession(SessionServices& services, SessionHost& host, Instant now)
    : services_(services), host_(host), request_since_(now), moved_at_(now) {}

bool HttpSession::receive(ByteSpan bytes, Instant now) {
  if (decoder_.between_requests()) request_since_ = now;
  decoder_.feed(bytes);
  return decode(now);
}

bool HttpSession::decode(Instant now) {
  std::size_t made = 0;  // bytes of pages, also of those that only HEAD asks for
  while (!over_ && std::max(answers_.size(), made) < answer_bytes_max) {
    switch (decoder_.next()) {
      case RequestDecoder::Event::need_more: return true;
      case RequestDecoder::Event::head:
      case RequestDecoder::Event::body: break;  // none is allowed, so none comes
      case RequestDecoder::Event::end:
        request_since_ = now;
        if (answers_.empty()) moved_at_ = now;
        made += answer(decoder_.head());
        break;
      case RequestDecoder::Event::error: refuse(decoder_.error()); break;
    }
  }
  if (!over_) host_.wants_credit();  // the peer has to take its answers first
  return !over_;
}

/// Returns the size of the page that was made.
std::size_t HttpSession::answer(const protocol::http1::RequestHead& head) {
  services_.totals.http_requests.add();
  const bool head_only = head.method == "HEAD";
  const bool readable = head_only || head.method == "GET";
  Page page = readable ? services_.pages.get(head.path(), !services_.draining)
                       : Page{405, "text/plain; charset=utf-8", "only GET and HEAD are served here\n"};
  const bool close = !head.keep_alive || services_.draining;
  const std::array<ResponseHeader, 3> headers{{
      {"Content-Type", page.content_type},
      {"Cache-Control", "no-store"},
      {"Allow", "GET, HEAD"},
  }};
  append_response(answers_, page.status, std::span(headers).first(page.status == 405 ? 3 : 2), page.body,
                  close, head_only);
  over_ = close;
  return page.body.size();
}

void HttpSession::refuse(const protocol::http1::RequestError& error) {
  services_.totals.closed_for_protocol.add();
  const std::array<ResponseHeader, 1> headers{{{"Content-Type", "text/plain; charset=utf-8"}}};
  append_response(answers_, error.status, headers, std::string(error.reason) + "\n", true, false);
  over_ = true;
}

bool HttpSession::produce(Gather& out, Instant now) {
  moved_at_ = now;
  const std::size_t given = std::min(out.room(), answers_.size());
  out.append_copy(as_byte_span(answers_).first(given));
  answers_.erase(0, given);
  return !answers_.empty();
}

void HttpSession::on_credit(Instant now) {
  if (!decode(now)) over_ = true;
  if (!answers_.empty()) host_.wants_flush();
}

std::optional<Instant> HttpSession::deadline() const {
  if (!answers_.empty()) return moved_at_ + services_.limits.control_write_within;
  const bool idle = decoder_.between_requests();
  return request_since_ + (idle ? services_.limits.idle_connection_max : services_.limits.header_within);
}

bool HttpSession::tick(Instant now) {
  if (*deadline() > now) return true;
  if (answers_.empty() && !decoder_.between_requests()) refuse({408, "the request was not complete in time"});
  over_ = true;
  return false;
}

void HttpSession::drain(Instant) {
  if (decoder_.between_requests()) over_ = true;
}

}  // namespace hark::gateway::http
