#pragma once

#include <string_view>

#include "base/byte_sink.h"

namespace hark::protocol::grpc {

/// Appends a message with its 5-byte gRPC prefix, not compressed. The message is below 4 GiB.
void append_message_frame(std::string_view message, ByteSink& out);

/// The frame of a message without fields: the answer to Publish, Ping, CreateCache, ...; static
/// bytes.
ByteSpan empty_message_frame();

}  // namespace hark::protocol::grpc
