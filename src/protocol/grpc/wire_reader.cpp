#include "protocol/grpc/wire_reader.h"

#include <array>

#include "base/utf8.h"

namespace hark::protocol::grpc {

bool WireReader::next(WireField& field) {
  if (malformed_ || at_ == end_) return false;
  if (!read_tag(field) || field.type == WireType::group_end || !read_field(field)) return refuse();
  return true;
}

bool WireReader::read_tag(WireField& field) {
  std::uint64_t tag = 0;
  if (!read_varint(tag, 5)) return false;
  tag &= 0xffff'ffff;  // as the library does: bits above 32 are dropped, not refused
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.type = static_cast<WireType>(tag & 7);
  return field.number != 0 && (tag & 7) <= 5;
}

bool WireReader::read_field(WireField& field) {
  switch (field.type) {
    case WireType::varint: return read_varint(field.varint, 10);
    case WireType::fixed64: return skip(8);
    case WireType::length_delimited: return read_bytes(field.bytes);
    case WireType::group: return skip_group(field.number);
    case WireType::fixed32: return skip(4);
    case WireType::group_end: return false;
  }
  return false;
}

bool WireReader::read_varint(std::uint64_t& value, int bytes_max) {
  value = 0;
  for (int i = 0; i < bytes_max && at_ != end_; ++i) {
    const auto byte = static_cast<std::uint64_t>(*at_++);
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return true;
  }
  return false;
}

bool WireReader::read_bytes(ByteSpan& bytes) {
  std::uint64_t length = 0;
  if (!read_varint(length, 5) || length > static_cast<std::size_t>(end_ - at_)) return false;
  bytes = {at_, static_cast<std::size_t>(length)};
  at_ += length;
  return true;
}

bool WireReader::skip(std::size_t count) {
  if (count > static_cast<std::size_t>(end_ - at_)) return false;
  at_ += count;
  return true;
}

// A loop with its own stack, because the nesting is the peer's choice.
bool WireReader::skip_group(std::uint32_t number) {
  std::array<std::uint32_t, depth_max> open;
  if (depth_left_ < 1) return false;
  std::size_t depth = 0;
  open[depth++] = number;
  while (depth > 0) {
    WireField field;
    if (at_ == end_ || !read_tag(field)) return false;
    if (field.type == WireType::group_end) {
      if (open[--depth] != field.number) return false;
    } else if (field.type == WireType::group) {
      if (depth == static_cast<std::size_t>(depth_left_)) return false;
      open[depth++] = field.number;
    } else if (!read_field(field)) {
      return false;
    }
  }
  return true;
}

Result<std::string_view> decode_text_field(ByteSpan message, std::uint32_t number) {
  std::string_view text;
  WireReader reader(message);
  WireField field;
  while (reader.next(field)) {
    if (!field.is_bytes(number)) continue;
    text = as_text(field.bytes);
    if (!is_utf8(text)) return fail(ErrorCode::invalid_argument, "a text is not valid UTF-8");
  }
  if (reader.malformed()) return fail(ErrorCode::invalid_argument, "the request is not valid protobuf");
  return text;
}

}  // namespace hark::protocol::grpc
