#include "gateway/grpc/grpc_call.h"

#include <algorithm>
#include <array>

#include "gateway/grpc/response_head.h"

namespace hark::gateway::grpc {

using protocol::http2::Header;

void refuse_request(Http2Session& session, StreamId stream, const protocol::grpc::Status& status) {
  session.services().totals.requests.add();
  session.services().totals.requests_failed.add();
  const std::string code = std::to_string(static_cast<int>(status.code));
  const std::string text = protocol::grpc::percent_encode(status.message);
  std::array<Header, 5> head{{{":status", "200"},
                              {"content-type", "application/grpc"},
                              {"grpc-status", code},
                              {"grpc-message", text},
                              {"err", status.err}}};
  session.http2().respond(stream, std::span(head).first(status.err.empty() ? 4 : 5), {}, {});
}

void GrpcCall::refuse_with(const protocol::grpc::Status& status) {
  session_.bodies().answered(*this);
  refuse_request(session_, stream(), status);
}

void GrpcCall::answer(ByteSpan frame, std::span<const Header> extra) {
  session_.bodies().answered(*this);
  session_.services().totals.requests.add();
  std::array<Header, 4> trailers{{{"grpc-status", "0"}}};
  HARK_CHECK(extra.size() < trailers.size());
  std::copy(extra.begin(), extra.end(), trailers.begin() + 1);
  session_.http2().respond(stream(), response_head(), frame, std::span(trailers).first(1 + extra.size()));
}

}  // namespace hark::gateway::grpc
