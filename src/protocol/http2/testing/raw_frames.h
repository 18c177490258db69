#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/http2/frame_head.h"

/// HTTP/2 frames made by hand, right or wrong, and taken apart again. For tests only.
namespace hark::protocol::http2::testing {

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
  return out;
}

/// A frame whose head announces `announced` bytes, whatever the payload holds.
inline std::string frame_announcing(std::size_t announced, FrameType type, std::uint8_t flags,
                                    std::int32_t stream, std::string_view payload) {
  std::string out = big_endian(static_cast<std::uint32_t>(announced), 3);
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  out += big_endian(static_cast<std::uint32_t>(stream), 4);
  return out.append(payload);
}

inline std::string frame(FrameType type, std::uint8_t flags, std::int32_t stream,
                         std::string_view payload = {}) {
  return frame_announcing(payload.size(), type, flags, stream, payload);
}

inline std::string settings(std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> entries = {}) {
  std::string payload;
  for (const auto& [id, value] : entries) payload += big_endian(id, 2) + big_endian(value, 4);
  return frame(FrameType::settings, 0, 0, payload);
}
inline std::string settings_ack() { return frame(FrameType::settings, flag_ack, 0); }
inline std::string ping() { return frame(FrameType::ping, 0, 0, "12345678"); }
inline std::string data(std::int32_t stream, std::string_view bytes, std::uint8_t flags = 0) {
  return frame(FrameType::data, flags, stream, bytes);
}
inline std::string reset(std::int32_t stream, std::uint32_t code = 8) {
  return frame(FrameType::rst_stream, 0, stream, big_endian(code, 4));
}
inline std::string window_update(std::int32_t stream, std::uint32_t increment) {
  return frame(FrameType::window_update, 0, stream, big_endian(increment, 4));
}
inline std::string priority(std::int32_t stream) {
  return frame(FrameType::priority, 0, stream, big_endian(0, 4) + "\x10");
}
inline std::string goaway(std::uint32_t code = 0) {
  return frame(FrameType::goaway, 0, 0, big_endian(0, 4) + big_endian(code, 4));
}

using Fields = std::vector<std::pair<std::string, std::string>>;

inline std::string hpack_integer(std::size_t value) {
  if (value < 127) return {static_cast<char>(value)};
  std::string out{'\x7f'};
  for (value -= 127; value >= 128; value >>= 7) { out.push_back(static_cast<char>(value % 128 + 128)); }
  return out + static_cast<char>(value);
}

/// RFC 7541, 6.2.2: literals without indexing, without Huffman code.
inline std::string hpack(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out.push_back('\0');
    out.append(hpack_integer(name.size())).append(name);
    out.append(hpack_integer(value.size())).append(value);
  }
  return out;
}

inline Fields request_fields(std::string path = "/test", Fields more = {}) {
  Fields fields{{":method", "POST"}, {":scheme", "http"}, {":path", std::move(path)}, {":authority", "a"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

/// A whole header block. It says first that no dynamic table is used, as RFC 7541, 4.2 demands of a peer
/// that was told so.
inline std::string block(const Fields& fields) { return "\x20" + hpack(fields); }

inline std::string headers(std::int32_t stream, const Fields& fields, std::uint8_t flags = flag_end_headers) {
  return frame(FrameType::headers, flags, stream, block(fields));
}
/// A request without a body.
inline std::string request(std::int32_t stream, std::string path = "/test") {
  return headers(stream, request_fields(std::move(path)), flag_end_headers | flag_end_stream);
}
/// A request whose body is to come.
inline std::string open_request(std::int32_t stream, std::string path = "/test") {
  return headers(stream, request_fields(std::move(path)));
}
inline std::string hello() { return std::string(preface) + settings(); }

/// The big-endian number in bytes [at, at + size).
inline std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(at, size)) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

struct RawFrame {
  FrameHead head;
  std::string payload;
};

/// The whole frames in `bytes`; a cut one at the end is left out.
inline std::vector<RawFrame> frames_in(std::string_view bytes) {
  std::vector<RawFrame> out;
  while (bytes.size() >= FrameHead::size) {
    const FrameHead head{.length = number_at(bytes, 0, 3),
                         .type = static_cast<FrameType>(bytes[3]),
                         .flags = static_cast<std::uint8_t>(bytes[4]),
                         .stream = static_cast<std::int32_t>(number_at(bytes, 5, 4) & 0x7fff'ffff)};
    if (bytes.size() < FrameHead::size + head.length) break;
    out.push_back({head, std::string(bytes.substr(FrameHead::size, head.length))});
    bytes.remove_prefix(FrameHead::size + head.length);
  }
  return out;
}

}  // namespace hark::protocol::http2::testing
