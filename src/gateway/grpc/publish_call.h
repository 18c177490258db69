#pragma once

#include "gateway/grpc/grpc_call.h"

namespace hark::gateway::grpc {

/// cache_client.pubsub.Pubsub/Publish. Answered with an empty message once the topic's owner has
/// numbered it; the slot stands in the trailers `hark-sequence-number` and `hark-sequence-page`.
class PublishCall final : public GrpcCall {
 public:
  using GrpcCall::GrpcCall;
  void on_message(SharedBytes message, Instant now) override;
  void on_published(const Result<Position>& result) override;
};

}  // namespace hark::gateway::grpc
