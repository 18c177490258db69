#pragma once

#include "gateway/grpc/call.h"

namespace hark::gateway::grpc {

/// cache_client.pubsub.Pubsub/Publish. Answered with an empty message once the topic's owner has
/// numbered it; the slot stands in the trailers `hark-sequence-number` and `hark-sequence-page`.
class PublishCall final : public Call {
 public:
  using Call::Call;
  void on_message(SharedBytes message, Instant now) override;
  void on_published(const Result<Position>& result) override;
};

}  // namespace hark::gateway::grpc
