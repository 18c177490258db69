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

/// `namespace_name` and `topic` as a path, or what is wrong with them, or that there is no such namespace.
Result<TopicPath> checked_path(GrpcSession& session, std::string_view namespace_name, std::string_view topic);

}  // namespace hark::gateway::grpc
