#pragma once

#include <algorithm>
#include <chrono>

#include "base/instant.h"

namespace hark::client {

/// A wait of the user's choice, cut to what can be added to any time: 0 to a year.
inline std::chrono::milliseconds bounded(std::chrono::milliseconds wait) {
  return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds{0},
                                               std::chrono::hours{24 * 365});
}

}  // namespace hark::client
