#include "gateway/grpc/health_calls.h"

#include "gateway/grpc/response_head.h"
#include "gateway/http2/http2_session.h"
#include "protocol/grpc/health.h"

namespace hark::gateway::grpc {

using protocol::grpc::ServingStatus;

void HealthCheckCall::on_message(SharedBytes message, Instant) {
  const auto service = protocol::grpc::decode_health_request(message.span());
  if (!service) return session_.refuse(*this, service.error());
  const ServingStatus status = protocol::grpc::health_of(*service, !session_.draining());
  if (status == ServingStatus::service_unknown) return refuse_with(protocol::grpc::health_not_found());
  answer(protocol::grpc::health_frame(status));
}

void HealthWatchCall::on_message(SharedBytes message, Instant) {
  const auto service = protocol::grpc::decode_health_request(message.span());
  if (!service) return session_.refuse(*this, service.error());
  at_drain_ = protocol::grpc::health_of(*service, false);
  say(protocol::grpc::health_of(*service, !session_.draining()));
  ends_ = session_.draining();
  session_.bodies().answered(*this);  // the stream may stay for long, and needs nothing of the request
  streaming_ = session_.http2().respond_streaming(stream(), response_head(), *this);
}

void HealthWatchCall::say(ServingStatus status) {
  to_send_.append(as_text(protocol::grpc::health_frame(status)));
}

void HealthWatchCall::drain() {
  if (!streaming_ || ends_) return;
  say(at_drain_);
  ends_ = true;
  session_.http2().resume(stream());
}

HealthWatchCall::Pulled HealthWatchCall::pull(std::size_t bytes_max, Slices& out) {
  const std::size_t given = std::min(bytes_max, to_send_.size());
  if (given > 0) {
    given_ = to_send_.substr(0, given);
    to_send_.erase(0, given);
    out.add_fleeting(as_byte_span(given_));
  }
  if (!to_send_.empty()) return Pulled::more;
  return ends_ ? Pulled::end : Pulled::wait;
}

void HealthWatchCall::trailers(std::vector<protocol::http2::Header>& out) {
  out.push_back({"grpc-status", "14"});
  out.push_back({"grpc-message", "the server is shutting down"});
}

}  // namespace hark::gateway::grpc
