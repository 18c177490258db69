#include "runtime/clock.h"

#include <ctime>

namespace hark::runtime {
namespace {

Duration read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);  // fails only for a clock that does not exist
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Instant now() { return Instant(read_clock(CLOCK_MONOTONIC)); }

Duration thread_cpu_time() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

std::uint64_t epoch_milliseconds() {
  const Duration since = read_clock(CLOCK_REALTIME);
  return since < Duration{0} ? 0 : static_cast<std::uint64_t>(since / 1ms);
}

}  // namespace hark::runtime
