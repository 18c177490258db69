#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "hark/client/subscription.h"

namespace hark::client {

/// Where one subscription's events go: to the user's callbacks, or into a queue for next().
///
/// The client's thread puts in (and runs the callbacks), any other takes out. Limits: those of
/// SubscribeOptions; has_room() tells, and whoever puts in asks it before each event.
class Inbox {
 public:
  /// `on_room` is called, by the thread that takes out, when there is room again after has_room() said no.
  Inbox(const SubscribeOptions& options, std::optional<Callbacks> callbacks, std::function<void()> on_room);

  // --- the client's thread ---
  bool has_room();
  void put(Event event);
  void on_ready(Slot place);
  void on_interruption(const Error& why);
  void on_end(const Error& why);

  // --- any thread ---
  /// No callback begins from now on; next() ends once what waits was taken.
  void cancel();
  bool takes_callbacks() const { return callbacks_.has_value(); }
  /// Up to `timeout`, or without one for ever.
  Result<std::optional<Event>> take(std::optional<std::chrono::milliseconds> timeout);
  Result<void> wait_ready(std::chrono::milliseconds timeout);
  Slot last() const;
  std::optional<Error> end() const;

 private:
  bool cancelled() const;
  static std::size_t size_of(const Event& event);
  void move_to(const Event& event);  // last_

  const std::size_t messages_max_, bytes_max_;
  const std::optional<Callbacks> callbacks_;
  const std::function<void()> on_room_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> queue_;
  std::size_t bytes_ = 0;  // of queue_
  bool refused_ = false;   // has_room() said no, and on_room_ was not called since
  bool ready_ = false, cancelled_ = false;
  std::optional<Error> end_;
  Slot last_;
};

}  // namespace hark::client
