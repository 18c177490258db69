#pragma once

#include <cstddef>
#include <string>

#include "model/error.h"

namespace hark::runtime {

/// Raises the soft RLIMIT_NOFILE to the hard one and returns what it is then.
Result<std::size_t> raise_descriptor_limit();

/// Resident memory of the process, from /proc/self/statm; 0 when that cannot be read. Costs three
/// system calls: for a scrape, not for a turn.
std::size_t rss_bytes();

/// Memory that this process may use: the least of the machine's, the limits of its control groups (version 1
/// and 2, parents included) and RLIMIT_AS. Bytes. `root` is put before every path, for tests.
std::size_t memory_limit_bytes(const std::string& root = "");

/// CPUs that this process may run on (affinity mask: taskset, cpusets); at least 1.
std::size_t cpu_count();

}  // namespace hark::runtime
