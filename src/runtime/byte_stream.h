#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace hark::runtime {

/// A connection's bytes, both ways, without blocking: a socket, or a fake one in the simulation.
/// Core: one. Owner: the connection.
class ByteStream {
 public:
  enum class Status : std::uint8_t {
    ok,           ///< `bytes` (>= 1) were moved
    would_block,  ///< nothing moved; an event tells when to try again
    closed,       ///< read: the peer ended its side in order
    failed,       ///< the connection is broken
  };
  struct Outcome {
    Status status;
    std::size_t bytes = 0;
  };

  virtual ~ByteStream() = default;  ///< closes it
  /// Fewer bytes than fit means would_block next, unless the end was already announced.
  virtual Outcome read(std::span<std::byte> into) = 0;
  /// Writes as much of `pieces` as fits, in order. Fewer than all of them means would_block next.
  virtual Outcome write(std::span<const iovec> pieces) = 0;
  /// Tells the peer that nothing more comes; reading goes on. Once.
  virtual void end() = 0;
};

}  // namespace hark::runtime
