#include "client/http2_session.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace hark::client {
namespace {

constexpr std::size_t fields_max = 64, field_bytes_max = 16 << 10;

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));  // only read
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

/// What the library calls; it holds private things.
struct Http2Session::Callbacks {
  static Http2Session& self(void* user) { return *static_cast<Http2Session*>(user); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                       void* user) {
    return self(user).add_field(frame->hd.stream_id, text_of(name, name_size), text_of(value, value_size));
  }
  static int on_data(nghttp2_session*, std::uint8_t, StreamId id, const std::uint8_t* data, std::size_t size,
                     void* user) {
    Http2Session& session = self(user);
    nghttp2_session_consume_connection(session.session_.get(), size);
    if (session.find(id)) session.events_.on_body(id, as_byte_span(text_of(data, size)));
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return self(user).on_frame(*frame), 0;
  }
  static int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_HEADERS) self(user).events_.on_sent(frame->hd.stream_id);
    return 0;
  }
  static int on_close(nghttp2_session*, StreamId id, std::uint32_t code, void* user) {
    return self(user).on_stream_close(id, code), 0;
  }
  static ssize_t read_body(nghttp2_session*, StreamId, std::uint8_t* buffer, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source* source, void*) {
    Stream& stream = *static_cast<Stream*>(source->ptr);
    const std::size_t taken = stream.body.copy(reinterpret_cast<char*>(buffer), size, stream.given);
    stream.given += taken;
    if (stream.given == stream.body.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      std::string().swap(stream.body);
      stream.given = 0;
    }
    return static_cast<ssize_t>(taken);
  }

  static nghttp2_session* make(Http2Session& owner) {
    nghttp2_session_callbacks* callbacks = nullptr;
    HARK_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option* options = nullptr;
    HARK_CHECK(nghttp2_option_new(&options) == 0);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_session* session = nullptr;
    HARK_CHECK(nghttp2_session_client_new2(&session, callbacks, &owner, options) == 0);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    return session;
  }
};

Http2Session::Http2Session(Http2Events& events, std::string authority)
    : events_(events), authority_(std::move(authority)), session_(Callbacks::make(*this)) {
  const std::array settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, field_bytes_max},
  };
  HARK_CHECK(nghttp2_submit_settings(session_.get(), 0, settings.data(), settings.size()) == 0);
  HARK_CHECK(nghttp2_session_set_local_window_size(session_.get(), 0, 0, connection_window) == 0);
}

Http2Session::~Http2Session() = default;

bool Http2Session::accepts() const {
  return !leaving_ && nghttp2_session_check_request_allowed(session_.get()) != 0;
}

StreamId Http2Session::request(std::string_view path, const Fields& extra, std::string body) {
  std::vector<nghttp2_nv> head{
      field(":method", "POST"),           field(":scheme", "http"), field(":path", path),
      field(":authority", authority_),    field("te", "trailers"),  field("content-type", "application/grpc"),
      field("user-agent", "hark-cpp/0.1")};
  for (const auto& [name, value] : extra.list) head.push_back(field(name, value));
  // Its own place first: the library keeps a pointer to it until the body is given.
  const auto id = static_cast<StreamId>(nghttp2_session_get_next_stream_id(session_.get()));
  Stream& stream = streams_[id];
  stream.body = std::move(body);
  const nghttp2_data_provider provider{.source = {.ptr = &stream}, .read_callback = Callbacks::read_body};
  const StreamId given =
      nghttp2_submit_request(session_.get(), nullptr, head.data(), head.size(), &provider, nullptr);
  HARK_CHECK(given == id);
  return id;
}

bool Http2Session::sending(StreamId id) const {
  const auto found = streams_.find(id);
  return found != streams_.end() && !found->second.body.empty();
}

void Http2Session::cancel(StreamId id) {
  if (find(id)) nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

void Http2Session::consume(StreamId id, std::size_t bytes) {
  if (find(id)) nghttp2_session_consume_stream(session_.get(), id, bytes);
}

void Http2Session::ping() { nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr); }
void Http2Session::terminate() { nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR); }

bool Http2Session::receive(ByteSpan bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const ssize_t taken = nghttp2_session_mem_recv(session_.get(), data, bytes.size());
  return taken == static_cast<ssize_t>(bytes.size());
}

void Http2Session::produce(std::string& out, std::size_t bytes_max) {
  while (out.size() < bytes_max) {
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size <= 0) return;
    out.append(text_of(data, static_cast<std::size_t>(size)));
  }
}

Http2Session::Stream* Http2Session::find(StreamId id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

int Http2Session::add_field(StreamId id, std::string_view name, std::string_view value) {
  Stream* const stream = find(id);
  if (!stream) return 0;
  Fields& fields = stream->head_complete ? stream->trailers : stream->head;
  stream->field_bytes += name.size() + value.size();
  // The library resets the stream for this error.
  if (fields.list.size() == fields_max || stream->field_bytes > field_bytes_max)
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  fields.list.emplace_back(name, value);
  return 0;
}

void Http2Session::on_frame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_SETTINGS && !std::exchange(greeted_, true)) events_.on_greeted();
  if (frame.hd.type == NGHTTP2_GOAWAY) leaving_ = true;
  Stream* const stream = find(frame.hd.stream_id);
  if (!stream) return;
  if (frame.hd.type == NGHTTP2_RST_STREAM)
    stream->refused = frame.rst_stream.error_code == NGHTTP2_REFUSED_STREAM;
  if (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) stream->ended = true;
  if (frame.hd.type != NGHTTP2_HEADERS || stream->head_complete) return;
  if (stream->head.get(":status").starts_with('1')) {  // informational: the head is still to come
    stream->head = {};
    return;
  }
  stream->head_complete = true;
  events_.on_head(frame.hd.stream_id, stream->head);
}

void Http2Session::on_stream_close(StreamId id, std::uint32_t code) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const Stream stream = std::move(found->second);
  streams_.erase(found);
  // GOAWAY closes what the server has not looked at with the same code.
  const bool refused = stream.refused || code == NGHTTP2_REFUSED_STREAM;
  events_.on_closed(id, stream.trailers, stream.ended, refused);
}

}  // namespace hark::client
