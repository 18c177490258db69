#pragma once

#include <algorithm>

#include "base/instant.h"

namespace hark::protocol::http2 {

/// Allows a burst, then a steady rate. Starts full. Pure: time comes in.
class TokenBucket {
 public:
  TokenBucket(double burst, double a_second, Instant now)
      : burst_(burst), a_second_(a_second), tokens_(burst), filled_at_(now) {}

  /// Takes one token. False: there is none, the limit is passed.
  bool take(Instant now) {
    if (now > filled_at_) {
      const std::chrono::duration<double> passed = now - filled_at_;
      tokens_ = std::min(burst_, tokens_ + passed.count() * a_second_);
      filled_at_ = now;
    }
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double burst_, a_second_, tokens_;
  Instant filled_at_;
};

}  // namespace hark::protocol::http2
