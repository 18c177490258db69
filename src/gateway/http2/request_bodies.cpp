#include "gateway/http2/request_bodies.h"

#include <algorithm>

#include "gateway/http2/http2_session.h"

namespace hark::gateway::http2 {
namespace {

/// What may stand around a payload of the largest size: names, tags, lengths.
constexpr std::size_t envelope_bytes_max = 4096;
/// Announced messages above this are given a window of their own size, so that they need not wait for us.
constexpr std::size_t default_window = 48 << 10;

}  // namespace

void RequestBodies::begin(Call& call, Instant now) {
  call.began_ = now;
  receiving_.push_back(call);
  if (!check_at_) check_at_ = due(call);
}

Instant RequestBodies::due(const Call& call) const {
  const Limits& limits = session_.services().limits;
  if (call.whole_since_ && call.expect_ != Call::Expect::many_messages)
    return *call.whole_since_ + limits.publish_deadline;
  return call.began_ + limits.body_within +
         std::chrono::seconds(call.received_ / std::max<std::size_t>(1, limits.body_bytes_a_second_min));
}

void RequestBodies::feed(Call& call, ByteSpan bytes) {
  call.received_ += bytes.size();
  const std::size_t before = bytes.size();
  if (!call.answered_ && call.held_.empty()) take_in(call, bytes);
  if (call.answered_) bytes = {};  // nobody reads the rest
  hold(call, bytes);
  session_.http2().consume(call.stream(), before - bytes.size());
}

/// Keeps what cannot be taken in yet, within a part of the connection's window: the rest is for bodies that
/// have their room already, which would otherwise never end.
void RequestBodies::hold(Call& call, ByteSpan& bytes) {
  if (bytes.empty()) return;
  if (held_bytes_ + bytes.size() > held_bytes_max && call.takes_messages()) {
    session_.refuse(call, Error{ErrorCode::memory_limit, "too many requests wait for memory"});
    bytes = {};
  }
  held_bytes_ += bytes.size();
  call.held_.append(as_text(bytes));
}

RequestBodies::Taken RequestBodies::take_in(Call& call, ByteSpan& bytes) {
  auto& decoder = call.decoder_;
  while (true) {
    if (decoder.complete() && call.expect_ == Call::Expect::many_messages) {
      if (!call.takes_messages()) return Taken::stalled;
      hand_over(call);
    }
    if (bytes.empty() || call.answered_) return Taken::all;
    auto taken = decoder.feed(bytes);
    if (!taken) {
      session_.refuse(call, taken.error());
      return Taken::failed;
    }
    bytes = bytes.subspan(*taken);
    const auto announced = decoder.announced();
    if (announced && !accept_announced(call, *announced))
      return call.answered_ ? Taken::failed : Taken::stalled;
  }
}

bool RequestBodies::accept_announced(Call& call, std::uint32_t bytes) {
  SessionServices& services = session_.services();
  const std::size_t message_bytes_max = services.limits.message_bytes_max;
  if (bytes > message_bytes_max + envelope_bytes_max) {
    session_.refuse(call, Error{ErrorCode::message_too_large, std::to_string(message_bytes_max)});
    return false;
  }
  // Behind one that waits for room everybody waits: pipelined publishes must not overtake each other.
  if (!stalled_.empty() || !within_share(bytes) || !services.inbound.take(bytes)) {
    if (std::find(stalled_.begin(), stalled_.end(), call.stream()) == stalled_.end())
      stalled_.push_back(call.stream());
    session_.host().wants_room();
    return false;
  }
  call.reserved_ = bytes;
  reserved_bytes_ += bytes;
  call.decoder_.accept();
  if (bytes > default_window) session_.http2().grow_window(call.stream(), bytes);
  return true;
}

/// Past its share a connection may take only what leaves half of the budget to others.
bool RequestBodies::within_share(std::size_t bytes) const {
  const Limits& limits = session_.services().limits;
  if (reserved_bytes_ == 0 || reserved_bytes_ + bytes <= limits.inbound_bytes_max / limits.inbound_shares)
    return true;
  return session_.services().inbound.bytes() + bytes <= limits.inbound_bytes_max / 2;
}

void RequestBodies::hand_over(Call& call) {
  if (call.expect_ == Call::Expect::many_messages) give_back(call);
  call.on_message(call.decoder_.take(), session_.now());
}

void RequestBodies::end(Call& call) {
  call.whole_since_ = session_.now();
  if (call.held_.empty()) return conclude(call);
  // It is here and only waits for us: from now on its answer is due, not its bytes.
  check_at_ = std::min(check_at_.value_or(due(call)), due(call));
}

void RequestBodies::conclude(Call& call) {
  call.unlink();
  if (call.answered_) return;
  if (auto whole = call.decoder_.finish(); !whole) return session_.refuse(call, whole.error());
  if (call.decoder_.complete()) hand_over(call);
  call.on_request_end();
}

void RequestBodies::resume(Call& call) {
  const std::string held = std::exchange(call.held_, {});
  held_bytes_ -= held.size();
  ByteSpan bytes = as_byte_span(held);
  if (!call.answered_) take_in(call, bytes);
  if (call.answered_) bytes = {};
  hold(call, bytes);
  session_.http2().consume(call.stream(), held.size() - bytes.size());
  if (call.whole_since_ && call.held_.empty() && call.is_linked()) conclude(call);
}

void RequestBodies::retry() {
  // What must still wait stalls itself again, in the same order.
  for (const StreamId stream : std::exchange(stalled_, {})) {
    if (!stalled_.empty()) {
      stalled_.push_back(stream);
    } else if (Call* const call = session_.find(stream)) {
      resume(*call);
    }
  }
  if (!stalled_.empty()) session_.host().wants_room();
}

void RequestBodies::answered(Call& call) {
  call.answered_ = true;
  give_back(call);
  leave_queue(call);
}

void RequestBodies::forget(Call& call) {
  give_back(call);
  leave_queue(call);
  held_bytes_ -= std::exchange(call.held_, {}).size();
  call.unlink();
}

/// Nobody waits behind a call that needs no room any more.
void RequestBodies::leave_queue(const Call& call) {
  if (std::erase(stalled_, call.stream()) == 0 || stalled_.empty()) return;
  session_.services().inbound.give_back(0);  // there may have been room for the others all along
}

void RequestBodies::give_back(Call& call) {
  if (call.reserved_ == 0) return;
  reserved_bytes_ -= call.reserved_;
  session_.services().inbound.give_back(std::exchange(call.reserved_, 0));
}

std::optional<Instant> RequestBodies::deadline() const { return check_at_; }

void RequestBodies::tick(Instant now) {
  if (!check_at_ || *check_at_ > now) return;
  std::optional<Instant> next;
  for (auto at = receiving_.begin(); at != receiving_.end();) {
    Call& call = *at++;
    if (const Instant by = due(call); by > now) {
      next = std::min(next.value_or(by), by);
      continue;
    }
    call.unlink();
    if (call.answered_) continue;
    const bool waits_for_us = call.reserved_ == 0 && !call.held_.empty();
    session_.refuse(call, waits_for_us
                              ? Error{ErrorCode::memory_limit, "no memory for the request in time"}
                              : Error{ErrorCode::deadline_exceeded, "the request was not complete in time"});
  }
  check_at_ = next;
}

}  // namespace hark::gateway::http2
