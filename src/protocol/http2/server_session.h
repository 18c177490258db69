#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/gather.h"
#include "base/instant.h"
#include "base/slices.h"
#include "model/error.h"

namespace hark::protocol::http2 {

using StreamId = std::int32_t;

/// A header of a response or of trailers. Both views need to live only for the call. Lower-case names.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// A request's head, valid until the call that hands it over returns.
class RequestHead {
 public:
  virtual ~RequestHead() = default;
  virtual std::string_view method() const = 0;
  virtual std::string_view path() const = 0;
  virtual std::string_view authority() const = 0;
  /// The value of a regular header (lower-case name); empty when absent. First one wins.
  virtual std::string_view get(std::string_view name) const = 0;
};

/// Where a long response body comes from: pulled only when the peer has room for it.
class BodySource {
 public:
  virtual ~BodySource() = default;

  /// `more`: bytes were given (perhaps not all there are); asks to be pulled again. `wait`: there is
  /// nothing after the bytes given (perhaps none); ServerSession::resume tells when. `end`: the body is
  /// complete after the bytes given (perhaps none); trailers follow.
  enum class Pulled : std::uint8_t { more, wait, end };

  /// Gives up to `bytes_max` (>= 1) bytes. What is given counts as sent. Called only while the
  /// connection's outbox is empty and both of the stream's flow-control windows are open.
  /// Cost: `wait` with the last bytes spares the second call that would give none.
  virtual Pulled pull(std::size_t bytes_max, Slices& out) = 0;
  /// The trailers, asked for once, after `end`. The views must live until the call returns to the session.
  virtual void trailers(std::vector<Header>& out) = 0;
};

/// What a session tells its owner. Calls come from inside receive(), and on_stream_closed also from
/// inside produce() and tick(); the owner may call the session back from inside them, except receive(),
/// produce() and tick(). A session that is destroyed tells nothing more.
class ServerEvents {
 public:
  virtual ~ServerEvents() = default;
  virtual void on_request(StreamId stream, const RequestHead& head, bool end_of_request) = 0;
  /// Bytes of a request's body, borrowed for the call. They count against the peer's windows until consumed.
  virtual void on_body(StreamId stream, ByteSpan bytes) = 0;
  virtual void on_request_end(StreamId stream) = 0;
  /// The stream is over, by whichever side; its id is dead and its BodySource is no longer used. Once
  /// for each on_request. Body bytes not yet consumed have been given back.
  virtual void on_stream_closed(StreamId stream) = 0;
};

/// Limits of one connection. Passing one closes it with ENHANCE_YOUR_CALM, if not said otherwise.
/// Header limits too: who cannot decode a list to its end cannot keep the connection (RFC 9113, 4.3).
struct SessionLimits {
  std::uint32_t streams_max = 20'000;
  std::size_t header_list_bytes_max = 16 << 10;  ///< 32 bytes a field added (RFC 9113, 6.5.2)
  std::size_t header_fields_max = 64;
  std::size_t header_frames_max = 9;  ///< HEADERS and 8 CONTINUATION, empty ones counted
  double early_resets_burst = 200, early_resets_a_second = 33;  ///< before our response's head; ours too
  double late_resets_burst = 5000, late_resets_a_second = 500;  ///< of established responses
  double control_frames_burst = 200, control_frames_a_second = 100;  ///< PING, SETTINGS, PRIORITY, unknown
  std::size_t empty_data_in_a_row_max = 1;
  std::size_t control_answers_max = 1000;  ///< acks and resets that wait for the peer to read
  std::size_t answer_bytes_max = 4 << 20;  ///< bodies of respond() not yet taken; one always fits.
                                           ///< Beyond: that stream is reset.
  Duration preface_within = 5s;
  Duration header_within = 5s;
  Duration control_write_within = 10s;  ///< answers that the peer does not take
};

/// Counters of one core; plain numbers that the owner publishes as metrics.
struct SessionCounters {
  std::uint64_t streams_opened = 0;
  std::uint64_t resets_received = 0;
  std::uint64_t resets_sent = 0;
  std::uint64_t closed_for_flood = 0;  ///< connections that we cut for a limit of SessionLimits
  std::uint64_t closed_for_protocol = 0;  ///< connections with broken framing
  std::uint64_t closed_for_stall = 0;  ///< connections that did not take answers, or header deadlines
};

/// One HTTP/2 connection, server side, without its socket (RFC 9113). The only room that knows nghttp2.
///
/// Sans-IO: bytes go in by receive(), frames come out by produce(). The caller must not call produce()
/// while bytes of an earlier produce() wait for the socket: else a peer's huge window becomes our queue.
/// Core: one gateway core. Owner: the connection's session. Limits: SessionLimits.
class ServerSession {
 public:
  /// `counters` and `events` must outlive the session.
  static std::unique_ptr<ServerSession> create(const SessionLimits& limits, ServerEvents& events,
                                               SessionCounters& counters, Instant now);
  virtual ~ServerSession() = default;

  /// Takes the peer's next bytes, cut anywhere, beginning with the connection preface. An error means
  /// that the connection is over: produce() once more (it may hold a GOAWAY), then close. Some broken
  /// framing shows only in done(), after the produce() that gives its GOAWAY.
  virtual Result<void> receive(ByteSpan bytes, Instant now) = 0;

  /// Appends frames to `out` until it has no room or there is nothing to send. True: there may be more.
  virtual bool produce(Gather& out, Instant now) = 0;
  /// The socket took a part of what produce() gave, so produce() cannot be called yet. A peer that
  /// reads slowly is not stalled (control_write_within).
  virtual void partly_written(Instant now) = 0;
  /// Whether produce() could give anything now.
  virtual bool wants_to_send() const = 0;
  /// Whether the conversation is over and everything was produced: close the socket after writing.
  virtual bool done() const = 0;

  /// A whole answer: head, body, trailers (empty body and trailers: one HEADERS frame, "Trailers-Only").
  /// Resets the stream with NO_ERROR after it when the request has not ended. Copies everything. Does
  /// nothing for a closed or answered stream. Up to 64 headers and 64 trailers.
  virtual void respond(StreamId stream, std::span<const Header> head, ByteSpan body,
                       std::span<const Header> trailers) = 0;
  /// A head now and a body pulled from `source`, which must live until on_stream_closed. The stream
  /// takes turns with others of its kind (RFC 9218: urgency 3, incremental). False: the stream is closed
  /// or answered, and `source` is not used.
  virtual bool respond_streaming(StreamId stream, std::span<const Header> head, BodySource& source) = 0;
  /// The source of `stream` may have something again. Does nothing for a closed stream. Cheap.
  virtual void resume(StreamId stream) = 0;
  virtual void reset(StreamId stream, std::uint32_t http2_error_code) = 0;

  /// Gives the peer back flow-control credit for body bytes that were taken in, on the stream and on the
  /// connection. For a closed stream nothing is left to give back.
  virtual void consume(StreamId stream, std::size_t bytes) = 0;
  /// Lets the peer send up to `bytes` of this stream's body without waiting (a large announced message),
  /// and up to 1 MiB over all streams from then on. Never shrinks a window.
  virtual void grow_window(StreamId stream, std::size_t bytes) = 0;

  /// First step of a graceful end: GOAWAY with the largest stream id; new streams are still served.
  virtual void announce_shutdown() = 0;
  /// Second step: GOAWAY with the last stream served; new streams are refused. done() once all ended.
  virtual void shutdown() = 0;

  /// When tick() is next due, if at all.
  virtual std::optional<Instant> deadline() const = 0;
  /// Deadlines: preface, half-sent header blocks, answers that nobody takes. An error as in receive().
  virtual Result<void> tick(Instant now) = 0;
};

}  // namespace hark::protocol::http2
