#pragma once

#include <atomic>

#include "runtime/wake.h"

namespace hark::runtime {

/// A thread's word to the main thread that it has done its one task. Outlives both.
class DoneFlag {
 public:
  /// `main`: wakes the main thread. Borrowed.
  explicit DoneFlag(Wake& main) : main_(main) {}

  /// The thread's last call: what it wrote before is seen by who sees done().
  void report() {
    done_.store(true, std::memory_order_release);
    main_.notify();
  }
  bool done() const { return done_.load(std::memory_order_acquire); }

 private:
  Wake& main_;
  std::atomic<bool> done_{false};
};

}  // namespace hark::runtime
