#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <vector>

#include "base/instant.h"
#include "model/error.h"
#include "runtime/fd.h"

namespace hark::runtime {

/// What may be done with a descriptor now.
struct Events {
  bool readable = false;  ///< a read tells something: bytes, the end, or the failure
  bool writable = false;  ///< a write takes bytes, or tells the failure
  bool hangup = false;    ///< the peer ended its side (bytes may wait before that), or it is broken
};

/// Who is told of a descriptor's events.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  virtual void on_events(Events events) = 0;
};

/// A core's wait for its descriptors, on epoll.
///
/// The owner of a descriptor removes it before it closes it or destroys the handler, also inside any
/// handler's on_events: events of the same batch that were already fetched for it are then dropped,
/// even when the number has been given to a new descriptor meanwhile. Core: one.
class Poller {
 public:
  static Result<Poller> open();

  /// Edge-triggered, in and out: told once, then again only after a read or write said would_block.
  /// `handler` is borrowed until remove(fd). Fails when the kernel has no memory or watches left.
  Result<void> add(int fd, EventHandler& handler);
  /// Told of readable at every wait for as long as it holds: for listeners.
  Result<void> add_level(int fd, EventHandler& handler);
  /// Requires that `fd` was added.
  void remove(int fd);

  /// Waits for events up to `timeout` (0: only looks; Duration::max(): for ever), rounded up to
  /// milliseconds, and tells the handlers. Returns how many descriptors had events, at most batch_max.
  std::size_t wait(Duration timeout);

  static constexpr std::size_t batch_max = 256;

 private:
  struct Watch {
    EventHandler* handler = nullptr;
    std::uint32_t generation = 0;  // tells a stale event from one for a reused number
  };

  explicit Poller(Fd epoll) : epoll_(std::move(epoll)) {}
  Result<void> add_watch(int fd, EventHandler& handler, std::uint32_t events);
  void dispatch(const epoll_event& event);

  Fd epoll_;
  std::vector<Watch> watches_;  // by descriptor number
  std::vector<epoll_event> batch_ = std::vector<epoll_event>(batch_max);
};

}  // namespace hark::runtime
