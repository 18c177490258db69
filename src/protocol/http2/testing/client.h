#pragma once

#include <nghttp2/nghttp2.h>

#include <map>
#include <optional>
#include <string>

#include "base/check.h"
#include "base/shared_bytes.h"
#include "protocol/http2/testing/raw_frames.h"

namespace hark::protocol::http2::testing {

/// An honest HTTP/2 client without a socket, on the library's client side. For tests only.
class Client {
 public:
  struct Answer {
    Fields head, trailers;
    std::string body;
    std::size_t data_frames = 0;
    bool closed = false;
    std::uint32_t error_code = 0;  ///< of the close
  };
  struct Options {
    bool takes_bodies = true;  ///< returns flow-control credit by itself
    std::optional<std::uint32_t> initial_window;
  };

  Client() : Client(Options()) {}
  explicit Client(Options options) {
    nghttp2_session_callbacks* callbacks = nullptr;
    HARK_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option* settings = nullptr;
    HARK_CHECK(nghttp2_option_new(&settings) == 0);
    nghttp2_option_set_no_auto_window_update(settings, options.takes_bodies ? 0 : 1);
    HARK_CHECK(nghttp2_session_client_new2(&session_, callbacks, this, settings) == 0);
    nghttp2_option_del(settings);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE,
                                       options.initial_window.value_or(0)};
    HARK_CHECK(nghttp2_submit_settings(session_, 0, &entry, options.initial_window ? 1 : 0) == 0);
  }
  ~Client() { nghttp2_session_del(session_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends a request; with no `body` the request ends in its head.
  std::int32_t request(const Fields& fields, std::optional<std::string> body = std::nullopt) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({bytes(name), bytes(value), name.size(), value.size(), 0});
    }
    const nghttp2_data_provider provider{.source = {.ptr = this}, .read_callback = read_body};
    const std::int32_t id = nghttp2_submit_request(session_, nullptr, list.data(), list.size(),
                                                   body ? &provider : nullptr, nullptr);
    HARK_CHECK(id > 0);
    if (body) bodies_[id] = std::move(*body);
    answers_[id];
    return id;
  }
  std::int32_t request(std::string path, std::optional<std::string> body = std::nullopt) {
    return request(request_fields(std::move(path)), std::move(body));
  }
  void cancel(std::int32_t id) {
    HARK_CHECK(nghttp2_submit_rst_stream(session_, 0, id, NGHTTP2_CANCEL) == 0);
  }
  void open_window(std::int32_t id, std::int32_t bytes) {
    HARK_CHECK(nghttp2_submit_window_update(session_, 0, id, bytes) == 0);
  }
  void ping() { HARK_CHECK(nghttp2_submit_ping(session_, 0, nullptr) == 0); }

  void receive(std::string_view bytes) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto taken = nghttp2_session_mem_recv(session_, data, bytes.size());
    HARK_CHECK_MSG(taken == static_cast<ssize_t>(bytes.size()), "the server broke the protocol");
  }
  /// The bytes to send now.
  std::string produce() {
    std::string out;
    const std::uint8_t* data = nullptr;
    while (const auto size = nghttp2_session_mem_send(session_, &data)) {
      HARK_CHECK(size > 0);
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    }
    return out;
  }

  const Answer& answer(std::int32_t id) const { return answers_.at(id); }
  std::size_t pongs() const { return pongs_; }
  std::size_t open_streams() const {
    std::size_t open = 0;
    for (const auto& [id, answer] : answers_) open += answer.closed ? 0 : 1;
    return open;
  }
  /// The error code of the last GOAWAY, and the last stream that it names.
  std::optional<std::uint32_t> goaway() const { return goaway_; }
  std::int32_t goaway_last_stream() const { return goaway_last_stream_; }
  nghttp2_session* raw() { return session_; }

 private:
  static std::uint8_t* bytes(const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  }
  static std::string text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
  }
  static Client& self(void* user_data) { return *static_cast<Client*>(user_data); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                       void* user_data) {
    Answer& answer = self(user_data).answers_[frame->hd.stream_id];
    const bool head = frame->headers.cat == NGHTTP2_HCAT_RESPONSE;
    (head ? answer.head : answer.trailers).emplace_back(text(name, name_size), text(value, value_size));
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                     std::size_t size, void* user_data) {
    self(user_data).answers_[id].body += text(data, size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    Client& client = self(user_data);
    const bool ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    if (frame->hd.type == NGHTTP2_PING && ack) ++client.pongs_;
    if (frame->hd.type == NGHTTP2_DATA) ++client.answers_[frame->hd.stream_id].data_frames;
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      client.goaway_ = frame->goaway.error_code;
      client.goaway_last_stream_ = frame->goaway.last_stream_id;
    }
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) {
    Answer& answer = self(user_data).answers_[id];
    answer.closed = true;
    answer.error_code = code;
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source* source, void*) {
    std::string& body = static_cast<Client*>(source->ptr)->bodies_[id];
    const std::size_t taken = body.copy(reinterpret_cast<char*>(buffer), size);
    body.erase(0, taken);
    if (body.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(taken);
  }

  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Answer> answers_;
  std::map<std::int32_t, std::string> bodies_;
  std::size_t pongs_ = 0;
  std::optional<std::uint32_t> goaway_;
  std::int32_t goaway_last_stream_ = 0;
};

}  // namespace hark::protocol::http2::testing
