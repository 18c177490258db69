#pragma once

#include <cstddef>
#include <cstdint>

namespace hark::protocol::http2 {

/// RFC 9113, 6: the frame types with rules of their own; all others are counted as unknown.
enum class FrameType : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
};

constexpr std::uint8_t flag_end_stream = 0x1;
constexpr std::uint8_t flag_ack = 0x1;
constexpr std::uint8_t flag_end_headers = 0x4;
constexpr std::uint8_t flag_padded = 0x8;

/// The nine bytes before each frame's payload (RFC 9113, 4.1).
struct FrameHead {
  static constexpr std::size_t size = 9;

  std::uint32_t length;  ///< of the payload, 24 bits
  FrameType type;        ///< perhaps none of the enumerators
  std::uint8_t flags;
  std::int32_t stream;

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

}  // namespace hark::protocol::http2
