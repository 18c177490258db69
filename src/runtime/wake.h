#pragma once

#include <atomic>
#include <memory>

#include "runtime/poller.h"

namespace hark::runtime {

/// Wakes one sleeping thread, the consumer, from any other; costs no system call while it is awake.
///
/// The consumer adds fd() to its Poller (edge-triggered, so that the counter need never be read), and
///
///   wake.prepare_to_sleep();
///   const bool work = any ring has something;   // must look again after prepare_to_sleep()
///   poller.wait(work ? 0 : timeout);
///   wake.awake();
///
/// A producer pushes into its ring, then calls notify(). Why no wake-up is lost: each side writes its own
/// word (ring, flag), passes a sequentially consistent fence, and reads the other's. In the one order
/// of the two fences either the producer's comes first, and the consumer's look finds the value; or
/// the consumer's does, and the producer finds the flag and writes the eventfd.
class Wake : public EventHandler {
 public:
  static Result<std::unique_ptr<Wake>> open();

  int fd() const { return event_.get(); }

  // --- the consumer's side ---
  void prepare_to_sleep();
  void awake();
  void on_events(Events) override {}  // the wake-up itself is all it says

  // --- any other thread ---
  void notify();

 private:
  explicit Wake(Fd event) : event_(std::move(event)) {}

  Fd event_;
  alignas(128) std::atomic<bool> sleeping_{false};
};

}  // namespace hark::runtime
