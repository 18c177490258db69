#include "runtime/atomic_pages.h"

#include <utility>

#include "base/check.h"

namespace hark::runtime {

AtomicPages::AtomicPages(SequencePage first, SequencePage last, std::function<void()> on_low)
    : current_(first.value()), last_(last.value()), on_low_(std::move(on_low)) {
  HARK_CHECK(first.value() > 0 && first <= last);
}

bool AtomicPages::step_past(SequencePage page) {
  std::uint64_t current = current_.load(std::memory_order_acquire);
  const std::uint64_t wanted = page.value() + 1;
  while (current < wanted) {
    if (wanted > last_.load(std::memory_order_acquire)) {
      ask();
      return false;
    }
    if (!current_.compare_exchange_weak(current, wanted, std::memory_order_acq_rel)) continue;
    if (last_.load(std::memory_order_acquire) - wanted < low_water) ask();
    return true;
  }
  return true;
}

void AtomicPages::extend(SequencePage last) {
  HARK_CHECK(last.value() >= last_.load(std::memory_order_relaxed));
  last_.store(last.value(), std::memory_order_release);
  asked_.store(false, std::memory_order_release);
}

void AtomicPages::ask() {
  if (!asked_.exchange(true, std::memory_order_acq_rel)) on_low_();
}

}  // namespace hark::runtime
