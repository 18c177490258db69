#pragma once

#include <memory>
#include <string_view>

#include "gateway/grpc/grpc_call.h"

namespace hark::gateway::grpc {

/// Whether a request is gRPC's (gRPC over HTTP/2, "Requests").
bool is_grpc(const protocol::http2::RequestHead& head);

/// The call that serves a request's method ("/package.Service/Method"). Null: its head was enough to refuse
/// it.
std::unique_ptr<http2::Call> open_call(const protocol::http2::RequestHead& head, Http2Session& session,
                                       StreamId stream);

}  // namespace hark::gateway::grpc
