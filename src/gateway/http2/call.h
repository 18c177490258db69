#pragma once

#include <boost/intrusive/list.hpp>
#include <optional>

#include "gateway/session.h"
#include "protocol/grpc/message_decoder.h"
#include "protocol/http2/server_session.h"

namespace hark::gateway::http2 {

class Http2Session;
using protocol::http2::StreamId;

/// One request of a client: a stream of its HTTP/2 connection, from the request's head to the stream's end.
///
/// A call that expects one message, or the body itself, gets it by on_message once the request is whole.
/// Owner: Http2Session, which destroys it when the stream is closed.
class Call
    : public boost::intrusive::list_base_hook<boost::intrusive::tag<struct ReceivingTag>,
                                              boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Expect = protocol::grpc::MessageDecoder::Expect;

  Call(Http2Session& session, StreamId stream, Expect expect = Expect::one_message)
      : session_(session), stream_(stream), expect_(expect), decoder_(expect) {}
  /// A request whose body itself is the message: of `length` bytes, if it tells, and at most `bytes_max`.
  Call(Http2Session& session, StreamId stream, std::optional<std::uint64_t> length, std::uint32_t bytes_max)
      : session_(session), stream_(stream), expect_(Expect::body), decoder_(length, bytes_max) {}
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// The request's head, borrowed; first of all, for a call whose fields mean something.
  virtual void on_head(const protocol::http2::RequestHead&) {}
  /// A whole message of the request. The call may answer at once or later.
  virtual void on_message(SharedBytes message, Instant now) = 0;
  /// The request is over and all its messages were given.
  virtual void on_request_end() {}
  /// Whether another message may come now; while not, the peer's window stays shut.
  virtual bool takes_messages() const { return true; }
  virtual void on_published(const Result<Position>&) {}
  virtual void on_controlled(const std::optional<Error>&) {}
  /// What Http2Session::remind was asked for.
  virtual void on_due() {}
  /// The core drains: end, if this call would go on for ever.
  virtual void drain() {}

  StreamId stream() const { return stream_; }
  /// When the peer had sent the whole request; none while it still arrives.
  std::optional<Instant> whole_since() const { return whole_since_; }

 protected:
  /// The whole answer: an error, in the words of the call's protocol.
  virtual void say_refusal(const Error& error) = 0;

  Http2Session& session_;
  bool streaming_ = false;  ///< our response has begun and ends by its own trailers

 private:
  friend class Http2Session;
  friend class RequestBodies;
  StreamId stream_;
  Expect expect_;
  protocol::grpc::MessageDecoder decoder_;
  std::string held_;             // body bytes that wait for room in the core's budget
  std::uint32_t reserved_ = 0;   // of that budget
  std::uint64_t received_ = 0;   // body bytes so far
  Instant began_{};
  std::optional<Instant> whole_since_;
  bool answered_ = false;  // or being answered by a stream: the rest of the request is dropped
};

}  // namespace hark::gateway::http2
