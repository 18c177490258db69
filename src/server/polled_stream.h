#pragma once

#include "gateway/connection.h"
#include "runtime/poller.h"
#include "runtime/tcp_stream.h"

namespace hark::server {

/// A socket whose events reach its connection. Leaves the poller when it dies, with its connection.
class PolledStream final : public runtime::ByteStream, private runtime::EventHandler {
 public:
  PolledStream(runtime::Poller& poller, std::unique_ptr<runtime::TcpStream> socket)
      : poller_(poller), socket_(std::move(socket)) {}
  ~PolledStream() override {
    if (connection_) poller_.remove(socket_->fd());
  }

  /// From now on events reach `connection`, which owns this. Fails when the kernel has no watches left.
  Result<void> watch(gateway::Connection& connection) {
    auto added = poller_.add(socket_->fd(), *this);
    if (added) connection_ = &connection;
    return added;
  }

  Outcome read(std::span<std::byte> into) override { return socket_->read(into); }
  Outcome write(std::span<const iovec> pieces) override { return socket_->write(pieces); }
  void end() override { socket_->end(); }

 private:
  void on_events(runtime::Events events) override {
    if (events.writable) connection_->writable();
    if (events.readable) connection_->readable(events.hangup);
  }

  runtime::Poller& poller_;
  std::unique_ptr<runtime::TcpStream> socket_;
  gateway::Connection* connection_ = nullptr;
};

}  // namespace hark::server
