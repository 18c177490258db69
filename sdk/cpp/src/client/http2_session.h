#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/shared_bytes.h"
#include "client/call_status.h"

namespace hark::client {

using StreamId = std::int32_t;

/// Who is told what happens on a connection's streams, within Http2Session::receive and produce.
class Http2Events {
 public:
  virtual ~Http2Events() = default;
  /// The server's settings have come: it speaks HTTP/2.
  virtual void on_greeted() = 0;
  /// A part of the request is in what produce() gave.
  virtual void on_sent(StreamId stream) = 0;
  virtual void on_head(StreamId stream, const Fields& head) = 0;
  virtual void on_body(StreamId stream, ByteSpan bytes) = 0;
  /// The stream is over; no call for it follows. `in_order`: the server ended it, by `trailers`; otherwise
  /// `refused` tells that the server has not looked at it.
  virtual void on_closed(StreamId stream, const Fields& trailers, bool in_order, bool refused) = 0;
};

/// The client's side of one HTTP/2 connection, without its socket (libnghttp2).
///
/// The connection's window is given back as bytes come; a stream's own only by consume(), so that a reader
/// that stops holds up nobody else. Limits: stream_window bytes of a stream unconsumed, 64 fields and 16 KiB
/// a header block; a stream past those is reset.
class Http2Session {
 public:
  static constexpr std::int32_t stream_window = 1 << 20, connection_window = 16 << 20;

  /// `events` must outlive it. `authority` as in Address.
  Http2Session(Http2Events& events, std::string authority);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  /// Whether request() may be called: the connection takes more requests.
  bool accepts() const;
  /// Begins a POST of gRPC. `extra`: fields beside the usual ones. Requires accepts().
  StreamId request(std::string_view path, const Fields& extra, std::string body);
  /// Whether the body of that stream is not yet wholly in what produce() gave.
  bool sending(StreamId stream) const;
  void cancel(StreamId stream);
  void consume(StreamId stream, std::size_t bytes);
  void ping();
  /// GOAWAY: nothing follows.
  void terminate();
  /// Whether the server has said that it takes no more requests.
  bool leaving() const { return leaving_; }

  /// Whether the conversation is over and everything was produced: mostly a server that broke the protocol.
  bool over() const {
    return nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0;
  }

  /// Takes the server's next bytes, cut anywhere. False: the connection is over. Mostly over() tells it, once
  /// produce() has given the GOAWAY.
  bool receive(ByteSpan bytes);
  /// Appends what is to be sent, until `out` has `bytes_max` or a little more.
  void produce(std::string& out, std::size_t bytes_max);

 private:
  struct Stream {
    std::string body;
    std::size_t given = 0;  // of body
    Fields head, trailers;
    std::size_t field_bytes = 0;
    bool head_complete = false, ended = false, refused = false;
  };
  struct Callbacks;  // what the library calls
  struct Delete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  Stream* find(StreamId stream);
  int add_field(StreamId stream, std::string_view name, std::string_view value);
  void on_frame(const nghttp2_frame& frame);
  void on_stream_close(StreamId stream, std::uint32_t code);

  Http2Events& events_;
  std::string authority_;
  std::map<StreamId, Stream> streams_;
  bool greeted_ = false, leaving_ = false;
  std::unique_ptr<nghttp2_session, Delete> session_;  // its end must come before what it points to
};

}  // namespace hark::client
