#pragma once

#include <atomic>
#include <cstdint>

namespace hark {

/// A number that only grows. One thread writes, any thread reads; adding costs a plain move.
class Counter {
 public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down. One thread writes, any thread reads.
class Gauge {
 public:
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::uint64_t n) { set(value() + n); }
  void subtract(std::uint64_t n) { set(value() - n); }
  void raise_to(std::uint64_t n) {
    if (n > value()) set(n);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace hark
