#pragma once

#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>

#include "hark/client/message.h"
#include "hark/client/result.h"

namespace hark::client {

/// Where a subscription begins.
class Start {
 public:
  static Start only_new() { return Start(Mode::newest, 0, {}); }  ///< what is published from now on
  static Start latest() { return Start(Mode::newest, 1, {}); }  ///< the newest message kept, then as above
  /// The newest `count` that are kept (0: as only_new), then as above.
  static Start last(std::uint64_t count) { return Start(Mode::newest, count, {}); }
  /// Number `number` (from 1) of the topic's current page, whatever page that is.
  static Start from(std::uint64_t number) { return Start(Mode::position, 0, {0, number}); }
  /// The one after `slot`, the last that the caller had. What was missed is told by a Discontinuity.
  static Start after(Slot slot) { return Start(Mode::position, 0, {slot.page, slot.number + 1}); }

  enum class Mode : std::uint8_t { newest, position };
  Mode mode() const { return mode_; }
  std::uint64_t newest_count() const { return count_; }  ///< Mode::newest
  Slot position() const { return position_; }  ///< Mode::position: the first one wanted

 private:
  Start(Mode mode, std::uint64_t count, Slot position) : mode_(mode), count_(count), position_(position) {}
  Mode mode_;
  std::uint64_t count_;
  Slot position_;
};

struct SubscribeOptions {
  Start start = Start::only_new();
  /// Of the queue of next(): when this many messages, or bytes of payload, wait in it, the client takes no
  /// more from the server until half of them are gone. Nothing is dropped here; a reader that stays behind
  /// for longer than the server keeps messages is told by a Discontinuity. At least 1 each; one message
  /// may go beyond the bytes.
  std::size_t queue_messages_max = 1000;
  std::size_t queue_bytes_max = 4 << 20;
};

/// Who is called, by the client's own thread, one call at a time over all subscriptions of a client. They
/// must return soon: while one runs, nothing else of this client moves (that is their backpressure). They
/// may call whatever does not block. They must not throw. Those that are empty are not called.
struct Callbacks {
  std::function<void(const Item&)> on_item;
  std::function<void(const Discontinuity&)> on_discontinuity;
  /// The server has accepted the subscription; also after each interruption.
  std::function<void()> on_ready;
  /// The stream broke; the client comes back by itself and goes on where it stopped. For a log line.
  std::function<void(const Error&)> on_interruption;
  /// Over for good, for the reason given; the last call. Not after cancel() or the handle's destruction.
  std::function<void(const Error&)> on_end;
};

/// One client's wish for one topic, over all reconnects. Ends when the handle is destroyed.
///
/// For good it ends by: not_found, permission_denied, unauthenticated, invalid_argument, unimplemented, an
/// answer that makes no sense (internal), cancel() and Client::close(). Everything else is tried again
/// with back-off, for ever: unavailable, a lost connection, a server that shuts down, its limits
/// (resource_exhausted), its faults. Any thread may use it; next() is for one thread at a time.
class HARK_CLIENT_API Subscription {
 public:
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();  ///< as cancel()

  /// Waits for what comes next, up to `timeout`. Nothing: none came in time (0: only looks). Error: it is
  /// over, and everything before was given. For subscriptions made without callbacks; others: misuse.
  Result<std::optional<Event>> next(std::chrono::milliseconds timeout);
  /// As above, for as long as it takes.
  Result<Event> next();

  /// Waits until the server has accepted it for the first time (from then on nothing published is missed).
  /// deadline_exceeded: not yet; it goes on trying. Another error: it is over. Not from a callback (misuse).
  Result<void> wait_ready(std::chrono::milliseconds timeout);

  /// Ends it. Afterwards no callback begins or runs (from within a callback: none begins after it), and
  /// next() gives Code::cancelled once what waits was taken. Waits for a callback that runs.
  void cancel();

  /// The last slot given, or told as missed: Start::after(it) goes on from here, also in another process.
  /// Page 0: none yet.
  Slot last() const;

  /// `for (const Event& event : subscription)`: next() until it is over; last_error() then tells why.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Event;
    using difference_type = std::ptrdiff_t;
    using pointer = const Event*;
    using reference = const Event&;
    Iterator() = default;
    explicit Iterator(Subscription& subscription) : subscription_(&subscription) { ++*this; }
    reference operator*() const { return *event_; }
    pointer operator->() const { return &*event_; }
    Iterator& operator++() {
      Result<Event> given = subscription_->next();
      if (given)
        event_ = *std::move(given);
      else
        subscription_ = nullptr;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.subscription_ == b.subscription_;
    }

   private:
    Subscription* subscription_ = nullptr;
    std::optional<Event> event_;
  };
  Iterator begin() { return Iterator(*this); }
  Iterator end() { return {}; }
  /// Why it is over; nothing while it is not.
  std::optional<Error> last_error() const;

 private:
  friend class Client;
  class State;
  explicit Subscription(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hark::client
