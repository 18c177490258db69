#pragma once

#include "gateway/grpc/grpc_call.h"

namespace hark::gateway::grpc {

/// grpc.reflection.v1 and v1alpha ServerReflectionInfo: an answer to each question, in order.
///
/// Limit: while more than `waiting_bytes_max` of answers wait, no further question is taken.
class ReflectionCall final : public GrpcCall, private protocol::http2::BodySource {
 public:
  ReflectionCall(Http2Session& session, StreamId stream) : GrpcCall(session, stream, Expect::many_messages) {}
  void on_message(SharedBytes message, Instant now) override;
  void on_request_end() override;
  bool takes_messages() const override { return to_send_.size() < waiting_bytes_max; }
  void drain() override { finish(); }

 private:
  static constexpr std::size_t waiting_bytes_max = 64 << 10;
  Pulled pull(std::size_t bytes_max, Slices& out) override;
  void trailers(std::vector<protocol::http2::Header>& out) override;
  void begin();
  void finish();

  std::string to_send_, given_;
  std::string code_ = "0", text_;  // of the trailers
  bool ends_ = false;
};

}  // namespace hark::gateway::grpc
