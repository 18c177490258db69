#pragma once

#include <span>

#include "gateway/http2/http2_session.h"
#include "protocol/grpc/status.h"

namespace hark::gateway::grpc {

using http2::Http2Session;
using protocol::http2::StreamId;

/// One gRPC call: its answers and refusals as gRPC over HTTP/2 says them.
class GrpcCall : public http2::Call {
 public:
  using Call::Call;

 protected:
  /// The whole answer: an error, without a message (Trailers-Only).
  void refuse_with(const protocol::grpc::Status& status);
  /// The whole answer: a message's frame and status OK, with `extra` trailers.
  void answer(ByteSpan frame, std::span<const protocol::http2::Header> extra = {});

 private:
  void say_refusal(const Error& error) override { refuse_with(protocol::grpc::status_of(error)); }
};

/// Refuses a request that has no call, in the same way.
void refuse_request(Http2Session& session, StreamId stream, const protocol::grpc::Status& status);

}  // namespace hark::gateway::grpc
