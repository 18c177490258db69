#include "runtime/wake.h"

#include <sys/eventfd.h>

#include "runtime/system_error.h"

// ThreadSanitizer does not model fences and g++ says so. None is needed for what it looks for: the values
// themselves cross by the ring's release and acquire.
#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif

namespace hark::runtime {

Result<std::unique_ptr<Wake>> Wake::open() {
  Fd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return fail_errno("eventfd");
  return std::unique_ptr<Wake>(new Wake(std::move(event)));
}

void Wake::prepare_to_sleep() {
  sleeping_.store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void Wake::awake() { sleeping_.store(false, std::memory_order_relaxed); }

void Wake::notify() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!sleeping_.load(std::memory_order_relaxed)) return;
  // Of several producers one writes; the sleeper needs no more.
  if (!sleeping_.exchange(false, std::memory_order_relaxed)) return;
  const std::uint64_t one = 1;
  // Fails only when the counter is at its end, 2^64 - 2, and then the descriptor is readable anyway.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

}  // namespace hark::runtime
