#pragma once

#include <algorithm>
#include <cstdint>

#include "base/instant.h"

namespace hark::client {

/// How long to wait before the next attempt: doubling from `first` up to `max`, with the upper half at
/// random, so that clients of one server do not all come at once.
class BackOff {
 public:
  BackOff(Duration first, Duration max) : first_(first), max_(max), next_(first) {}

  /// The wait before the next attempt; `random` is any number of 64 bits.
  Duration next(std::uint64_t random) {
    const Duration whole = next_;
    next_ = std::min(max_, next_ * 2);
    const auto half = static_cast<std::uint64_t>(whole.count()) / 2;
    return Duration(static_cast<Duration::rep>(half + random % (half + 1)));
  }
  void reset() { next_ = first_; }

 private:
  Duration first_, max_, next_;
};

}  // namespace hark::client
