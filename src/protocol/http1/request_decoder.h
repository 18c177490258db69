#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/shared_bytes.h"
#include "protocol/http1/chunk_decoder.h"
#include "protocol/http1/head_scanner.h"
#include "protocol/http1/request_head.h"

namespace hark::protocol::http1 {

/// The server's side of an HTTP/1.1 connection: bytes in, requests out (RFC 9112). Pure.
///
/// As strict as the RFC allows, since a proxy before us may read leniently and each difference is a way to
/// smuggle a request. One error ends the connection: nothing after it is decoded.
///
///   decoder.feed(bytes);
///   while (...) switch (decoder.next()) { ... }   // until need_more, or until an answer is due
///
/// Requests may be pipelined. The caller answers one before it asks for the next head, and
/// feeds nothing while buffered() is large: what waits here is all that is kept.
class RequestDecoder {
 public:
  struct Limits {
    std::size_t head_bytes_max = 8 << 10;  ///< with the last empty line; past it: 414 or 431. Of trailers too
    std::size_t fields_max = 64;  ///< past it: 431
  };
  enum class Event : std::uint8_t {
    need_more,  ///< nothing until more is fed
    head,  ///< head(): a request begins. Now is the time for allow_body()
    body,  ///< body(): the next piece, at least one byte, valid until the next call
    end,  ///< the request is complete
    error,  ///< error(): say so and close. Comes once; then only need_more
  };

  explicit RequestDecoder(Limits limits);
  RequestDecoder() : RequestDecoder(Limits{}) {}
  RequestDecoder(const RequestDecoder&) = delete;  // head() points into it
  RequestDecoder& operator=(const RequestDecoder&) = delete;

  /// Takes the peer's next bytes, copied. Nothing after an error.
  void feed(ByteSpan bytes);
  Event next();

  /// How much body this request may bring: after `head`, before next(). 0 unless said: who expects no
  /// body need not ask, and one that comes is refused with 413.
  void allow_body(std::uint64_t bytes_max) { body_bytes_max_ = bytes_max; }

  const RequestHead& head() const { return head_; }  ///< valid from `head` until the next `head`
  ByteSpan body() const { return body_; }
  const RequestError& error() const { return error_; }

  std::size_t buffered() const { return buffer_.size() - used_; }  ///< fed, not yet decoded
  /// What it holds on the heap, in bytes: next to nothing beside the last head once all is decoded.
  std::size_t held_bytes() const {
    return buffer_.capacity() + head_text_.capacity() + head_.fields.capacity() * sizeof(Field);
  }
  /// Whether a head() was given and its request has not ended: an error now is one of its body.
  bool in_request() const { return in_request_; }
  /// Whether no request has begun: the peer may end the connection in order now.
  bool between_requests() const { return state_ == State::head && buffered() == 0; }

 private:
  enum class State : std::uint8_t { head, framing, body_length, body_chunked, end, failed };

  static constexpr std::size_t idle_buffer_bytes_max = 1024;

  Event decode();
  Event next_head();
  Event begin_body();
  Event next_length_body();
  Event next_chunked_body();
  Event fail(RequestError error);
  void release_buffer();
  std::string_view unused() const { return std::string_view(buffer_).substr(used_); }

  Limits limits_;
  State state_ = State::head;
  bool in_request_ = false;
  std::string buffer_;
  std::size_t used_ = 0;  // of buffer_
  HeadScanner scanner_;
  bool skipped_empty_line_ = false;
  std::string head_text_;  // what head_ points into
  RequestHead head_;
  std::uint64_t body_bytes_max_ = 0;
  std::uint64_t body_bytes_left_ = 0;
  std::optional<ChunkDecoder> chunks_;
  ByteSpan body_;
  RequestError error_;
};

}  // namespace hark::protocol::http1
