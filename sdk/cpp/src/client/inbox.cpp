#include "client/inbox.h"

#include "client/chrono_limits.h"

namespace hark::client {

Inbox::Inbox(const SubscribeOptions& options, std::optional<Callbacks> callbacks,
             std::function<void()> on_room)
    : messages_max_(options.queue_messages_max),
      bytes_max_(options.queue_bytes_max),
      callbacks_(std::move(callbacks)),
      on_room_(std::move(on_room)) {}

bool Inbox::has_room() {
  if (callbacks_) return true;
  const std::lock_guard lock(mutex_);
  const bool room = queue_.size() < messages_max_ && bytes_ < bytes_max_;
  if (!room) refused_ = true;
  return room;
}

void Inbox::put(Event event) {
  if (callbacks_) {
    if (cancelled()) return;
    if (const Item* item = std::get_if<Item>(&event)) {
      if (callbacks_->on_item) callbacks_->on_item(*item);
    } else if (callbacks_->on_discontinuity) {
      callbacks_->on_discontinuity(std::get<Discontinuity>(event));
    }
    const std::lock_guard lock(mutex_);
    return move_to(event);
  }
  {
    const std::lock_guard lock(mutex_);
    bytes_ += size_of(event);
    queue_.push_back(std::move(event));
  }
  changed_.notify_all();
}

void Inbox::on_ready(Slot place) {
  {
    const std::lock_guard lock(mutex_);
    // Later on the reader's own place counts, which may be behind.
    if (!ready_) last_ = place;
    ready_ = true;
  }
  changed_.notify_all();
  if (callbacks_ && callbacks_->on_ready && !cancelled()) callbacks_->on_ready();
}

void Inbox::on_interruption(const Error& why) {
  if (callbacks_ && callbacks_->on_interruption && !cancelled()) callbacks_->on_interruption(why);
}

void Inbox::on_end(const Error& why) {
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    end_ = why;
  }
  changed_.notify_all();
  if (callbacks_ && callbacks_->on_end && !cancelled()) callbacks_->on_end(why);
}

void Inbox::cancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (!end_) end_ = Error{Code::cancelled, "the subscription was cancelled", {}};
  }
  changed_.notify_all();
}

bool Inbox::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

Result<std::optional<Event>> Inbox::take(std::optional<std::chrono::milliseconds> timeout) {
  if (callbacks_) return Error{Code::misuse, "this subscription has callbacks, so next() gives nothing", {}};
  std::unique_lock lock(mutex_);
  const auto told = [&] { return !queue_.empty() || end_; };
  if (!timeout)
    changed_.wait(lock, told);
  else if (!changed_.wait_for(lock, bounded(*timeout), told))
    return std::optional<Event>();
  if (queue_.empty()) return *end_;
  std::optional<Event> event(std::move(queue_.front()));
  queue_.pop_front();
  bytes_ -= size_of(*event);
  move_to(*event);
  const bool room = refused_ && queue_.size() <= messages_max_ / 2 && bytes_ <= bytes_max_ / 2;
  if (room) refused_ = false;
  lock.unlock();
  if (room) on_room_();
  return event;
}

Result<void> Inbox::wait_ready(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, bounded(timeout), [&] { return ready_ || end_; }))
    return Error{Code::deadline_exceeded, "the server has not accepted the subscription yet", {}};
  if (ready_) return {};
  return *end_;
}

Slot Inbox::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::optional<Error> Inbox::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

std::size_t Inbox::size_of(const Event& event) {
  const Item* const item = std::get_if<Item>(&event);
  return item ? item->payload.size() : 0;
}

void Inbox::move_to(const Event& event) {
  if (const Item* item = std::get_if<Item>(&event))
    last_ = item->slot;
  else
    last_ = {std::get<Discontinuity>(event).page, std::get<Discontinuity>(event).missed_to};
}

}  // namespace hark::client
