#include "gateway/subscription.h"

#include <algorithm>

#include "gateway/topic_view.h"

namespace hark::gateway {

Error error_of(EndReason reason) {
  switch (reason) {
    case EndReason::namespace_deleted: return {ErrorCode::namespace_not_found, "it was deleted"};
    case EndReason::draining: return {ErrorCode::unavailable, "the server is shutting down"};
  }
  HARK_UNREACHABLE();
}

Subscription::~Subscription() {
  if (view_) view_->remove(*this);
  retire_pending();
}

Subscription::Pulled Subscription::pull(std::size_t bytes_max, Slices& out) {
  HARK_CHECK(state_ != State::waiting);
  if (state_ == State::caught_up) view_->move(*this, State::awake);
  while (!out.full() && out.bytes() < bytes_max) {
    const std::size_t room = bytes_max - out.bytes();
    if (!pending_.empty()) {
      give_pending(room, out);
      continue;
    }
    if (state_ == State::ended) return Pulled::end;
    if (next_ && !view_has(place_)) {
      pend_message({}, *std::exchange(next_, {}));
      continue;
    }
    if (heartbeat_due_) {
      heartbeat_due_ = false;
      pending_.left = form_.heartbeat();
      if (!pending_.empty()) view_->counters_.heartbeats.add();
      continue;
    }
    if (!notice_ && view_has(place_)) {
      give_slice(room, out);
    } else if (!notice_ && place_ == Position{view_->page_, view_->ring_.next()}) {
      view_->move(*this, State::caught_up);
      return Pulled::wait;
    } else {
      render(missing());
    }
  }
  return Pulled::more;
}

void Subscription::pull_rest(std::size_t bytes_max, Slices& out) {
  while (!pending_.empty() && !out.full() && out.bytes() < bytes_max)
    give_pending(bytes_max - out.bytes(), out);
}

bool Subscription::has_item() const {
  HARK_CHECK(state_ != State::waiting);
  if (!pending_.empty() || next_) return true;
  return state_ != State::ended && (notice_ || place_ != Position{view_->page_, view_->ring_.next()});
}

void Subscription::give_pending(std::size_t bytes_max, Slices& out) {
  ByteSpan& left = pending_.left.empty() ? pending_.large : pending_.left;
  const ByteSpan given = left.first(std::min(left.size(), bytes_max));
  left = left.subspan(given.size());
  out.add_lasting(given);
  if (pending_.empty()) retire_pending();
}

void Subscription::give_slice(std::size_t bytes_max, Slices& out) {
  FramedLog::Slice slice = log_->slice(view_->ring_, place_.number, bytes_max);
  view_->counters_.deliveries.add(slice.next - place_.number);
  view_->counters_.delivered_bytes.add(slice.bytes.size() + slice.rest.size());
  out.add_lasting(slice.bytes);
  place_.number = slice.next;
  settle_bare_notice();
  if (slice.rest.empty()) return;
  // The rest of a message that was begun outlives the view: it is this reader's now.
  if (slice.segment) {
    pending_.large = slice.rest;
    pending_.segment = std::move(slice.segment);
    count_pinned();
  } else {
    pend_copy(slice.rest);
  }
}

bool Subscription::view_has(Position slot) const {
  return slot.page == view_->page_ && view_->ring_.contains(slot.number);
}

/// What this reader has to be told before anything else: it has a notice, or its place is not in the view.
Discontinuity Subscription::missing() const {
  const topic::Buffer buffer = view_->buffer();
  const bool other_page = place_.page != buffer.page;
  if (notice_ && !other_page && place_.number >= buffer.oldest) return *notice_;
  // As far as it has come by now: the buffer may have moved on since the subscription began.
  const Position last{place_.page, place_.number.previous()};
  Discontinuity discontinuity =
      notice_.value_or(Discontinuity{DiscontinuityReason::slow_consumer, last, {}, {}});
  if (other_page) {
    discontinuity.reason = DiscontinuityReason::page_changed;
  } else if (discontinuity.reason == DiscontinuityReason::position_ahead) {
    // It misses what came after it had been set to the head, and that reason would name nothing.
    discontinuity.reason = DiscontinuityReason::slow_consumer;
    discontinuity.last = last;
  }
  discontinuity.page = buffer.page;
  discontinuity.missed_to = buffer.oldest.previous();
  return discontinuity;
}

void Subscription::render(const Discontinuity& discontinuity) {
  view_->counters_.discontinuities[static_cast<std::size_t>(discontinuity.reason)].add();
  ByteSink bytes;
  form_.encode_discontinuity(discontinuity, bytes);
  notice_.reset();
  place_ = {discontinuity.page, discontinuity.missed_to.next()};
  if (view_has(place_)) return pend_message(bytes.span(), *view_->ring_.at(place_.number));
  // The next message is the one that take_in() keeps for it.
  HARK_CHECK(place_.number == view_->ring_.next() && !in_bare_.is_linked());
  view_->bare_.push_back(*this);
  pend_copy(bytes.span());
}

void Subscription::keep_next(MessageRef message) {
  HARK_CHECK(message->number() == place_.number && !next_);
  next_ = std::move(message);
}

void Subscription::settle_bare_notice() {
  in_bare_.unlink();
  if (!next_) return;
  next_.reset();
  count_pinned();
}

void Subscription::pend_message(ByteSpan head, const Message& message) {
  const std::size_t size = form_.message_bytes(message);
  view_->counters_.deliveries.add();
  view_->counters_.delivered_bytes.add(size);
  auto block = ByteBlock::allocate(head.size() + size);
  std::copy(head.begin(), head.end(), block->data());
  form_.encode_message(message, block->data() + head.size());
  pending_.left = ByteSpan(block->data(), block->size());
  pending_.block = std::move(block);
  ++place_.number;
  in_bare_.unlink();
  count_pinned();
}

void Subscription::pend_copy(ByteSpan bytes) {
  auto block = ByteBlock::allocate(bytes.size());
  std::copy(bytes.begin(), bytes.end(), block->data());
  pending_.left = ByteSpan(block->data(), block->size());
  pending_.block = std::move(block);
  count_pinned();
}

void Subscription::retire_pending() {
  if (pending_.block) cache_.retire(std::move(pending_.block));
  if (pending_.segment) cache_.retire(std::move(pending_.segment));
  pending_ = {};
  count_pinned();
}

void Subscription::count_pinned() {
  std::size_t now = pending_.block ? pending_.block->size() : 0;
  // While the view holds the message too, it is nobody's alone.
  if (next_ && !(view_ && view_has(place_))) now += next_->memory_bytes();
  cache_.pinned().bytes.subtract(counted_);
  cache_.pinned().bytes.add(now);
  counted_ = now;
  const bool pinning = now > 0 || pending_.segment;
  if (pinning != std::exchange(pinning_, pinning)) subscriber_.on_pinning(pinning);
}

void Subscription::request_heartbeat() {
  if (state_ == State::waiting || state_ == State::ended || heartbeat_due_) return;
  heartbeat_due_ = true;
  if (state_ == State::caught_up) view_->awaken(*this);
}

}  // namespace hark::gateway
