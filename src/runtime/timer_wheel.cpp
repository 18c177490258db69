#include "runtime/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace hark::runtime {

void TimerLink::unlink() {
  previous_->next_ = next_;
  next_->previous_ = previous_;
  previous_ = next_ = this;
}

void TimerLink::append(TimerLink& link) {
  link.unlink();
  link.previous_ = previous_;
  link.next_ = this;
  previous_->next_ = &link;
  previous_ = &link;
}

void TimerLink::take_all(TimerLink& other) {
  if (other.alone()) return;
  TimerLink* const first = other.next_;
  TimerLink* const last = other.previous_;
  other.previous_ = other.next_ = &other;
  first->previous_ = previous_;
  previous_->next_ = first;
  last->next_ = this;
  previous_ = last;
}

void TimerWheel::arm(Timer& timer, Instant deadline) {
  const Duration after = std::max(deadline, start_) - start_;
  const auto ticks = static_cast<std::uint64_t>(after / tick) + (after % tick > Duration{0} ? 1 : 0);
  timer.tick_ = std::clamp(ticks, now_tick_ + 1, tick_max);
  timer.unlink();
  place(timer);
}

void TimerWheel::place(Timer& timer) {
  if (timer.tick_ <= current_) return due_.append(timer);
  const auto highest_bit = static_cast<unsigned>(std::bit_width(timer.tick_ ^ current_)) - 1;
  const unsigned level = highest_bit / slot_bits;
  const std::size_t index = (timer.tick_ >> (level * slot_bits)) % slot_count;
  levels_[level].slots[index].append(timer);
  levels_[level].occupied |= std::uint64_t{1} << index;
}

std::optional<TimerWheel::Slot> TimerWheel::next_slot() {
  // A timer shares with the current tick all digits above its level's, so a lower level is earlier.
  for (unsigned level = 0; level < level_count; ++level) {
    std::uint64_t& occupied = levels_[level].occupied;
    while (occupied != 0) {
      const auto index = static_cast<std::size_t>(std::countr_zero(occupied));
      if (levels_[level].slots[index].alone()) {
        occupied &= occupied - 1;
        continue;
      }
      const unsigned shift = level * slot_bits;
      const std::uint64_t above = current_ >> (shift + slot_bits) << slot_bits;
      return Slot{level, index, (above | index) << shift};
    }
  }
  return std::nullopt;
}

void TimerWheel::advance(Instant now, const std::function<void(Timer&)>& fire, std::size_t work_max) {
  const auto ticks = static_cast<std::uint64_t>((std::max(now, start_) - start_) / tick);
  now_tick_ = std::clamp(ticks, now_tick_, tick_max - 1);
  std::size_t work = 0;
  while (work < work_max) {
    if (!moving_.alone()) {
      Timer& timer = static_cast<Timer&>(*moving_.next());
      timer.unlink();
      place(timer);
      ++work;
    } else if (!due_.alone()) {
      Timer& timer = static_cast<Timer&>(*due_.next());
      timer.unlink();
      ++work;
      fire(timer);  // may destroy or re-arm it
    } else {
      const std::optional<Slot> slot = next_slot();
      if (!slot || slot->first_tick > now_tick_) {
        current_ = now_tick_;
        return;
      }
      current_ = slot->first_tick;
      Level& level = levels_[slot->level];
      level.occupied &= ~(std::uint64_t{1} << slot->index);
      (slot->level == 0 ? due_ : moving_).take_all(level.slots[slot->index]);
    }
  }
}

std::optional<Instant> TimerWheel::next() {
  if (!moving_.alone() || !due_.alone()) return time_of(current_);
  const std::optional<Slot> slot = next_slot();
  if (!slot) return std::nullopt;
  return time_of(slot->first_tick);
}

Instant TimerWheel::time_of(std::uint64_t ticks) const {
  // Never past what an Instant holds: the last levels reach beyond the 292 years of nanoseconds.
  const auto room = static_cast<std::uint64_t>((Instant::max() - start_) / tick);
  if (ticks >= room) return Instant::max();
  return start_ + static_cast<std::int64_t>(ticks) * tick;
}

}  // namespace hark::runtime
