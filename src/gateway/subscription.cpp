#include "gateway/subscription.h"

#include <algorithm>

#include "gateway/topic_view.h"

namespace hark::gateway {

Subscription::~Subscription() {
  if (view_) view_->remove(*this);
  next_.reset();
  retire_pending();
}

Subscription::Pulled Subscription::pull(std::size_t bytes_max, Slices& out) {
  HARK_CHECK(state_ != State::waiting);
  while (!out.full() && out.bytes() < bytes_max) {
    const std::size_t room = bytes_max - out.bytes();
    if (!pending_.empty()) {
      give_pending(room, out);
      continue;
    }
    if (state_ == State::ended) return Pulled::end;
    if (next_) {
      const MessageRef message = std::move(next_);
      settle_bare_notice();
      pend_message({}, *message);
      continue;
    }
    if (heartbeat_due_) {
      heartbeat_due_ = false;
      view_->counters_.heartbeats.add();
      pending_.left = form_.heartbeat();
      continue;
    }
    if (const auto discontinuity = missing()) {
      render(*discontinuity);
      continue;
    }
    if (place_.number == view_->ring_.next()) {
      view_->caught_up(*this);
      return Pulled::wait;
    }
    give_slice(room, out);
  }
  return Pulled::more;
}

void Subscription::give_pending(std::size_t bytes_max, Slices& out) {
  ByteSpan& left = pending_.left.empty() ? pending_.large : pending_.left;
  const ByteSpan given = left.first(std::min(left.size(), bytes_max));
  left = left.subspan(given.size());
  out.add_lasting(given);
  if (pending_.empty()) retire_pending();
}

void Subscription::give_slice(std::size_t bytes_max, Slices& out) {
  FramedLog::Slice slice = view_->log_of(form_).slice(view_->ring_, place_.number, bytes_max);
  view_->counters_.deliveries.add(slice.next - place_.number);
  view_->counters_.delivered_bytes.add(slice.bytes.size());
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

/// What this reader has to be told before anything else, if its place is not in the view.
std::optional<Discontinuity> Subscription::missing() const {
  const topic::Buffer buffer = view_->buffer();
  if (notice_) {
    // As far as it has come by now: the buffer may have moved on since the subscription began.
    Discontinuity discontinuity = *notice_;
    if (place_.page != buffer.page) discontinuity.reason = DiscontinuityReason::page_changed;
    if (place_.page != buffer.page || place_.number < buffer.oldest) {
      discontinuity.page = buffer.page;
      discontinuity.missed_to = buffer.oldest.previous();
    }
    return discontinuity;
  }
  const Position last{place_.page, place_.number.previous()};
  if (place_.page != buffer.page)
    return Discontinuity{DiscontinuityReason::page_changed, last, buffer.page, buffer.oldest.previous()};
  if (place_.number < buffer.oldest)
    return Discontinuity{DiscontinuityReason::slow_consumer, last, buffer.page, buffer.oldest.previous()};
  if (place_.number > buffer.head.next())
    return Discontinuity{DiscontinuityReason::position_ahead, last, buffer.page, buffer.head};
  return std::nullopt;
}

void Subscription::render(const Discontinuity& discontinuity) {
  view_->counters_.discontinuities[static_cast<std::size_t>(discontinuity.reason)].add();
  ByteSink bytes;
  form_.encode_discontinuity(discontinuity, bytes);
  notice_.reset();
  place_ = {discontinuity.page, discontinuity.missed_to.next()};
  if (view_->ring_.contains(place_.number)) return pend_message(bytes.span(), *view_->ring_.at(place_.number));
  pend_copy(bytes.span());
  if (!in_bare_.is_linked()) view_->bare_.push_back(*this);
}

void Subscription::keep_next(MessageRef message) {
  HARK_CHECK(message->number() == place_.number && !next_);
  next_ = std::move(message);
}

void Subscription::settle_bare_notice() {
  next_.reset();
  in_bare_.unlink();
}

void Subscription::pend_message(ByteSpan head, const Message& message) {
  const std::size_t size = form_.message_bytes(message);
  view_->counters_.deliveries.add();
  view_->counters_.delivered_bytes.add(size);
  auto block = ByteBlock::allocate(head.size() + size);
  std::copy(head.begin(), head.end(), block->data());
  form_.encode_message(message, block->data() + head.size());
  retire_pending();
  pending_.left = ByteSpan(block->data(), block->size());
  pending_.block = std::move(block);
  ++place_.number;
  settle_bare_notice();
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
  if (next_ && !(view_ && view_->ring_.contains(next_->number()))) now += next_->memory_bytes();
  cache_.pinned().bytes.subtract(counted_);
  cache_.pinned().bytes.add(now);
  counted_ = now;
  const bool pinning = now > 0 || pending_.segment;
  if (pinning != std::exchange(pinning_, pinning)) subscriber_.on_pinning(pinning);
}

void Subscription::request_heartbeat() {
  if (state_ == State::waiting || state_ == State::ended || heartbeat_due_) return;
  heartbeat_due_ = true;
  subscriber_.on_work();
}

}  // namespace hark::gateway
