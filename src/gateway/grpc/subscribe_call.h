#pragma once

#include <optional>

#include "gateway/grpc/grpc_call.h"
#include "gateway/heartbeats.h"
#include "gateway/subscription.h"
#include "protocol/grpc/pubsub_codec.h"
#include "protocol/grpc/status.h"

namespace hark::gateway::grpc {

/// cache_client.pubsub.Pubsub/Subscribe: a place in the topic's log, written as the peer's window allows.
///
/// The response's head and the first heartbeat leave together, once the topic's owner has answered;
/// until then nothing is sent, so that a refusal is the first and only word. A grpc-timeout is ignored:
/// clients put one on streams that they want to keep.
///
/// What Momento's message cannot say, the field `hark-start` can: `new`, `latest`, N or `last:N` as over
/// HTTP, instead of a position. The head of the answer then tells where it begins, unless a discontinuity
/// does: `hark-sequence-number` is the number before the first that comes, of page `hark-sequence-page`.
class SubscribeCall final : public GrpcCall,
                            private protocol::http2::BodySource,
                            private Subscriber,
                            private Beating {
 public:
  using GrpcCall::GrpcCall;
  ~SubscribeCall() override;
  void on_head(const protocol::http2::RequestHead& head) override;
  void on_message(SharedBytes message, Instant now) override;

 private:
  Result<void> start(ByteSpan message);
  Result<topic::ResumeRequest> resume_of(const protocol::grpc::SubscriptionRequest& request) const;
  bool begin_answer();
  // BodySource: the session's pull.
  Pulled pull(std::size_t bytes_max, Slices& out) override;
  void trailers(std::vector<protocol::http2::Header>& out) override;
  // Subscriber: the view's word.
  void on_ready() override;
  void on_work() override;
  void on_end(EndReason reason) override;
  void on_pinning(bool pinning) override;
  // Beating
  void beat() override { subscription_->request_heartbeat(); }

  std::unique_ptr<const std::string> start_;  // `hark-start`, for who sends it
  std::optional<Subscription> subscription_;
  std::optional<protocol::grpc::Status> end_;  // how the stream ends, once it does
  std::string code_, text_;                    // of the trailers
};

}  // namespace hark::gateway::grpc
