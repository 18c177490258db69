#pragma once

#include <boost/intrusive/list.hpp>
#include <optional>

#include "gateway/session.h"
#include "protocol/grpc/message_decoder.h"
#include "protocol/http2/server_session.h"

namespace hark::gateway::grpc {

class GrpcSession;
using protocol::http2::StreamId;

/// One call of a client: a stream of its HTTP/2 connection, from the request's head to the stream's end.
///
/// A call that expects one message gets it by on_message once the request is whole. Owner: GrpcSession,
/// which destroys it when the stream is closed.
class Call
    : public boost::intrusive::list_base_hook<boost::intrusive::tag<struct ReceivingTag>,
                                              boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  using Expect = protocol::grpc::MessageDecoder::Expect;

  Call(GrpcSession& session, StreamId stream, Expect expect = Expect::one_message)
      : session_(session), stream_(stream), expect_(expect), decoder_(expect) {}
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// A whole message of the request. The call may answer at once or later.
  virtual void on_message(SharedBytes message, Instant now) = 0;
  /// The request is over and all its messages were given.
  virtual void on_request_end() {}
  /// Whether another message may come now; while not, the peer's window stays shut.
  virtual bool takes_messages() const { return true; }
  virtual void on_published(const Result<Position>&) {}
  virtual void on_controlled(const std::optional<Error>&) {}
  /// The core drains: end, if this call would go on for ever.
  virtual void drain() {}

  StreamId stream() const { return stream_; }
  /// When the peer had sent the whole request; none while it still arrives.
  std::optional<Instant> whole_since() const { return whole_since_; }

 protected:
  GrpcSession& session_;
  bool streaming_ = false;  ///< our response has begun and ends by its own trailers

 private:
  friend class GrpcSession;
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

}  // namespace hark::gateway::grpc
