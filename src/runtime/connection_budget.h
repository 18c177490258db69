#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace hark::runtime {

/// How many connections the process may have, counted over all cores. Any thread; outlives its permits.
/// At the limit a new connection is accepted and closed at once: a clear answer beats a full backlog.
class ConnectionBudget {
 public:
  /// The right to one connection; gives itself back.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(budget_, other.budget_);
      return *this;
    }
    ~Permit() {
      if (budget_) budget_->used_.fetch_sub(1, std::memory_order_relaxed);
    }
    explicit operator bool() const { return budget_ != nullptr; }

   private:
    friend class ConnectionBudget;
    explicit Permit(ConnectionBudget* budget) : budget_(budget) {}
    ConnectionBudget* budget_ = nullptr;
  };

  /// `connections_max`: 90 % of RLIMIT_NOFILE leaves the rest to files, listeners and wake-ups.
  explicit ConnectionBudget(std::size_t connections_max) : connections_max_(connections_max) {}

  /// A permit, or an empty one at the limit.
  Permit take() {
    if (used_.fetch_add(1, std::memory_order_relaxed) < connections_max_) return Permit(this);
    used_.fetch_sub(1, std::memory_order_relaxed);
    return {};
  }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  std::size_t connections_max() const { return connections_max_; }

 private:
  const std::size_t connections_max_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace hark::runtime
