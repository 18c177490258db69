#pragma once

#include <cstdint>

#include "base/shared_bytes.h"
#include "model/error.h"

namespace hark::protocol::grpc {

/// How a protobuf field's value is laid out (Protocol Buffers, "Encoding").
enum class WireType : std::uint8_t {
  varint = 0,
  fixed64 = 1,
  length_delimited = 2,
  group = 3,  ///< old groups; hark has none, so they are only skipped
  group_end = 4,
  fixed32 = 5,
};

/// One field of a message, borrowed from it.
struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t varint = 0;  ///< for varint
  ByteSpan bytes;            ///< for length_delimited
  bool is_bytes(std::uint32_t wanted) const { return number == wanted && type == WireType::length_delimited; }
};

/// Walks the fields of one protobuf message that is whole in memory.
///
/// Accepts and refuses exactly what the C++ protobuf library does: tags and lengths of at most 5
/// bytes, varints of at most 10 whose excess bits are dropped, groups nested up to the recursion
/// limit, never field number 0. No allocation; O(bytes).
class WireReader {
 public:
  static constexpr int depth_max = 100;

  explicit WireReader(ByteSpan message, int depth_left = depth_max)
      : at_(message.data()), end_(message.data() + message.size()), depth_left_(depth_left) {}

  /// The next field. False at the end, and when the rest is malformed.
  bool next(WireField& field);
  bool malformed() const { return malformed_; }
  /// What a reader of a nested message gets as `depth_left`.
  int nested_depth() const { return depth_left_ - 1; }

 private:
  bool refuse() { return malformed_ = true, false; }
  bool read_field(WireField& field);
  bool read_tag(WireField& field);
  bool read_varint(std::uint64_t& value, int bytes_max);
  bool read_bytes(ByteSpan& bytes);
  bool skip(std::size_t count);
  bool skip_group(std::uint32_t number);

  const std::byte* at_;
  const std::byte* end_;
  int depth_left_;
  bool malformed_ = false;
};

/// The string in field `number` of a message that matters only for it: "" when absent, the last one
/// when repeated; borrowed. invalid_argument for malformed bytes, or text that is not UTF-8.
Result<std::string_view> decode_text_field(ByteSpan message, std::uint32_t number);

}  // namespace hark::protocol::grpc
