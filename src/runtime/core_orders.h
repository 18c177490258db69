#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/wake.h"

namespace hark::runtime {

/// What the main thread wants of a core's thread. Only moves down this list.
enum class CoreOrder : std::uint8_t { run, drain, stop };

/// The one word between the main thread and a core's thread, besides mailboxes. Outlives both.
class CoreOrders {
 public:
  /// `core`: wakes the core's thread; `main`: wakes the main thread. Borrowed.
  CoreOrders(Wake& core, Wake& main) : core_(core), main_(main) {}

  // --- the main thread ---
  void give(CoreOrder order) {
    order_.store(order, std::memory_order_release);
    core_.notify();
  }
  bool drained() const { return drained_.load(std::memory_order_acquire); }

  // --- the core's thread ---
  CoreOrder current() const { return order_.load(std::memory_order_acquire); }
  void report_drained() {
    if (drained_.exchange(true, std::memory_order_acq_rel)) return;
    main_.notify();
  }

 private:
  Wake& core_;
  Wake& main_;
  std::atomic<CoreOrder> order_{CoreOrder::run};
  std::atomic<bool> drained_{false};
};

}  // namespace hark::runtime
