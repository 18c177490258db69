#include "bench/fanout/wire.h"

#include <cstring>

namespace hark::bench {
namespace {

bool take_varint(Bytes& bytes, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    value |= static_cast<std::uint64_t>(bytes[i] & 0x7fU) << (7 * i);
    if ((bytes[i] & 0x80U) == 0) {
      bytes = bytes.subspan(i + 1);
      return true;
    }
  }
  return false;
}

}  // namespace

void write_stamp(std::uint8_t* payload, Stamp stamp) {
  std::memcpy(payload, &stamp.index, 8);
  std::memcpy(payload + 8, &stamp.sent_at, 8);
}

Stamp read_stamp(const std::uint8_t* payload) {
  Stamp stamp;
  std::memcpy(&stamp.index, payload, 8);
  std::memcpy(&stamp.sent_at, payload + 8, 8);
  return stamp;
}

std::uint32_t read_u32(const std::uint8_t* bytes) {
  return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) |
         std::uint32_t{bytes[3]};
}

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xffU);
}

std::array<std::uint8_t, frame_head_size> encode(const FrameHead& head) {
  const auto byte = [](std::uint32_t value, int shift) {
    return static_cast<std::uint8_t>((value >> shift) & 0xffU);
  };
  return {byte(head.length, 16), byte(head.length, 8),  byte(head.length, 0), head.type,           head.flags,
          byte(head.stream, 24), byte(head.stream, 16), byte(head.stream, 8), byte(head.stream, 0)};
}

FrameHead decode_frame_head(const std::uint8_t* bytes) {
  return {.length = (std::uint32_t{bytes[0]} << 16) | (std::uint32_t{bytes[1]} << 8) | bytes[2],
          .type = bytes[3],
          .flags = bytes[4],
          .stream = read_u32(bytes + 5) & 0x7fffffffU};
}

void append_frame(std::string& out, const FrameHead& head, std::string_view payload) {
  FrameHead complete = head;
  complete.length = static_cast<std::uint32_t>(payload.size());
  const auto bytes = encode(complete);
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  out += payload;
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7fU) | 0x80U);
  out += static_cast<char>(value);
}

void append_field(std::string& out, unsigned number, std::string_view bytes) {
  append_varint(out, (number << 3) | 2U);
  append_varint(out, bytes.size());
  out += bytes;
}

void append_field(std::string& out, unsigned number, std::uint64_t value) {
  append_varint(out, number << 3);
  append_varint(out, value);
}

void append_grpc_message(std::string& out, std::string_view message) {
  out += '\0';
  append_u32(out, static_cast<std::uint32_t>(message.size()));
  out += message;
}

bool take_field(Bytes& message, Field& field) {
  std::uint64_t tag = 0;
  if (!take_varint(message, tag) || !take_varint(message, field.value)) return false;
  field.number = static_cast<unsigned>(tag >> 3);
  if ((tag & 7U) == 0) {
    field.bytes = {};
    return true;
  }
  if ((tag & 7U) != 2 || field.value > message.size()) return false;
  field.bytes = message.first(field.value);
  message = message.subspan(field.value);
  return true;
}

}  // namespace hark::bench
