#include "gateway/grpc/reflection_call.h"

#include <algorithm>

#include "gateway/grpc/response_head.h"
#include "gateway/http2/http2_session.h"
#include "protocol/grpc/reflection.h"

namespace hark::gateway::grpc {

void ReflectionCall::on_message(SharedBytes message, Instant) {
  if (ends_) return;
  ByteSink answer;
  if (auto answered = protocol::grpc::answer_reflection(message.span(), answer); !answered) {
    const protocol::grpc::Status status = protocol::grpc::status_of(answered.error());
    code_ = std::to_string(static_cast<int>(status.code));
    text_ = protocol::grpc::percent_encode(status.message);
    return finish();
  }
  to_send_.append(as_text(answer.span()));
  begin();
}

void ReflectionCall::on_request_end() { finish(); }

void ReflectionCall::begin() {
  if (!streaming_) streaming_ = session_.http2().respond_streaming(stream(), response_head(), *this);
  session_.http2().resume(stream());
}

void ReflectionCall::finish() {
  ends_ = true;
  begin();
}

ReflectionCall::Pulled ReflectionCall::pull(std::size_t bytes_max, Slices& out) {
  const std::size_t given = std::min(bytes_max, to_send_.size());
  if (given > 0) {
    const bool was_full = !takes_messages();
    given_ = to_send_.substr(0, given);
    to_send_.erase(0, given);
    out.add_fleeting(as_byte_span(given_));
    if (was_full && takes_messages()) session_.resume_later(*this);
  }
  if (!to_send_.empty()) return Pulled::more;
  return ends_ ? Pulled::end : Pulled::wait;
}

void ReflectionCall::trailers(std::vector<protocol::http2::Header>& out) {
  out.push_back({"grpc-status", code_});
  if (!text_.empty()) out.push_back({"grpc-message", text_});
}

}  // namespace hark::gateway::grpc
