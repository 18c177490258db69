#include "protocol/http2/nghttp2_session.h"

#include <algorithm>

#include "protocol/http2/nghttp2_callbacks.h"

namespace hark::protocol::http2 {

namespace {

// Bodies longer than one frame take turns (RFC 9218); without this the library, told not to use the
// old priorities, sends one stream to its end before it looks at the next.
constexpr nghttp2_extpri taking_turns{.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
constexpr std::size_t frame_bytes = 16 << 10;

constexpr std::size_t headers_max = 64;
constexpr std::int32_t grown_connection_window = 1 << 20;

nghttp2_nv to_nv(const Header& header) {
  // The library copies both; its type is older than const.
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(header.name), bytes(header.value), header.name.size(), header.value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

struct NameValues {
  explicit NameValues(std::span<const Header> headers) : count(headers.size()) {
    HARK_CHECK(count <= headers_max);
    std::transform(headers.begin(), headers.end(), list.begin(), to_nv);
  }
  std::array<nghttp2_nv, headers_max> list;
  std::size_t count;
};

}  // namespace

std::unique_ptr<ServerSession> ServerSession::create(const SessionLimits& limits, ServerEvents& events,
                                                     SessionCounters& counters, Instant now) {
  return std::make_unique<Nghttp2Session>(limits, events, counters, now);
}

Nghttp2Session::Nghttp2Session(const SessionLimits& limits, ServerEvents& events, SessionCounters& counters,
                               Instant now, nghttp2_mem* memory)
    : limits_(limits),
      events_(events),
      counters_(counters),
      guard_(limits_, now),
      now_(now),
      preface_by_(now + limits.preface_within) {
  const auto options = session_options(limits_);
  HARK_CHECK(nghttp2_session_server_new3(&session_, session_callbacks(), this, options.get(), memory) == 0);
  submit_settings();
}

Nghttp2Session::~Nghttp2Session() {
  nghttp2_session_del(session_);
  streams_.clear_and_dispose([](Stream* stream) { delete stream; });
}

void Nghttp2Session::submit_settings() {
  const std::array<nghttp2_settings_entry, 4> settings{{
      // No compression state a peer could fill, and 4 KiB less a connection.
      {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.streams_max},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits_.header_list_bytes_max)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  check_library(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
}

bool Nghttp2Session::produce(Gather& out, Instant now) {
  if (broken_) return false;
  now_ = now;
  out_ = &out;
  while (out.room() > 0) {
    const std::uint8_t* frame = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &frame);
    if (size < 0) {
      broken_ = true;
      fail_once(counters_.closed_for_protocol, ErrorCode::internal, nghttp2_strerror(static_cast<int>(size)));
    }
    if (size <= 0) break;
    out.append_copy(std::as_bytes(std::span(frame, static_cast<std::size_t>(size))));
  }
  out_ = nullptr;
  control_moved_.reset();
  watch_answers(now);
  return wants_to_send();
}

bool Nghttp2Session::wants_to_send() const { return !broken_ && nghttp2_session_want_write(session_) != 0; }

bool Nghttp2Session::done() const {
  return broken_ || (nghttp2_session_want_read(session_) == 0 && !wants_to_send());
}

void Nghttp2Session::respond(StreamId id, std::span<const Header> head, ByteSpan body,
                             std::span<const Header> trailers) {
  Stream* const stream = find_unanswered(id);
  if (!stream) return;
  if (!body.empty() || !trailers.empty()) {
    if (answer_bytes_ > 0 && answer_bytes_ + body.size() > limits_.answer_bytes_max) {
      return reset_stream(*stream, NGHTTP2_ENHANCE_YOUR_CALM);
    }
    stream->answer = std::make_unique<WholeAnswer>(body, trailers);
    stream->source = stream->answer.get();
    answers_.push_back(*stream);
    answer_bytes_ += body.size();
  }
  submit_head(*stream, head);
  if (body.size() > frame_bytes) {
    check_library(nghttp2_session_change_extpri_stream_priority(session_, id, &taking_turns, 1));
  }
}

bool Nghttp2Session::respond_streaming(StreamId id, std::span<const Header> head, BodySource& source) {
  Stream* const stream = find_unanswered(id);
  if (!stream) return false;
  stream->source = &source;
  submit_head(*stream, head);
  check_library(nghttp2_session_change_extpri_stream_priority(session_, id, &taking_turns, 1));
  return true;
}

void Nghttp2Session::submit_head(Stream& stream, std::span<const Header> head) {
  stream.answered = true;
  const NameValues fields(head);
  nghttp2_data_provider body{.source = {.ptr = &stream}, .read_callback = read_body_callback};
  check_library(nghttp2_submit_response(session_, stream.id, fields.list.data(), fields.count,
                                        stream.source ? &body : nullptr));
}

bool Nghttp2Session::submit_trailers(Stream& stream) {
  std::vector<Header> trailers;
  stream.source->trailers(trailers);
  if (trailers.empty()) return false;
  const NameValues fields(trailers);
  check_library(nghttp2_submit_trailer(session_, stream.id, fields.list.data(), fields.count));
  return true;
}

void Nghttp2Session::resume(StreamId id) {
  ++resumes_;
  const int result = nghttp2_session_resume_data(session_, id);
  if (result != NGHTTP2_ERR_INVALID_ARGUMENT) check_library(result);  // not waiting, or closed
}

void Nghttp2Session::reset(StreamId id, std::uint32_t http2_error_code) {
  if (Stream* const stream = find(id)) reset_stream(*stream, http2_error_code);
}

void Nghttp2Session::reset_stream(Stream& stream, std::uint32_t error_code) {
  stream.answered = true;
  stream.reset_by_us = true;
  check_library(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, error_code));
}

void Nghttp2Session::consume(StreamId id, std::size_t bytes) {
  if (Stream* const stream = find(id)) give_back(*stream, bytes);
}

void Nghttp2Session::give_back(Stream& stream, std::size_t bytes) {
  const std::size_t given = std::min(bytes, stream.unconsumed);
  stream.unconsumed -= given;
  if (given > 0) check_library(nghttp2_session_consume(session_, stream.id, given));
}

void Nghttp2Session::grow_window(StreamId id, std::size_t bytes) {
  if (!find(id)) return;
  const auto grow = [&](StreamId which, std::int32_t current, std::int32_t wanted) {
    if (wanted <= current) return;
    check_library(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, which, wanted));
  };
  constexpr std::size_t window_max = 0x7fff'ffff;  // RFC 9113, 6.9.1
  grow(id, nghttp2_session_get_stream_effective_local_window_size(session_, id),
       static_cast<std::int32_t>(std::min(bytes, window_max)));
  grow(0, nghttp2_session_get_effective_local_window_size(session_), grown_connection_window);
}

void Nghttp2Session::announce_shutdown() { check_library(nghttp2_submit_shutdown_notice(session_)); }

void Nghttp2Session::shutdown() {
  check_library(nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                                      nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                                      nullptr, 0));
}

void Nghttp2Session::check_library(int result) {
  if (result == 0) return;
  broken_ = true;
  fail_once(counters_.closed_for_protocol, ErrorCode::internal, nghttp2_strerror(result));
}

Stream* Nghttp2Session::find(StreamId id) const {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

Stream* Nghttp2Session::find_unanswered(StreamId id) const {
  Stream* const stream = find(id);
  return stream && !stream->answered ? stream : nullptr;
}

}  // namespace hark::protocol::http2
