#pragma once

#include <nghttp2/nghttp2.h>

#include "protocol/http2/flood_guard.h"
#include "protocol/http2/frame_scanner.h"
#include "protocol/http2/header_block.h"
#include "protocol/http2/stream.h"

namespace hark::protocol::http2 {

/// ServerSession on libnghttp2 1.52. Framing, HPACK, windows and states are the library's; the limits
/// against floods, the deadlines and the bodies are ours.
class Nghttp2Session final : public ServerSession {
 public:
  /// `memory`: the library's allocator, to count bytes; null: malloc. Must outlive the session.
  Nghttp2Session(const SessionLimits& limits, ServerEvents& events, SessionCounters& counters, Instant now,
                 nghttp2_mem* memory = nullptr);
  ~Nghttp2Session() override;
  Nghttp2Session(const Nghttp2Session&) = delete;
  Nghttp2Session& operator=(const Nghttp2Session&) = delete;

  Result<void> receive(ByteSpan bytes, Instant now) override;
  bool produce(Gather& out, Instant now) override;
  void partly_written(Instant now) override;
  bool wants_to_send() const override;
  bool done() const override;
  void respond(StreamId stream, std::span<const Header> head, ByteSpan body,
               std::span<const Header> trailers) override;
  bool respond_streaming(StreamId stream, std::span<const Header> head, BodySource& source) override;
  void resume(StreamId stream) override;
  void reset(StreamId stream, std::uint32_t http2_error_code) override;
  void consume(StreamId stream, std::size_t bytes) override;
  void grow_window(StreamId stream, std::size_t bytes) override;
  void announce_shutdown() override;
  void shutdown() override;
  std::optional<Instant> deadline() const override;
  Result<void> tick(Instant now) override;

  // What the library calls back (nghttp2_callbacks.cpp). The int is 0 or a nghttp2_error.
  int on_begin_headers(const nghttp2_frame& frame);
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int on_frame_received(const nghttp2_frame& frame);
  int on_data_chunk(StreamId id, ByteSpan bytes);
  void on_frame_sent(const nghttp2_frame& frame);
  void on_frame_not_sent(const nghttp2_frame& frame, int error);
  void on_stream_closed(StreamId id);
  ssize_t read_body(Stream& stream, std::size_t bytes_max, std::uint32_t& flags);
  int send_body(ByteSpan frame_head);

 private:
  void check_library(int result);
  Stream* find(StreamId id) const;
  Stream* find_unanswered(StreamId id) const;
  void submit_head(Stream& stream, std::span<const Header> head);
  bool submit_trailers(Stream& stream);
  void submit_settings();
  void give_back(Stream& stream, std::size_t bytes);
  void reset_stream(Stream& stream, std::uint32_t error_code);
  void forget_answer(Stream& stream);
  void on_headers_received(const nghttp2_frame& frame, Stream& stream);
  void on_reset_received(const Stream* stream);
  void on_reset_sent(const Stream* stream);

  void feed(ByteSpan bytes);
  Result<void> outcome() const;
  void check_queue();
  void watch_header_block(Instant now);
  void watch_answers(Instant now);
  void see_new_answers(Instant now);
  std::optional<Instant> stall_deadline() const;
  void fail_once(std::uint64_t& counter, ErrorCode code, std::string_view reason);
  void cut_for_flood(const char* reason);
  void cut_for_protocol(const char* reason);
  void cut_for_stall(const char* reason);
  std::size_t queued_frames() const { return nghttp2_session_get_outbound_queue_size(session_); }

  const SessionLimits limits_;
  ServerEvents& events_;
  SessionCounters& counters_;
  FloodGuard guard_;
  FrameScanner scanner_;
  HeaderBlock block_;
  nghttp2_session* session_ = nullptr;

  StreamList streams_;
  AnswerList answers_;
  std::size_t answer_bytes_ = 0;  // of answers_, as they were given
  std::uint64_t resumes_ = 0;

  // One frame on its way out: between read_body and send_body.
  Gather* out_ = nullptr;
  Slices slices_;

  Instant now_;
  std::optional<Instant> preface_by_;
  std::optional<Instant> block_by_;  // the header block on its way must be complete by then
  std::uint64_t block_number_ = 0;
  std::optional<Instant> control_moved_;  // unset: no control frame or head waits, or not yet seen
  Instant partly_written_at_{};

  std::optional<Error> failure_;  // why the connection is over
  bool broken_ = false;  // the library refuses to go on: not even a GOAWAY
};

}  // namespace hark::protocol::http2
