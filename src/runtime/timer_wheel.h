#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/instant.h"

namespace hark::runtime {

/// A place in a circular list; a list's head is one too. Leaves its list when it dies.
class TimerLink {
 public:
  TimerLink() = default;
  TimerLink(const TimerLink&) = delete;
  TimerLink& operator=(const TimerLink&) = delete;
  ~TimerLink() { unlink(); }

  bool alone() const { return next_ == this; }
  TimerLink* next() const { return next_; }
  void unlink();
  void append(TimerLink& link);     ///< `link` becomes the last of the list that this heads
  void take_all(TimerLink& other);  ///< all of the list that `other` heads, behind this one's

 private:
  TimerLink* previous_ = this;
  TimerLink* next_ = this;
};

/// Something to be told of at a time: a member or a base of whoever waits. Destroying it disarms it.
class Timer : private TimerLink {
 public:
  bool armed() const { return !alone(); }

 private:
  friend class TimerWheel;
  std::uint64_t tick_ = 0;
};

/// A core's timers. Arming and cancelling cost O(1) whatever their number.
///
/// A hierarchical wheel: level L has 64 slots of 64^L ticks each. A timer waits in the highest level
/// in which its tick differs from the current one; when the current tick enters its slot, it moves down.
/// Seven levels reach 1,394 years, so there is no overflow list. Pure: time comes in. Core: one.
class TimerWheel {
 public:
  static constexpr Duration tick = 10ms;

  explicit TimerWheel(Instant start) : start_(start) {}

  /// Arms `timer` (again, if it is armed). It fires in the first advance() at or after `deadline`
  /// rounded up to a tick, and not in the call that is under way, so re-arming cannot loop.
  void arm(Timer& timer, Instant deadline);
  void cancel(Timer& timer) { timer.unlink(); }  ///< nothing when it is not armed

  /// Calls `fire` for the timers due at `now`, disarmed, in the order of their ticks. Stops after
  /// `work_max` steps (a timer fired or moved down a level); next() is then in the past.
  void advance(Instant now, const std::function<void(Timer&)>& fire, std::size_t work_max = 1024);

  /// When to call advance() next: never later than the earliest deadline (rounded up to a tick), now
  /// and then earlier, when timers have to move down. None when no timer is armed.
  std::optional<Instant> next();

 private:
  static constexpr unsigned slot_bits = 6;
  static constexpr std::size_t slot_count = 1 << slot_bits;
  static constexpr unsigned level_count = 7;
  static constexpr std::uint64_t tick_max = (std::uint64_t{1} << (slot_bits * level_count)) - 1;

  struct Level {
    std::uint64_t occupied = 0;  // a bit a slot; may be set for one emptied by cancel()
    std::array<TimerLink, slot_count> slots;
  };
  struct Slot {
    unsigned level;
    std::size_t index;
    std::uint64_t first_tick;
  };

  void place(Timer& timer);
  std::optional<Slot> next_slot();
  Instant time_of(std::uint64_t ticks) const;

  Instant start_;
  std::uint64_t now_tick_ = 0;  // of the latest advance
  std::uint64_t current_ = 0;   // all ticks up to this one have left the levels; <= now_tick_
  std::array<Level, level_count> levels_;
  TimerLink moving_;  // taken out of a slot, on the way to a lower level
  TimerLink due_;     // to be fired
};

}  // namespace hark::runtime
