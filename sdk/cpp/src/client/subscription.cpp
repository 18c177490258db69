#include "hark/client/subscription.h"

#include <future>

#include "client/client_state.h"

namespace hark::client {

Subscription::Subscription(std::unique_ptr<State> state) : state_(std::move(state)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&&) noexcept = default;
Subscription::~Subscription() = default;

Result<std::optional<Event>> Subscription::next(std::chrono::milliseconds timeout) {
  if (state_->worker().on_thread() && timeout.count() > 0)
    return Error{Code::misuse, "next() would wait within a callback", {}};
  return state_->inbox().take(timeout);
}

Result<Event> Subscription::next() {
  if (state_->worker().on_thread()) return Error{Code::misuse, "next() would wait within a callback", {}};
  auto given = state_->inbox().take(std::nullopt);
  if (!given) return given.error();
  return *std::move(*given);
}

Result<void> Subscription::wait_ready(std::chrono::milliseconds timeout) {
  if (state_->worker().on_thread())
    return Error{Code::misuse, "wait_ready() would wait within a callback", {}};
  return state_->inbox().wait_ready(timeout);
}

void Subscription::cancel() { state_->cancel(); }
Slot Subscription::last() const { return state_->inbox().last(); }
std::optional<Error> Subscription::last_error() const { return state_->inbox().end(); }

void Subscription::State::cancel() {
  inbox_->cancel();
  const auto done = std::make_shared<std::promise<void>>();
  const bool posted = worker_->post([id = id_, done](Engine& engine, Instant) {
    engine.unsubscribe(id);
    done->set_value();
  });
  if (worker_->on_thread()) return;
  if (posted)
    done->get_future().wait();
  else
    worker_->close();  // being closed: its last callbacks end with it
}

}  // namespace hark::client
