#pragma once

#include <cstdint>
#include <optional>

#include "base/gather.h"
#include "base/instant.h"
#include "fabric/publisher.h"

namespace hark::gateway {

using ConnectionId = SlotId<fabric::ConnectionTag>;

/// What a session may ask of its connection. Cheap: calls only note something for the core's turn.
class SessionHost {
 public:
  virtual ~SessionHost() = default;
  virtual ConnectionId id() const = 0;
  /// produce() may give something: call it in this turn or a later one.
  virtual void wants_flush() = 0;
  /// A subscription of this session has begun, or stopped, to keep bytes alive for itself alone.
  virtual void on_pinning(bool pinning) = 0;
  /// Publishes wait for credit: call on_credit when there may be some, and read nothing before.
  virtual void wants_credit() = 0;
  /// Requests wait for room in a budget: call on_credit when there may be some, and read on.
  virtual void wants_room() = 0;
};

/// One client's conversation over any transport, without its socket.
///
/// Sans-IO: bytes and time come in as arguments, frames go out when they are pulled by produce(). A
/// call that returns false has found the end: what produce() still gives is written, then the
/// connection closes. Core: one gateway core for life. Owner: its Connection.
class Session {
 public:
  virtual ~Session() = default;

  /// Takes the peer's next bytes, cut anywhere, borrowed for the call. False: the conversation is over.
  [[nodiscard]] virtual bool receive(ByteSpan bytes, Instant now) = 0;
  /// Appends what goes out until `out` has no room. True: there is more. Never called while bytes of
  /// an earlier call wait for the socket.
  virtual bool produce(Gather& out, Instant now) = 0;
  /// The socket took a part of what waits: a slow peer, but not a stalled one.
  virtual void partly_written(Instant now) = 0;
  virtual bool wants_to_send() const = 0;
  /// Whether it has live subscriptions: such a session is never closed for slowness.
  virtual bool is_subscribed() const = 0;
  /// Whether the conversation is over and everything was produced.
  virtual bool done() const = 0;

  virtual std::optional<Instant> deadline() const = 0;  ///< when tick() is next due, if at all
  /// Deadlines of requests and answers. False as in receive().
  [[nodiscard]] virtual bool tick(Instant now) = 0;

  /// Ends in order: nothing new is served, subscriptions end, what is under way is answered.
  virtual void drain(Instant now) = 0;
  /// The answer to a publish, by the ticket that it was sent with.
  virtual void on_published(std::uint64_t ticket, const Result<Position>& result) = 0;
  /// The answer to a control request.
  virtual void on_controlled(std::uint64_t ticket, const std::optional<Error>& error) = 0;
  /// There may be credit or room for what waits; for what still has to wait it asks its host again.
  virtual void on_credit(Instant now) = 0;
};

}  // namespace hark::gateway
