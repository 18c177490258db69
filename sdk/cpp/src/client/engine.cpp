#include "client/engine.h"

#include <algorithm>

#include "base/check.h"

namespace hark::client {

Engine::Engine(Options options)
    : options_(std::move(options)),
      random_(options_.seed),
      back_off_(options_.back_off_first, options_.back_off_max),
      calls_(options_.back_off_first, options_.back_off_max) {}

// --- what the user wants -----------------------------------------------------------------------------

void Engine::subscribe(SubscriptionId id, Subscriber::Wish wish, std::shared_ptr<Inbox> inbox, Instant now) {
  const BackOff back_off(options_.back_off_first, options_.back_off_max);
  subscriptions_.emplace(id, Entry{Subscriber(std::move(wish), std::move(inbox), back_off), {}});
  due_.emplace(now, id);
}

void Engine::unsubscribe(SubscriptionId id) {
  const auto at = subscriptions_.find(id);
  if (at == subscriptions_.end()) return;
  if (const StreamId stream = at->second.subscriber.stream(); stream != 0) {
    streams_.erase(stream);
    session_->cancel(stream);
  }
  at->second.subscriber.end(std::nullopt);
  subscriptions_.erase(at);
  std::erase_if(due_, [&](const auto& entry) { return entry.second == id; });
}

void Engine::on_room(SubscriptionId id, Instant now) {
  const auto at = subscriptions_.find(id);
  if (at == subscriptions_.end()) return;
  now_ = now;
  try_again(id, at->second.subscriber.on_room(session_.get(), now, random_()));
}

void Engine::close() {
  closed_ = true;
  calls_.close();
  const Error why{Code::cancelled, "the client was closed", {}};
  for (auto& [id, entry] : subscriptions_) entry.subscriber.end(why);
  subscriptions_.clear();
  streams_.clear();
  due_.clear();
  if (session_) session_->terminate();
}

/// The subscription's next attempt is due `at`; one that is over goes.
void Engine::try_again(SubscriptionId id, std::optional<Instant> at) {
  const auto found = subscriptions_.find(id);
  Subscriber& subscriber = found->second.subscriber;
  if (!subscriber.over()) {
    if (at) due_.emplace(*at, id);
    return;
  }
  if (const StreamId stream = subscriber.stream(); stream != 0) {
    streams_.erase(stream);
    session_->cancel(stream);
  }
  subscriptions_.erase(found);
}

void Engine::begin_due(Instant now) {
  while (!due_.empty() && due_.begin()->first <= now && session_->accepts()) {
    const SubscriptionId id = due_.begin()->second;
    due_.erase(due_.begin());
    Entry& entry = subscriptions_.at(id);
    entry.head = {};
    entry.subscriber.begin(*session_, now);
    streams_.emplace(entry.subscriber.stream(), id);
  }
}

// --- the connection ----------------------------------------------------------------------------------

bool Engine::wants_connection(Instant now) const {
  return !closed_ && link_ == Link::down && wanted() && now >= attempt_due();
}

/// Somebody who waits for an answer does not wait for a long back-off.
Instant Engine::attempt_due() const {
  return calls_.impatient() ? std::min(retry_at_, lost_at_ + options_.back_off_first) : retry_at_;
}

void Engine::on_connected(Instant now) {
  link_ = Link::open;
  greeted_ = served_ = asked_ = unanswered_ = false;
  connected_at_ = silent_since_ = now;
  session_ = std::make_unique<Http2Session>(static_cast<Http2Events&>(*this), options_.authority);
}

void Engine::on_lost(const std::string& why, Instant now) {
  now_ = now;
  const bool was_open = link_ == Link::open;
  if (was_open && served_) back_off_.reset();
  link_ = Link::down;
  lost_at_ = now;
  retry_at_ = now + back_off_.next(random_());
  session_.reset();
  calls_.on_lost(why, now, random_());
  // What could not even begin is told; after a connection to hark another attempt comes first.
  if (!was_open || !greeted_) calls_.on_unreachable(why);
  const Error error{Code::unavailable, why, {}};
  for (const auto& [stream, id] : std::exchange(streams_, {}))
    try_again(id, subscriptions_.at(id).subscriber.on_closed(error, true, now, random_()));
  if (was_open) return;
  for (auto& [id, entry] : subscriptions_) entry.subscriber.on_unreachable(error);
}

bool Engine::receive(ByteSpan bytes, Instant now) {
  now_ = now;
  silent_since_ = now;
  asked_ = false;
  const bool good = session_->receive(bytes);
  unanswered_ = expects_something();
  return good;
}

void Engine::produce(std::string& out, std::size_t bytes_max, Instant now) {
  if (!session_) return;
  now_ = now;
  bool more = true;
  while (more && out.size() < bytes_max) {
    const std::size_t before = out.size();
    more = !closed_ && calls_.pump(*session_);
    session_->produce(out, bytes_max);
    more = more || out.size() > before;
  }
  // The silence begins with the first thing that is to be answered, and does not end when a call gives up.
  if (expects_something() && !std::exchange(unanswered_, true)) silent_since_ = now;
}

std::optional<std::string> Engine::tick(Instant now) {
  now_ = now;
  calls_.tick(now, session_.get());
  if (link_ != Link::open || closed_) return std::nullopt;
  begin_due(now);
  if (!greeted_ && now >= connected_at_ + options_.connect_within)
    return "the server does not greet: it may not speak HTTP/2";
  // A server that shuts down ends its calls; streams that it lets run go on elsewhere.
  if (session_->leaving() && !calls_.in_flight() && (wanted() || streams_.empty()))
    return "the server takes no more requests on this connection";
  if (session_->over()) return "the server does not speak HTTP/2 as it should";
  if (!unanswered_) return std::nullopt;
  if (now >= silent_since_ + options_.silence_max) return "the server has been silent for too long";
  if (now >= silent_since_ + options_.silence_max / 2 && !std::exchange(asked_, true)) session_->ping();
  return std::nullopt;
}

std::optional<Instant> Engine::deadline() const {
  Instant next = calls_.deadline().value_or(Instant::max());
  if (link_ == Link::down && wanted() && !closed_) next = std::min(next, attempt_due());
  if (link_ == Link::open) {
    if (!due_.empty() && session_->accepts()) next = std::min(next, due_.begin()->first);
    if (session_->over()) next = Instant::min();
    if (!greeted_) next = std::min(next, connected_at_ + options_.connect_within);
    if (unanswered_)
      next = std::min(next, silent_since_ + (asked_ ? options_.silence_max : options_.silence_max / 2));
  }
  if (next == Instant::max()) return std::nullopt;
  return next;
}

// --- streams -----------------------------------------------------------------------------------------

void Engine::on_greeted() { greeted_ = true; }

void Engine::on_sent(StreamId stream) {
  if (calls_.owns(stream)) calls_.on_sent(stream);
}

void Engine::on_head(StreamId stream, const Fields& head) {
  if (head.get("grpc-status").empty()) served_ = true;  // more than a refusal
  if (calls_.owns(stream)) return calls_.on_head(stream, head);
  if (Entry* const entry = of_stream(stream)) {
    entry->head = head;
    entry->subscriber.on_head(head);
  }
}

void Engine::on_body(StreamId stream, ByteSpan bytes) {
  if (calls_.owns(stream)) return calls_.on_body(stream, bytes, *session_);
  Entry* const entry = of_stream(stream);
  if (!entry) return;
  entry->subscriber.on_body(bytes, session_.get());
  if (entry->subscriber.over()) try_again(streams_.at(stream), std::nullopt);
}

void Engine::on_closed(StreamId stream, const Fields& trailers, bool in_order, bool refused) {
  if (calls_.owns(stream)) return calls_.on_closed(stream, trailers, in_order, refused, now_, random_());
  Entry* const entry = of_stream(stream);
  if (!entry) return;
  Error why{Code::unavailable, "the server cut the subscription off", {}};
  if (in_order) {
    const CallStatus status = status_of(entry->head, trailers);
    why = status.ok ? Error{Code::unavailable, "the server ended the subscription", {}} : status.error;
  }
  const SubscriptionId id = streams_.at(stream);
  streams_.erase(stream);
  try_again(id, entry->subscriber.on_closed(why, false, now_, random_()));
}

Engine::Entry* Engine::of_stream(StreamId stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &subscriptions_.at(found->second);
}

}  // namespace hark::client
