#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hark::bench {

using Bytes = std::span<const std::uint8_t>;

/// The payload of every message: its index among the publishes (8 bytes), when it was sent (8
/// bytes, monotonic nanoseconds), then filler.
struct Stamp {
  std::uint64_t index = 0;
  std::uint64_t sent_at = 0;
};
inline constexpr std::size_t stamp_size = 16;
void write_stamp(std::uint8_t* payload, Stamp stamp);
Stamp read_stamp(const std::uint8_t* payload);

/// RFC 9113, 4.1: nine bytes before every frame.
struct FrameHead {
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
};
inline constexpr std::size_t frame_head_size = 9;
std::array<std::uint8_t, frame_head_size> encode(const FrameHead& head);
FrameHead decode_frame_head(const std::uint8_t* bytes);
void append_frame(std::string& out, const FrameHead& head, std::string_view payload);

namespace frame {
inline constexpr std::uint8_t data = 0, headers = 1, rst_stream = 3, settings = 4, push_promise = 5, ping = 6,
                              goaway = 7, window_update = 8, continuation = 9;
inline constexpr std::uint8_t end_stream = 1, ack = 1, end_headers = 4, padded = 8, priority = 0x20;
}  // namespace frame

std::uint32_t read_u32(const std::uint8_t* bytes);  ///< big endian
void append_u32(std::string& out, std::uint32_t value);

/// Protocol buffers, in the small: what the Pubsub messages need.
void append_varint(std::string& out, std::uint64_t value);
void append_field(std::string& out, unsigned number, std::string_view bytes);  ///< wire type 2
void append_field(std::string& out, unsigned number, std::uint64_t value);     ///< wire type 0
/// gRPC over HTTP/2: a flag byte (not compressed) and the length before each message.
void append_grpc_message(std::string& out, std::string_view message);

/// One field of a message; `bytes` for wire type 2, `value` for wire type 0.
struct Field {
  unsigned number = 0;
  std::uint64_t value = 0;
  Bytes bytes;
};
/// Takes the next field from the front of `message`; false when the message is malformed.
bool take_field(Bytes& message, Field& field);

}  // namespace hark::bench
