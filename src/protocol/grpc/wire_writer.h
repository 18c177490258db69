#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/byte_sink.h"
#include "base/shared_bytes.h"

namespace hark::protocol::grpc {

/// Bytes that `value` takes as a varint: 1 to 10.
constexpr std::size_t varint_size(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

/// Size of a tag below 16, a length and that many bytes.
constexpr std::size_t delimited_size(std::size_t length) { return 1 + varint_size(length) + length; }

/// Size of a varint field with a tag below 16; 0 is the default and not written.
constexpr std::size_t number_size(std::uint64_t value) { return value == 0 ? 0 : 1 + varint_size(value); }

/// Writes protobuf into memory that the caller has measured beforehand. No check of the end.
class WireWriter {
 public:
  explicit WireWriter(std::byte* out) : at_(out) {}

  std::byte* at() const { return at_; }
  void byte(std::uint8_t value) { *at_++ = std::byte{value}; }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  /// A varint field, unless it has the default.
  void number(std::uint8_t tag, std::uint64_t value) {
    if (value == 0) return;
    byte(tag);
    varint(value);
  }
  /// The head of a length-delimited field.
  void head(std::uint8_t tag, std::size_t length) {
    byte(tag);
    varint(length);
  }
  void delimited(std::uint8_t tag, ByteSpan bytes) {
    head(tag, bytes.size());
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  /// The 5 bytes before a gRPC message: not compressed, length in network order.
  void message_prefix(std::size_t length) {
    byte(0);
    for (int shift = 24; shift >= 0; shift -= 8) byte(static_cast<std::uint8_t>(length >> shift));
  }

 private:
  std::byte* at_;
};

inline constexpr std::size_t message_prefix_size = 5;

/// Appends a length-delimited field with a tag below 128, where size does not matter.
inline void append_field(std::uint8_t tag, ByteSpan bytes, ByteSink& out) {
  std::array<std::byte, 11> head;
  WireWriter writer(head.data());
  writer.head(tag, bytes.size());
  out.append(ByteSpan(head.data(), writer.at()));
  out.append(bytes);
}

}  // namespace hark::protocol::grpc
