#include "protocol/http2/nghttp2_callbacks.h"

#include "protocol/http2/nghttp2_session.h"

namespace hark::protocol::http2 {

namespace {

Nghttp2Session& self(void* user_data) { return *static_cast<Nghttp2Session*>(user_data); }

ByteSpan span_of(const std::uint8_t* data, std::size_t length) {
  return std::as_bytes(std::span(data, length));
}

int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return self(user_data).on_begin_headers(*frame);
}

int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_length,
              const std::uint8_t* value, std::size_t value_length, std::uint8_t /*flags*/, void* user_data) {
  return self(user_data).on_header(*frame, as_text(span_of(name, name_length)),
                                   as_text(span_of(value, value_length)));
}

// The library would drop the field and go on. A field with CR, LF or NUL is an attack on whoever
// forwards it (RFC 9113, 8.2.1: malformed), so the stream ends.
int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                      const std::uint8_t*, std::size_t, std::uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return self(user_data).on_frame_received(*frame);
}

int on_data_chunk(nghttp2_session*, std::uint8_t, std::int32_t stream_id, const std::uint8_t* data,
                  std::size_t length, void* user_data) {
  return self(user_data).on_data_chunk(stream_id, span_of(data, length));
}

int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  self(user_data).on_frame_sent(*frame);
  return 0;
}

int on_frame_not_send(nghttp2_session*, const nghttp2_frame* frame, int error, void* user_data) {
  self(user_data).on_frame_not_sent(*frame, error);
  return 0;
}

int on_stream_close(nghttp2_session*, std::int32_t stream_id, std::uint32_t, void* user_data) {
  self(user_data).on_stream_closed(stream_id);
  return 0;
}

int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_head, std::size_t,
              nghttp2_data_source*, void* user_data) {
  return self(user_data).send_body(span_of(frame_head, FrameHead::size));
}

nghttp2_session_callbacks* make_callbacks() {
  nghttp2_session_callbacks* callbacks = nullptr;
  HARK_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_send);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
  return callbacks;
}

}  // namespace

const nghttp2_session_callbacks* session_callbacks() {
  static const std::unique_ptr<nghttp2_session_callbacks, Nghttp2Deleter> callbacks(make_callbacks());
  return callbacks.get();
}

std::unique_ptr<nghttp2_option, Nghttp2Deleter> session_options(const SessionLimits& limits) {
  nghttp2_option* made = nullptr;
  HARK_CHECK(nghttp2_option_new(&made) == 0);
  std::unique_ptr<nghttp2_option, Nghttp2Deleter> options(made);
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_max_deflate_dynamic_table_size(made, 0);
  nghttp2_option_set_no_closed_streams(made, 1);
  // Its limiter does not tell an attack from SDKs that cancel many subscriptions; FloodGuard does.
  constexpr std::uint64_t without_limit = 1'000'000'000;
  nghttp2_option_set_stream_reset_rate_limit(made, without_limit, without_limit);
  nghttp2_option_set_max_continuations(made, limits.header_frames_max - 1);
  nghttp2_option_set_max_outbound_ack(made, limits.control_answers_max);
  nghttp2_option_set_max_settings(made, 32);
  return options;
}

ssize_t read_body_callback(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t length,
                           std::uint32_t* flags, nghttp2_data_source* source, void* user_data) {
  return self(user_data).read_body(*static_cast<Stream*>(source->ptr), length, *flags);
}

}  // namespace hark::protocol::http2
