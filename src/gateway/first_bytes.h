#pragma once

#include <array>
#include <cstdint>

#include "base/shared_bytes.h"

namespace hark::gateway {

/// What a connection may begin to speak on the one port.
enum class Protocol : std::uint8_t { http1, http2 };

/// Tells protocols apart by a connection's first bytes, cut anywhere.
///
/// "PRI * HTTP/2.0" (RFC 9113, 3.4) is HTTP/2 with prior knowledge; what begins like a method of
/// HTTP/1.1 is that; anything else is refused at its first wrong byte. 0x16 (TLS) and 0x10 (MQTT) have no
/// protocol yet. Holds at most 14 bytes, since none is taken by a protocol before it is known.
class FirstBytes {
 public:
  enum class Verdict : std::uint8_t { undecided, http1, http2, unknown };

  /// Takes up to the first few of `bytes` and judges all so far.
  Verdict look(ByteSpan bytes);
  /// All bytes that look() has taken: the protocol has to see them first.
  ByteSpan held() const { return ByteSpan(held_.data(), size_); }

 private:
  std::array<std::byte, 14> held_{};
  std::uint8_t size_ = 0;
};

}  // namespace hark::gateway
