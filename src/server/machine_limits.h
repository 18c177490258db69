#pragma once

#include "model/limits.h"

namespace hark::server {

/// The limits of each core and of the process for what the machine gives.
struct MachineLimits {
  Limits core;
  std::size_t connections_max;  ///< of the process
};

/// Divides `memory_bytes` among `cores`, so that all budgets together stay below it with room for the program
/// and the allocator: nobody is killed for want of memory, somebody is refused instead. `descriptors`:
/// RLIMIT_NOFILE, of which a tenth stays for files, listeners and wake-ups.
MachineLimits limits_for(std::size_t memory_bytes, std::size_t cores, std::size_t descriptors);

/// The memory with which limits_for() gives a process this many connections.
std::size_t memory_for(std::size_t connections);

}  // namespace hark::server
