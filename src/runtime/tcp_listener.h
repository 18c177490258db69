#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/instant.h"
#include "base/log.h"
#include "base/metrics.h"
#include "model/error.h"
#include "runtime/endpoint.h"
#include "runtime/fd.h"
#include "runtime/tcp_stream.h"

namespace hark::runtime {

/// A connection just accepted.
struct AcceptedConnection {
  std::unique_ptr<TcpStream> stream;
  Endpoint peer;
};

/// A core's listening socket. Each core opens its own on the same endpoint (SO_REUSEPORT) and the kernel
/// spreads the connections.
///
/// Without a free descriptor or permit, waiting connections are accepted and closed at once, by a
/// descriptor kept in reserve for that; then accepting pauses. Otherwise a full backlog would stay
/// readable and the core would spin on it.
class TcpListener {
 public:
  static constexpr std::size_t accepts_a_call = 64;  ///< the rest waits for the next turn
  static constexpr Duration pause = 100ms;
  /// Connections that the kernel completes before we accept them; it lowers this to net.core.somaxconn.
  static constexpr int backlog = 4096;

  /// Binds and listens; port 0 takes a free one. `budget` is borrowed and outlives all streams.
  static Result<std::unique_ptr<TcpListener>> open(const Endpoint& endpoint, ConnectionBudget& budget);

  /// Fails when somebody listens on `endpoint` already, another hark included: open() alone would share the
  /// port with it, and each would get a part of the connections.
  static Result<void> require_free(const Endpoint& endpoint);

  /// Appends what waits, at most accepts_a_call, to `into`. When it returns an Instant the process is
  /// out of descriptors: take fd() out of the Poller until then.
  std::optional<Instant> accept(Instant now, std::vector<AcceptedConnection>& into);

  /// Nobody comes any more: from now on the kernel refuses. Take fd() out of the Poller before.
  void close() { socket_.close(); }

  int fd() const { return socket_.get(); }
  const Endpoint& local() const { return local_; }
  std::uint16_t port() const { return local_.port(); }
  const Counter& accepted() const { return accepted_; }
  const Counter& refused() const { return refused_; }  ///< accepted only to be closed

 private:
  TcpListener(Fd socket, Endpoint local, ConnectionBudget& budget);
  enum class Attempt { accepted, refused, none, out_of_descriptors };
  Attempt accept_one(Instant now, std::vector<AcceptedConnection>& into);
  bool refuse_one();

  Fd socket_;
  Endpoint local_;
  ConnectionBudget& budget_;
  Fd reserve_;
  Counter accepted_, refused_;
  RateLimitedLog full_log_, descriptors_log_, broken_log_;
};

}  // namespace hark::runtime
