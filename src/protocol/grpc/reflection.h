#pragma once

#include "base/byte_sink.h"
#include "model/error.h"

namespace hark::protocol::grpc {

/// Answers one ServerReflectionRequest: appends the gRPC frame of a ServerReflectionResponse about
/// the embedded descriptors. For grpc.reflection.v1 and v1alpha, whose wire is the same. A name
/// that is not here is an error_response NOT_FOUND, not an error; extensions never are.
/// invalid_argument for bytes that are no request. The answer is at most the
/// descriptors (some KiB) and twice the request.
Result<void> answer_reflection(ByteSpan request, ByteSink& out);

}  // namespace hark::protocol::grpc
