#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace hark::runtime {

/// The newest value that one thread has for another; older ones that were not taken are forgotten.
///
/// Looking costs one load; the lock is taken only for a new value. Outlives both threads.
template <typename T>
class Latest {
 public:
  /// The giving thread. Wakes nobody.
  void give(T value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    fresh_.store(true, std::memory_order_release);
  }
  /// Whether take() gives something. The taking thread.
  bool fresh() const { return fresh_.load(std::memory_order_acquire); }
  std::optional<T> take() {
    if (!fresh()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    fresh_.store(false, std::memory_order_relaxed);
    return std::exchange(value_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<T> value_;
  std::atomic<bool> fresh_{false};
};

}  // namespace hark::runtime
