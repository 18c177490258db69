#include "gateway/http2/http2_session.h"

#include <algorithm>

#include "gateway/grpc/calls.h"
#include "gateway/http/http2_calls.h"

namespace hark::gateway::http2 {
namespace {

using protocol::http2::RequestHead;

/// After the first step of a graceful end the peer has this long to stop opening streams.
constexpr Duration shutdown_after = 200ms;
constexpr std::uint32_t internal_error = 2;  // RFC 9113, 7
// Momento's SDKs of Rust, Dart and Swift subscribe again without any delay.
constexpr Duration refusals_are_quick = 2s, delay_step = 100ms, delay_max = 1s;
constexpr std::size_t delayed_max = 1024;  // beyond it refusals leave at once

protocol::http2::SessionLimits http2_limits(const Limits& limits) {
  protocol::http2::SessionLimits of_session;
  of_session.streams_max = static_cast<std::uint32_t>(limits.streams_max);
  of_session.preface_within = limits.first_byte_within;
  of_session.header_within = limits.header_within;
  of_session.control_write_within = limits.control_write_within;
  return of_session;
}

}  // namespace

Http2Session::Http2Session(SessionServices& services, SessionHost& host, Instant now)
    : services_(services),
      host_(host),
      now_(now),
      http2_(protocol::http2::ServerSession::create(http2_limits(services.limits), *this, counters_, now)),
      bodies_(*this),
      idle_since_(now) {
  if (services_.draining) drain(now);
}

Http2Session::~Http2Session() {
  for (auto& [stream, call] : calls_) bodies_.forget(*call);
  calls_.clear();
  count_http2();
}

bool Http2Session::receive(ByteSpan bytes, Instant now) {
  now_ = idle_since_ = now;
  const bool goes_on = http2_->receive(bytes, now).has_value();
  count_http2();
  return goes_on;
}

bool Http2Session::produce(Gather& out, Instant now) {
  now_ = now;
  bool more = http2_->produce(out, now);
  for (const StreamId stream : std::exchange(resume_, {})) {
    if (Call* const call = find(stream)) bodies_.resume(*call);
    more = more || http2_->wants_to_send();
  }
  return more;
}

void Http2Session::count_http2() {
  SessionTotals& totals = services_.totals;
  const auto add = [](Counter& total, std::uint64_t now, std::uint64_t& before) {
    total.add(now - std::exchange(before, now));
  };
  add(totals.h2_streams, counters_.streams_opened, counted_.streams_opened);
  add(totals.h2_resets_received, counters_.resets_received, counted_.resets_received);
  add(totals.h2_resets_sent, counters_.resets_sent, counted_.resets_sent);
  add(totals.closed_for_flood, counters_.closed_for_flood, counted_.closed_for_flood);
  add(totals.closed_for_protocol, counters_.closed_for_protocol, counted_.closed_for_protocol);
  add(totals.closed_for_stall, counters_.closed_for_stall, counted_.closed_for_stall);
}

// --- requests --------------------------------------------------------------------------------------

void Http2Session::on_request(StreamId stream, const RequestHead& head, bool end_of_request) {
  auto call =
      grpc::is_grpc(head) ? grpc::open_call(head, *this, stream) : http::open_call(head, *this, stream);
  if (!call) return;  // answered by its head alone
  Call& reference = *call;
  calls_.insert_or_assign(stream, std::move(call));
  reference.on_head(head);
  bodies_.begin(reference, now_);
  if (end_of_request) bodies_.end(reference);
}

void Http2Session::on_body(StreamId stream, ByteSpan bytes) {
  if (Call* const call = find(stream)) return bodies_.feed(*call, bytes);
  http2_->consume(stream, bytes.size());  // of a request refused by its head
}

void Http2Session::on_request_end(StreamId stream) {
  if (Call* const call = find(stream)) bodies_.end(*call);
}

void Http2Session::on_stream_closed(StreamId stream) {
  const auto found = calls_.find(stream);
  if (found == calls_.end()) return;
  bodies_.forget(*found->second);
  // What was never sent must not stay: its memory counts nowhere any more.
  const auto of_stream = [&](const Waiting& publish) { return publish.stream == stream; };
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), of_stream), waiting_.end());
  const std::unique_ptr<Call> ended = std::move(found->second);
  calls_.erase(found);
  if (calls_.empty()) idle_since_ = now_;
}

Call* Http2Session::find(StreamId stream) {
  const auto found = calls_.find(stream);
  return found == calls_.end() ? nullptr : found->second.get();
}

// --- answers ---------------------------------------------------------------------------------------

void Http2Session::refuse(Call& call, const Error& error) {
  bodies_.answered(call);
  if (call.streaming_) return http2_->reset(call.stream(), internal_error);
  call.say_refusal(error);
}

Duration Http2Session::next_delay() {
  refusals_ = now_ - last_refusal_ < refusals_are_quick ? refusals_ + 1 : 0;
  last_refusal_ = now_;
  return std::min<Duration>(delay_step * refusals_, delay_max);
}

void Http2Session::refuse_slowly(Call& call, const Error& error) {
  const Duration delay = next_delay();
  if (delay == Duration{0} || draining_ || delayed_.size() >= delayed_max) return refuse(call, error);
  bodies_.answered(call);
  const Instant due = now_ + delay;
  delayed_.push_back({delayed_.empty() ? due : std::max(due, delayed_.back().due), call.stream(), error});
}

// --- publishing ------------------------------------------------------------------------------------

void Http2Session::publish(Call& call, TopicPath path, MessageDraft draft) {
  const Instant since = call.whole_since().value_or(now_);
  if (waiting_.empty() && services_.publisher.has_credit(path)) {
    const auto ticket = static_cast<std::uint64_t>(call.stream());
    return services_.publisher.publish(std::move(path), std::move(draft), {host_.id(), ticket}, since);
  }
  const Instant late_at = since + services_.limits.publish_deadline;
  late_at_ = waiting_.empty() ? late_at : std::min(late_at_, late_at);
  waiting_.push_back({call.stream(), std::move(path), std::move(draft), since});
  host_.wants_credit();
}

void Http2Session::on_credit(Instant now) {
  now_ = now;
  while (!waiting_.empty() && services_.publisher.has_credit(waiting_.front().path)) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!find(next.stream)) continue;  // cancelled before it was sent
    const auto ticket = static_cast<std::uint64_t>(next.stream);
    services_.publisher.publish(std::move(next.path), std::move(next.draft), {host_.id(), ticket},
                                next.since);
  }
  if (!waiting_.empty()) host_.wants_credit();
  bodies_.retry();
}

void Http2Session::on_published(std::uint64_t ticket, const Result<Position>& result) {
  if (Call* const call = find(static_cast<StreamId>(ticket))) call->on_published(result);
}

void Http2Session::on_controlled(std::uint64_t ticket, const std::optional<Error>& error) {
  if (Call* const call = find(static_cast<StreamId>(ticket))) call->on_controlled(error);
}

// --- time ------------------------------------------------------------------------------------------

void Http2Session::begin_beating(Beating& stream) {
  services_.heartbeats.add(stream, this, beating_);
  beating_ = &stream;
}

void Http2Session::end_beating(Beating& stream) {
  Beating* const sibling = services_.heartbeats.remove(stream);
  if (beating_ == &stream) beating_ = sibling;
}

std::optional<Instant> Http2Session::deadline() const {
  std::optional<Instant> earliest = http2_->deadline();
  const auto consider = [&](std::optional<Instant> other) {
    if (other && (!earliest || *other < *earliest)) earliest = other;
  };
  consider(bodies_.deadline());
  consider(shutdown_at_);
  if (!waiting_.empty()) consider(late_at_);
  if (!delayed_.empty()) consider(delayed_.front().due);
  if (!reminders_.empty()) consider(reminders_.begin()->first);
  if (calls_.empty() && !draining_) consider(idle_since_ + services_.limits.idle_connection_max);
  return earliest;
}

bool Http2Session::tick(Instant now) {
  now_ = now;
  const bool goes_on = http2_->tick(now).has_value();
  count_http2();
  if (!goes_on) return false;
  bodies_.tick(now);
  while (!delayed_.empty() && delayed_.front().due <= now) {
    const Delayed late = std::move(delayed_.front());
    delayed_.pop_front();
    if (Call* const call = find(late.stream)) refuse(*call, late.error);
  }
  while (!reminders_.empty() && reminders_.begin()->first <= now) {
    const StreamId stream = reminders_.begin()->second;
    reminders_.erase(reminders_.begin());
    if (Call* const call = find(stream)) call->on_due();
  }
  if (!waiting_.empty() && late_at_ <= now) refuse_late_publishes();
  const bool idle = calls_.empty() && idle_since_ + services_.limits.idle_connection_max <= now;
  if (idle && !draining_) drain(now);
  if (shutdown_at_ && *shutdown_at_ <= now) {
    shutdown_at_.reset();
    http2_->shutdown();
  }
  return true;
}

/// One pass over all: who waited for memory first may be late before those that leave earlier.
void Http2Session::refuse_late_publishes() {
  std::vector<StreamId> late;
  late_at_ = Instant::max();
  const auto is_late = [&](const Waiting& publish) {
    const Instant late_at = publish.since + services_.limits.publish_deadline;
    if (late_at <= now_) {
      late.push_back(publish.stream);
      return true;
    }
    late_at_ = std::min(late_at_, late_at);
    return false;
  };
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), is_late), waiting_.end());
  // Never sent, so this is a definite no.
  for (const StreamId stream : late)
    if (Call* const call = find(stream))
      refuse(*call, {ErrorCode::unavailable, "the topic's owner is busy: the message was not sent"});
}

void Http2Session::drain(Instant now) {
  now_ = now;
  if (std::exchange(draining_, true)) return;
  http2_->announce_shutdown();
  shutdown_at_ = now + shutdown_after;
  for (auto& [stream, call] : calls_) call->drain();
  for (const Delayed& late : std::exchange(delayed_, {}))
    if (Call* const call = find(late.stream)) refuse(*call, late.error);
}

}  // namespace hark::gateway::http2
