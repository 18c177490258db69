#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hark::client {

/// A connection's bytes, both ways, without blocking. TCP now; TLS would be another one.
class Transport {
 public:
  enum class Status : std::uint8_t {
    ok,           ///< `bytes` (>= 1) were moved
    would_block,  ///< nothing moved; the descriptor tells when to try again
    closed,       ///< read: the peer ended its side in order
    failed,       ///< the connection is broken; `why` tells
  };
  struct Outcome {
    Status status;
    std::size_t bytes = 0;
    std::string why = {};
  };

  virtual ~Transport() = default;  ///< closes it
  virtual int descriptor() const = 0;  ///< for poll()
  virtual Outcome read(std::span<std::byte> into) = 0;
  virtual Outcome write(std::string_view bytes) = 0;
};

}  // namespace hark::client
