#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/check.h"

namespace hark::runtime {

/// A bounded queue from one producer thread to one consumer thread, without locks or system calls.
///
/// Each side keeps a copy of the other's index and looks at the shared one only when its copy says
/// "full" or "empty", so in a steady flow a cache line crosses cores once for many values. When full, the
/// producer is told and keeps its value. Destroy it when both threads are done; what is left in it is
/// destroyed with it.
template <typename T>
class SpscRing {
 public:
  /// `capacity`: values held at most; a power of two.
  explicit SpscRing(std::size_t capacity) : mask_(capacity - 1) {
    HARK_CHECK(capacity > 0 && (capacity & (capacity - 1)) == 0);
    slots_ = std::allocator<T>().allocate(capacity);
  }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;
  ~SpscRing() {
    while (front() != nullptr) pop();
    std::allocator<T>().deallocate(slots_, capacity());
  }

  std::size_t capacity() const { return mask_ + 1; }

  // --- the producer's side ---

  /// Moves `value` in. False, and `value` untouched, when there is no room.
  bool try_push(T&& value) {
    if (!room_at_least(1)) return false;
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    std::construct_at(slots_ + (tail & mask_), std::move(value));
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  /// Whether `count` pushes will succeed. Looks across only when the copy does not already say yes.
  bool room_at_least(std::size_t count) {
    if (room() >= count) return true;
    head_seen_ = head_.load(std::memory_order_acquire);
    return room() >= count;
  }
  /// Room as last seen; there may be more by now.
  std::size_t room() const { return capacity() - (tail_.load(std::memory_order_relaxed) - head_seen_); }

  // --- the consumer's side ---

  /// The oldest value, to be used in place until pop(); null when there is none.
  T* front() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return nullptr;
    }
    return slots_ + (head & mask_);
  }
  /// Destroys the oldest value. Requires that front() gave one.
  void pop() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    HARK_CHECK(head != tail_seen_);
    std::destroy_at(slots_ + (head & mask_));
    head_.store(head + 1, std::memory_order_release);
  }
  /// How many values wait. Looks across.
  std::size_t size() const {
    return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_relaxed);
  }

 private:
  // Two cache lines: the prefetcher of x86 fetches them in pairs.
  static constexpr std::size_t apart = 128;

  // Indexes only grow; the slot is index & mask_. Wrapping around is harmless: only differences count.
  alignas(apart) T* slots_;
  std::size_t mask_;
  alignas(apart) std::atomic<std::size_t> tail_{0};  // written by the producer
  std::size_t head_seen_ = 0;                        // the producer's copy of head_
  alignas(apart) std::atomic<std::size_t> head_{0};  // written by the consumer
  std::size_t tail_seen_ = 0;                        // the consumer's copy of tail_
};

}  // namespace hark::runtime
