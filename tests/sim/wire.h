#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/byte_stream.h"

namespace hark::sim {

/// The two directions of one connection, as far as the kernel would hold them.
struct Wire {
  std::string to_server;         ///< arrived: the server may read it
  std::string to_client;         ///< in the server's socket: not yet with the client
  std::size_t socket_bytes = 1;  ///< what the server's socket takes
  bool client_ended = false;     ///< and all its bytes have arrived
  bool broken = false;           ///< cut: nothing goes either way
  bool server_ended = false;
  bool server_gone = false;  ///< the server closed its socket
  bool wants_room = false;   ///< the last write was short
  std::function<void()> on_server;  ///< the server wrote, ended or closed
};

/// The server's end of a wire.
class FakeStream final : public runtime::ByteStream {
 public:
  explicit FakeStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  ~FakeStream() override;
  Outcome read(std::span<std::byte> into) override;
  Outcome write(std::span<const iovec> pieces) override;
  void end() override;

 private:
  std::shared_ptr<Wire> wire_;
};

}  // namespace hark::sim
