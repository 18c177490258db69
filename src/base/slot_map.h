#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"

namespace hark {

/// Names an object in a SlotMap. A stale id finds nothing: that is what makes it safe to keep one.
template <typename Tag>
struct SlotId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  // 0 is never given: a default id finds nothing
  friend bool operator==(SlotId, SlotId) = default;
  explicit operator bool() const { return generation != 0; }
};

/// Objects with ids, O(1) each way, without hashing. Not stable in memory: keep ids, not pointers,
/// or let T be a unique_ptr. Core: one. Grows; the owner of the map bounds what it inserts.
template <typename T, typename Tag = T>
class SlotMap {
 public:
  using Id = SlotId<Tag>;

  Id insert(T value) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    slots_[index].value.emplace(std::move(value));
    ++size_;
    return {index, slots_[index].generation};
  }

  T* find(Id id) {
    if (id.index >= slots_.size()) return nullptr;
    Slot& slot = slots_[id.index];
    return slot.generation == id.generation && slot.value ? &*slot.value : nullptr;
  }
  const T* find(Id id) const { return const_cast<SlotMap*>(this)->find(id); }

  /// Removes and returns the object. Requires that `id` is present.
  T take(Id id) {
    T* found = find(id);
    HARK_CHECK(found != nullptr);
    T value = std::move(*found);
    Slot& slot = slots_[id.index];
    slot.value.reset();
    if (++slot.generation == 0) slot.generation = 1;
    free_.push_back(id.index);
    --size_;
    return value;
  }

  std::size_t size() const { return size_; }
  /// Slots ever used at once: the range of for_each_from.
  std::size_t capacity() const { return slots_.size(); }

  template <typename F>
  void for_each(F&& visit) {
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].value) visit(Id{i, slots_[i].generation}, *slots_[i].value);
  }
  /// The object in slot `index`, if there is one: for sweeps that go on where they stopped.
  T* at_index(std::size_t index) {
    return index < slots_.size() && slots_[index].value ? &*slots_[index].value : nullptr;
  }

 private:
  struct Slot {
    std::uint32_t generation = 1;
    std::optional<T> value;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace hark
