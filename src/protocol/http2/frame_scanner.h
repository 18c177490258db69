#pragma once

#include <array>

#include "base/instant.h"
#include "base/shared_bytes.h"
#include "protocol/http2/flood_guard.h"

namespace hark::protocol::http2 {

/// Finds the frame heads in the peer's bytes, so that the guard sees every frame before it costs anything.
///
/// nghttp2 does not report CONTINUATION frames nor frames that it ignores, and these are what floods
/// are made of. Cost: a few instructions a frame; payloads are skipped.
class FrameScanner {
 public:
  struct Outcome {
    std::size_t accepted;  ///< bytes before the refused frame's head; all of them when none was
    const char* refused;   ///< the rule that was broken, or null
  };
  /// Looks at the next bytes, cut anywhere, the connection preface first.
  Outcome scan(ByteSpan bytes, FloodGuard& guard, Instant now);

  /// Whether the last byte seen stands inside a frame that carries header fields.
  bool in_header_frame() const {
    return payload_left_ > 0 && (type_ == FrameType::headers || type_ == FrameType::continuation);
  }

 private:
  static constexpr std::size_t preface_bytes = 24;  // RFC 9113, 3.4

  std::size_t payload_left_ = preface_bytes;  // the preface is skipped like a payload
  std::array<std::byte, FrameHead::size> head_{};
  std::size_t head_bytes_ = 0;
  FrameType type_ = FrameType::settings;
};

}  // namespace hark::protocol::http2
