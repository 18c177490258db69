#pragma once

#include "runtime/byte_stream.h"
#include "runtime/connection_budget.h"
#include "runtime/fd.h"

namespace hark::runtime {

/// A connected TCP socket. Never blocks, never delays (TCP_NODELAY), never raises SIGPIPE.
class TcpStream : public ByteStream {
 public:
  /// Takes a non-blocking, connected socket and, if it was accepted, the permit for it.
  explicit TcpStream(Fd socket, ConnectionBudget::Permit permit = {});

  Outcome read(std::span<std::byte> into) override;
  Outcome write(std::span<const iovec> pieces) override;
  void end() override;

  int fd() const { return socket_.get(); }  ///< for the Poller

 private:
  Fd socket_;
  ConnectionBudget::Permit permit_;
};

}  // namespace hark::runtime
