#pragma once

#include "gateway/grpc/grpc_call.h"
#include "protocol/grpc/health.h"

namespace hark::gateway::grpc {

/// grpc.health.v1.Health/Check.
class HealthCheckCall final : public GrpcCall {
 public:
  using GrpcCall::GrpcCall;
  void on_message(SharedBytes message, Instant now) override;
};

/// grpc.health.v1.Health/Watch: the state now, and each change. At a drain it says NOT_SERVING and ends.
class HealthWatchCall final : public GrpcCall, private protocol::http2::BodySource {
 public:
  using GrpcCall::GrpcCall;
  void on_message(SharedBytes message, Instant now) override;
  void drain() override;

 private:
  Pulled pull(std::size_t bytes_max, Slices& out) override;
  void trailers(std::vector<protocol::http2::Header>& out) override;
  void say(protocol::grpc::ServingStatus status);

  protocol::grpc::ServingStatus at_drain_{};  // what is told then of the service asked for
  std::string to_send_;  // at most two states
  std::string given_;    // what the last pull lent
  bool ends_ = false;
};

}  // namespace hark::gateway::grpc
