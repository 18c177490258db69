#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/fanout/score.h"
#include "bench/fanout/wire.h"

namespace hark::bench {

class Loop;

/// One TCP connection of the load. Dies when the server closes it.
class Connection {
 public:
  /// `counts_reads`: whether its reads are reads of a subscriber.
  Connection(Loop& loop, std::uint16_t port, bool counts_reads);
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The server's next bytes, cut anywhere, borrowed for the call.
  virtual void on_bytes(Bytes bytes) = 0;

  /// Queues bytes for the next flush().
  std::string& outgoing() { return outgoing_; }
  /// Sends what is queued; what the kernel does not take leaves when the socket can be written.
  void flush();

 private:
  friend class Loop;
  void receive();
  void watch(bool writable);

  Loop& loop_;
  int fd_;
  bool counts_reads_;
  bool watching_writable_ = false;
  std::string outgoing_;
};

/// The load's event loop: one thread, every connection.
class Loop {
 public:
  explicit Loop(Score& score);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Waits up to `timeout_ms` and reads what has come on every connection.
  void turn(int timeout_ms);

 private:
  friend class Connection;
  static constexpr std::size_t buffer_size = 256 * 1024;

  Score& score_;
  int epoll_;
  std::unique_ptr<std::uint8_t[]> buffer_ = std::make_unique<std::uint8_t[]>(buffer_size);
};

}  // namespace hark::bench
