#pragma once

#include <memory>
#include <string_view>

#include "gateway/grpc/call.h"

namespace hark::gateway::grpc {

/// The call that serves the method at `path` ("/package.Service/Method"); null for one that is not served.
std::unique_ptr<Call> make_call(std::string_view path, GrpcSession& session, StreamId stream);

}  // namespace hark::gateway::grpc
