#include "bench/fanout/http2_connection.h"

#include <fmt/core.h>

#include <array>
#include <charconv>

namespace hark::bench {
namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::uint8_t* unsafe_bytes(std::string_view text) {
  // nghttp2_nv wants mutable pointers and does not write through them.
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

nghttp2_nv header(std::string_view name, std::string_view value) {
  return {unsafe_bytes(name), unsafe_bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

void append_setting(std::string& out, std::uint16_t id, std::uint32_t value) {
  out += static_cast<char>(id >> 8);
  out += static_cast<char>(id & 0xff);
  append_u32(out, value);
}

void append_window_update(std::string& out, std::uint32_t stream, std::uint32_t size) {
  std::string payload;
  append_u32(payload, size);
  append_frame(out, {.type = frame::window_update, .stream = stream}, payload);
}

}  // namespace

Http2Connection::Http2Connection(Loop& loop, std::uint16_t port, bool counts_reads)
    : Connection(loop, port, counts_reads), authority_(fmt::format("127.0.0.1:{}", port)) {
  if (nghttp2_hd_deflate_new(&deflater_, 4096) != 0 || nghttp2_hd_inflate_new(&inflater_) != 0) {
    die("nghttp2: no HPACK state");
  }
  std::string settings;
  append_setting(settings, 2, 0);            // ENABLE_PUSH
  append_setting(settings, 4, window_size);  // INITIAL_WINDOW_SIZE
  outgoing() += preface;
  append_frame(outgoing(), {.type = frame::settings}, settings);
  append_window_update(outgoing(), 0, window_size - 65'535);
}

Http2Connection::~Http2Connection() {
  nghttp2_hd_deflate_del(deflater_);
  nghttp2_hd_inflate_del(inflater_);
}

void Http2Connection::on_bytes(Bytes bytes) {
  reader_.feed(bytes, *this);
  if (!outgoing().empty()) flush();
}

void Http2Connection::on_data_end(const FrameHead& head) {
  if ((head.flags & (frame::padded | frame::end_stream)) != 0) die("DATA with unexpected flags");
  consumed_ += head.length;
  if (consumed_ < window_size / 2) return;
  give_back(0, static_cast<std::uint32_t>(consumed_));
  consumed_ = 0;
}

void Http2Connection::on_frame(const FrameHead& head, Bytes payload) {
  switch (head.type) {
    case frame::headers: return on_headers(head, payload);
    case frame::settings: return on_settings(head, payload);
    case frame::ping:
      if ((head.flags & frame::ack) == 0) {
        append_frame(outgoing(), {.type = frame::ping, .flags = frame::ack}, text_of(payload));
      }
      return;
    case frame::window_update:
      if (head.stream != 0) return;
      send_window_ += read_u32(payload.data());
      return on_window();
    case frame::rst_stream:
      if (read_u32(payload.data()) == 0) return;
      die(fmt::format("stream {} was reset with code {}", head.stream, read_u32(payload.data())));
    case frame::goaway:
      die(fmt::format("GOAWAY with code {}: {}", read_u32(payload.data() + 4), text_of(payload.subspan(8))));
    default: return;
  }
}

void Http2Connection::on_settings(const FrameHead& head, Bytes payload) {
  if ((head.flags & frame::ack) != 0) return;
  for (; payload.size() >= 6; payload = payload.subspan(6)) {
    const auto value = read_u32(payload.data() + 2);
    switch ((payload[0] << 8) | payload[1]) {
      case 1:  // HEADER_TABLE_SIZE
        nghttp2_hd_deflate_change_table_size(deflater_, value);
        break;
      case 3: max_concurrent_streams_ = value; break;
      default: break;
    }
  }
  has_settings_ = true;
  append_frame(outgoing(), {.type = frame::settings, .flags = frame::ack}, {});
}

void Http2Connection::on_headers(const FrameHead& head, Bytes payload) {
  if ((head.flags & frame::end_headers) == 0 || (head.flags & frame::padded) != 0) {
    die("HEADERS in a form that the load does not read");
  }
  if ((head.flags & frame::priority) != 0) payload = payload.subspan(5);
  const Status status = decode_headers(payload);
  if (status.http != -1 && status.http != 200) die(fmt::format("HTTP status {}", status.http));
  if ((head.flags & frame::end_stream) != 0) on_stream_end(head.stream, status);
}

Http2Connection::Status Http2Connection::decode_headers(Bytes block) {
  Status status;
  const auto number = [](std::string_view text) {
    int value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  while (true) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, block.data(), block.size(), 1);
    if (used < 0) die("a header block that is no HPACK");
    block = block.subspan(static_cast<std::size_t>(used));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      const auto name = text_of({field.name, field.namelen});
      const auto value = text_of({field.value, field.valuelen});
      if (name == ":status") status.http = number(value);
      if (name == "grpc-status") status.grpc = number(value);
      if (name == "grpc-message") status.message = value;
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && block.empty()) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_);
  return status;
}

void Http2Connection::append_call(std::string_view path, std::string_view message) {
  // What the SDKs send to a server without authentication.
  const std::array fields = {
      header(":method", "POST"),          header(":scheme", "http"),
      header(":authority", authority_),   header(":path", path),
      header("te", "trailers"),           header("content-type", "application/grpc"),
      header("user-agent", "hark-bench"), header("grpc-accept-encoding", "identity"),
      header("authorization", ""),
  };
  block_.resize(nghttp2_hd_deflate_bound(deflater_, fields.data(), fields.size()));
  const auto size = nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<std::uint8_t*>(block_.data()),
                                          block_.size(), fields.data(), fields.size());
  if (size < 0) die("nghttp2: cannot encode headers");
  block_.resize(static_cast<std::size_t>(size));
  const auto stream = next_stream_;
  next_stream_ += 2;
  append_frame(outgoing(), {.type = frame::headers, .flags = frame::end_headers, .stream = stream}, block_);
  const FrameHead data{.length = static_cast<std::uint32_t>(message.size() + 5),
                       .type = frame::data,
                       .flags = frame::end_stream,
                       .stream = stream};
  const auto bytes = encode(data);
  outgoing().append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  append_grpc_message(outgoing(), message);
  send_window_ -= data.length;
}

void Http2Connection::give_back(std::uint32_t stream, std::uint32_t size) {
  if (size > 0) append_window_update(outgoing(), stream, size);
}

}  // namespace hark::bench
