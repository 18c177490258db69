#pragma once

#include <atomic>
#include <functional>

#include "model/position.h"

namespace hark::runtime {

/// The process's counter of sequence pages, shared by all cores. Never gives a page that PageStore has
/// not reserved.
class AtomicPages {
 public:
  /// When fewer than these are left, more are asked for.
  static constexpr std::uint64_t low_water = 100'000;

  /// `last`: the last page reserved. `on_low` is called on whichever core finds that few are left,
  /// once until extend(): it must not block, so it only wakes who calls PageStore::reserve_more.
  AtomicPages(SequencePage first, SequencePage last, std::function<void()> on_low);

  SequencePage current() const { return SequencePage(current_.load(std::memory_order_acquire)); }

  /// Makes current() greater than `page` and returns true. False, and nothing changed, when that
  /// would take a page not reserved: the caller keeps what it wanted to forget and tries again later.
  [[nodiscard]] bool step_past(SequencePage page);

  /// Whether more were asked for and none have come since. The main thread.
  bool low() const { return asked_.load(std::memory_order_acquire); }
  /// After a reservation: pages up to `last` may be given out. The main thread.
  void extend(SequencePage last);
  /// After a reservation that failed: lets on_low be called again. The main thread.
  void ask_again() { asked_.store(false, std::memory_order_release); }

 private:
  void ask();

  std::atomic<std::uint64_t> current_;
  std::atomic<std::uint64_t> last_;
  std::atomic<bool> asked_{false};
  std::function<void()> on_low_;
};

}  // namespace hark::runtime
