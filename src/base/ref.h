#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace hark {

/// Base of objects that several cores may hold by Ref. The count is atomic; the object must be
/// immutable once it is shared.
template <typename T>
class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

  void add_ref() const { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) T::destroy(static_cast<const T*>(this));
  }
  /// How many Refs there are; only a hint when other cores hold some.
  std::uint32_t ref_count() const { return count_.load(std::memory_order_relaxed); }

 private:
  mutable std::atomic<std::uint32_t> count_{0};
};

/// Shared ownership of a RefCounted object. Copying costs one atomic increment.
template <typename T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) {
    if (object_) object_->add_ref();
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_) object_->release();
  }

  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  void reset() { *this = Ref(); }

 private:
  T* object_ = nullptr;
};

}  // namespace hark
