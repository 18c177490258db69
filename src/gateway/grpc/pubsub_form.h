#pragma once

#include "gateway/wire_form.h"
#include "protocol/grpc/pubsub_codec.h"

namespace hark::gateway::grpc {

/// Items as gRPC messages of cache_client.pubsub.Pubsub/Subscribe.
class PubsubForm final : public WireForm {
 public:
  static const PubsubForm& instance() {
    static const PubsubForm form;
    return form;
  }
  std::size_t message_bytes(const Message& message) const override {
    return protocol::grpc::item_frame_size(message);
  }
  void encode_message(const Message& message, std::byte* out) const override {
    protocol::grpc::encode_item_frame(message, out);
  }
  void encode_discontinuity(const Discontinuity& discontinuity, ByteSink& out) const override {
    protocol::grpc::encode_discontinuity_frame(discontinuity, out);
  }
  ByteSpan heartbeat() const override { return protocol::grpc::heartbeat_frame(); }
};

}  // namespace hark::gateway::grpc
