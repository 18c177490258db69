#include "tests/sim/grpc_client.h"

#include <charconv>

#include "base/check.h"
#include "tests/sim/record.h"

namespace hark::sim {
namespace {

std::uint8_t* bytes(const std::string& text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

nghttp2_nv field(const std::string& name, const std::string& value) {
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

GrpcClient::GrpcClient(std::uint32_t stream_window) {
  nghttp2_session_callbacks* callbacks = nullptr;
  HARK_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
  nghttp2_option* options = nullptr;
  HARK_CHECK(nghttp2_option_new(&options) == 0);
  nghttp2_option_set_no_auto_window_update(options, 1);
  HARK_CHECK(nghttp2_session_client_new2(&session_, callbacks, this, options) == 0);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window};
  HARK_CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1) == 0);
}

GrpcClient::~GrpcClient() { nghttp2_session_del(session_); }

GrpcClient::CallId GrpcClient::call(const std::string& path, const std::string& message, Caller& caller) {
  static const std::string names[] = {":method", ":scheme", ":authority", ":path", "content-type", "te"};
  static const std::string values[] = {"POST", "http", "hark", "", "application/grpc", "trailers"};
  const nghttp2_nv head[] = {field(names[0], values[0]), field(names[1], values[1]),
                             field(names[2], values[2]), field(names[3], path),
                             field(names[4], values[4]), field(names[5], values[5])};
  const nghttp2_data_provider provider{.source = {.ptr = nullptr}, .read_callback = read_body};
  const CallId id = nghttp2_submit_request(session_, nullptr, head, std::size(head), &provider, nullptr);
  HARK_CHECK(id > 0);
  Call& call = calls_[id];
  call.caller = &caller;
  const auto size = static_cast<std::uint32_t>(message.size());
  call.request.push_back('\0');
  for (int shift = 24; shift >= 0; shift -= 8) call.request.push_back(static_cast<char>(size >> shift));
  call.request += message;
  return id;
}

void GrpcClient::widen() {
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20};
  HARK_CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1) == 0);
}

void GrpcClient::cancel(CallId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  HARK_CHECK(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL) == 0);
  Caller* const caller = found->second.caller;
  calls_.erase(found);
  caller->on_end({by_client});
}

void GrpcClient::hold(CallId id) {
  if (const auto found = calls_.find(id); found != calls_.end()) found->second.held = true;
}

void GrpcClient::release(CallId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end() || !found->second.held) return;
  found->second.held = false;
  nghttp2_session_consume_stream(session_, id, found->second.held_bytes);
  found->second.held_bytes = 0;
}

bool GrpcClient::inside_message(CallId id) const {
  const auto found = calls_.find(id);
  return found != calls_.end() && !found->second.buffer.empty();
}

bool GrpcClient::receive(std::string_view data) {
  const auto taken =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
  if (taken != static_cast<ssize_t>(data.size()) && why_.empty())
    why_ = taken < 0 ? nghttp2_strerror(static_cast<int>(taken)) : "bytes behind the end";
  return why_.empty();
}

std::string GrpcClient::produce() {
  std::string out;
  const std::uint8_t* data = nullptr;
  for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &data)) > 0;)
    out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  return out;
}

void GrpcClient::abandon(int status) {
  goaway_ = true;
  while (!calls_.empty()) {
    Caller* const caller = calls_.begin()->second.caller;
    calls_.erase(calls_.begin());
    caller->on_end({status});
  }
}

int GrpcClient::on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                          std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                          std::uint8_t, void* user) {
  auto& client = *static_cast<GrpcClient*>(user);
  const auto found = client.calls_.find(frame->hd.stream_id);
  if (found == client.calls_.end()) return 0;
  const std::string_view key(reinterpret_cast<const char*>(name), name_size);
  const std::string text(reinterpret_cast<const char*>(value), value_size);
  if (key == "grpc-status") found->second.status = text;
  if (key == "hark-sequence-page") found->second.page = text;
  if (key == "hark-sequence-number") found->second.number = text;
  if (key == ":status" && text != "200") client.why_ = "HTTP status " + text;
  return 0;
}

int GrpcClient::on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                        std::size_t size, void* user) {
  auto& client = *static_cast<GrpcClient*>(user);
  nghttp2_session_consume_connection(session, size);
  const auto found = client.calls_.find(id);
  if (found == client.calls_.end()) return 0;
  Call& call = found->second;
  call.buffer.append(reinterpret_cast<const char*>(data), size);
  if (call.held) {
    call.held_bytes += size;
  } else {
    nghttp2_session_consume_stream(session, id, size);
  }
  client.take_messages(id);
  return 0;
}

void GrpcClient::take_messages(CallId id) {
  for (auto found = calls_.find(id); found != calls_.end(); found = calls_.find(id)) {
    std::string& buffer = found->second.buffer;
    if (buffer.size() < 5) return;
    if (buffer[0] != '\0') why_ = "a compressed message";
    std::size_t size = 0;
    for (std::size_t i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(buffer[i]);
    if (size > (8U << 20)) {
      why_ = "a message of " + std::to_string(size) + " bytes";
      return;
    }
    if (buffer.size() < 5 + size) return;
    const std::string message = buffer.substr(5, size);
    buffer.erase(0, 5 + size);
    found->second.caller->on_message(message);
  }
}

int GrpcClient::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  if (frame->hd.type == NGHTTP2_GOAWAY) static_cast<GrpcClient*>(user)->goaway_ = true;
  return 0;
}

int GrpcClient::on_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  auto& client = *static_cast<GrpcClient*>(user);
  const bool whole = frame->hd.type == NGHTTP2_DATA && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  const auto found = whole ? client.calls_.find(frame->hd.stream_id) : client.calls_.end();
  if (found != client.calls_.end()) found->second.caller->on_written();
  return 0;
}

int GrpcClient::on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
  auto& client = *static_cast<GrpcClient*>(user);
  const auto found = client.calls_.find(id);
  if (found == client.calls_.end()) return 0;
  const Call call = std::move(found->second);
  client.calls_.erase(found);
  if (!call.buffer.empty() && !call.status.empty()) client.why_ = "trailers inside a message";
  call.caller->on_end(
      {call.status.empty() ? static_cast<int>(by_reset) : static_cast<int>(number(call.status)),
       number(call.page), number(call.number)});
  return 0;
}

ssize_t GrpcClient::read_body(nghttp2_session*, std::int32_t id, std::uint8_t* into, std::size_t size,
                              std::uint32_t* flags, nghttp2_data_source*, void* user) {
  auto& client = *static_cast<GrpcClient*>(user);
  const auto found = client.calls_.find(id);
  if (found == client.calls_.end()) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  std::string& request = found->second.request;
  const std::size_t taken = request.copy(reinterpret_cast<char*>(into), size);
  request.erase(0, taken);
  if (request.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(taken);
}

}  // namespace hark::sim
