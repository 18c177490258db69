#pragma once

#include "server/doctor.h"

namespace hark::server {

// The parts of examine(). Each adds its findings.

/// What bounds the number of connections: descriptors, memory, the kernel's tables.
void check_connections(const Surroundings& around, std::vector<Finding>& findings);
/// What a process needs to run well: CPUs, threads, its data directory, its address, the clock.
void check_process(const Surroundings& around, std::vector<Finding>& findings);

}  // namespace hark::server
