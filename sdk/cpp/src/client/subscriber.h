#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/instant.h"
#include "client/back_off.h"
#include "client/http2_session.h"
#include "client/inbox.h"
#include "client/place.h"
#include "protocol/grpc/message_decoder.h"

namespace hark::client {

/// One subscription on the client's thread, over all its streams: asks for its place, turns the stream's
/// bytes into events, and decides what an end of the stream means.
///
/// While the inbox is full the bytes of the stream wait here, at most its window, which is not given back
/// meanwhile; an end of the stream waits behind them.
class Subscriber {
 public:
  struct Wish {
    std::string namespace_name, topic;
    Start start;
  };
  Subscriber(Wish wish, std::shared_ptr<Inbox> inbox, BackOff back_off)
      : wish_(std::move(wish)), inbox_(std::move(inbox)), place_(wish_.start), back_off_(back_off) {}

  StreamId stream() const { return stream_; }
  bool over() const { return over_; }

  /// Subscribes on `session`, at its place. Requires that there is no stream.
  void begin(Http2Session& session, Instant now);
  void on_head(const Fields& head);
  /// `session` gets the window back for what was taken; null when the stream is gone.
  void on_body(ByteSpan bytes, Http2Session* session);
  /// The stream is over. When to try again; nothing: not at all, or once what waits was taken.
  std::optional<Instant> on_closed(const Error& why, bool lost, Instant now, std::uint64_t random);
  /// The inbox has room again. As on_closed().
  std::optional<Instant> on_room(Http2Session* session, Instant now, std::uint64_t random);
  /// The attempt to connect failed.
  void on_unreachable(const Error& why) { inbox_->on_interruption(why); }
  /// The user or the client ends it; with `why`, the user is told.
  void end(const std::optional<Error>& why);

 private:
  struct Ending {
    Error why;
    bool lost;
  };

  void take_in(ByteSpan bytes, Http2Session* session);
  void take_message(const SharedBytes& message);
  void be_ready();
  void fail_for_good(Error why);
  std::optional<Instant> settle(const Ending& ending, Instant now, std::uint64_t random);

  Wish wish_;
  std::shared_ptr<Inbox> inbox_;
  Place place_;
  BackOff back_off_;
  StreamId stream_ = 0;
  bool ready_ = false;  // this stream
  bool over_ = false;
  Instant begun_{};
  protocol::grpc::MessageDecoder decoder_{protocol::grpc::MessageDecoder::Expect::many_messages};
  std::string held_;              // of the stream, behind what decoder_ has
  std::optional<Ending> ending_;  // that waits behind held_
};

}  // namespace hark::client
