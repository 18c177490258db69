#pragma once

#include <array>
#include <span>

#include "protocol/http2/server_session.h"

namespace hark::gateway::grpc {

/// The head of every answer that has a message (gRPC over HTTP/2, "Response-Headers").
inline std::span<const protocol::http2::Header> response_head() {
  static constexpr std::array<protocol::http2::Header, 2> head{{
      {":status", "200"},
      {"content-type", "application/grpc"},
  }};
  return head;
}

}  // namespace hark::gateway::grpc
