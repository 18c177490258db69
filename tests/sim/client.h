#pragma once

#include <memory>
#include <string>

#include "tests/sim/grpc_client.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

namespace hark::sim {

/// How a connection's network behaves.
struct Network {
  Duration delay_max = 50us;   ///< of each piece
  std::size_t chunk_max = 4096;  ///< bytes of a piece, from 1
  std::size_t socket_bytes = 65536;
  std::uint32_t window = 65535;  ///< bytes ahead on one stream

  /// Whether a reader behind it may fall behind by itself.
  bool slow() const;
};

/// One client's connection: bytes cut anywhere, delays, stalls, cuts, over a gRPC client.
class Client {
 public:
  Client(World& world, std::size_t core, Network network, Random random, std::uint32_t number);
  ~Client();

  GrpcClient& grpc() { return grpc_; }
  const Network& network() const { return network_; }
  std::uint32_t number() const { return number_; }
  /// Sends what the client has to say.
  void flush();
  /// Whether new calls may begin.
  bool usable() const { return !gone_ && grpc_.usable(); }
  bool gone() const { return gone_; }
  /// The network is gone; `in_order`: with an end of our side, otherwise with a reset.
  void cut(bool in_order);
  /// The client does not take bytes from its socket.
  void stall();
  void resume();
  bool stalled() const { return stalled_; }
  /// No faults any more.
  void heal();
  /// Why the server's bytes make no sense; empty when they do.
  const std::string& why() const { return grpc_.why(); }

 private:
  void to_server();
  void to_client();
  void schedule_to_client();
  void lost(int status);

  World& world_;
  std::size_t core_;
  Network network_;
  Random random_;
  std::uint32_t number_;
  std::shared_ptr<Wire> wire_ = std::make_shared<Wire>();
  gateway::Connection* connection_ = nullptr;
  GrpcClient grpc_;
  std::string flying_;  // to the server
  bool sending_ = false, receiving_ = false, stalled_ = false, gone_ = false, ends_ = false;
};

}  // namespace hark::sim
