#pragma once

#include "client/transport.h"
#include "runtime/fd.h"

namespace hark::client {

/// A connected TCP socket: never delays small writes, never raises SIGPIPE.
class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(runtime::Fd socket);
  int descriptor() const override { return socket_.get(); }
  Outcome read(std::span<std::byte> into) override;
  Outcome write(std::string_view bytes) override;

 private:
  runtime::Fd socket_;
};

/// errno's value `error` in words, as "connect: Connection refused".
std::string words_of_errno(std::string_view what, int error);

}  // namespace hark::client
