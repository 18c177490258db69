#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace hark::bench {

/// A benchmark that cannot be trusted must not print figures: says why on stderr and exits with 1.
[[noreturn]] void die(std::string_view why);

/// Monotonic time in nanoseconds.
std::uint64_t now_nanoseconds();

/// Raises the soft limit of open files to the hard one.
void raise_file_limit();

/// A blocking TCP connection to 127.0.0.1:`port` without Nagle; dies when refused.
int connect_loopback(std::uint16_t port);

void make_nonblocking(int fd);

/// CPU time in nanoseconds that all threads of a process have used.
struct CpuTime {
  std::uint64_t total = 0;   ///< exact, from the process's CPU clock
  std::uint64_t user = 0;    ///< in steps of a clock tick (10 ms)
  std::uint64_t system = 0;  ///< in steps of a clock tick (10 ms)
};
CpuTime cpu_time_of(pid_t process);

}  // namespace hark::bench
