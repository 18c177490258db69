#pragma once

#include <cstdint>

#include "base/instant.h"

namespace hark::runtime {

Instant now();               ///< CLOCK_MONOTONIC; read once a turn
Duration thread_cpu_time();  ///< what the calling thread has used of its core; for the load figures
std::uint64_t epoch_milliseconds();  ///< the wall clock, which may step; 0 when it is before 1970

}  // namespace hark::runtime
