#include "gateway/connection.h"

#include <algorithm>

namespace hark::gateway {
namespace {

/// What a lingering connection's peer may still send before it is cut: it was told to stop.
constexpr std::size_t dropped_bytes_max = 1 << 20;

/// A drain waits so long for a peer that lingers and sends nothing: no reset can overtake our last words
/// then, and many a client never closes a connection of its own accord.
constexpr Duration linger_at_drain = 250ms;

}  // namespace

Connection::Connection(ConnectionShared& shared, std::unique_ptr<runtime::ByteStream> stream, Instant now)
    : shared_(shared),
      stream_(std::move(stream)),
      write_bytes_max_(shared.limits.write_bytes_first),
      deadline_(now + shared.limits.first_byte_within) {
  shared_.counters.accepted.add();
  shared_.counters.connections.add();
  arm(now);
}

Connection::~Connection() {
  end_session();
  shared_.counters.connections.subtract();
}

void Connection::end_session() {
  session_.reset();  // its subscriptions tell us that they stop pinning
  rest_.clear();
  count_rest();
}

void Connection::readable(bool ended) {
  readable_ = true;
  ending_ = ending_ || ended;
  if (!needs_credit_ && state_ != State::closed) shared_.on_readable(*this);
}

void Connection::writable() {
  writable_ = true;
  if (state_ == State::open || state_ == State::closing) shared_.on_flush(*this);
}

bool Connection::read_some(Instant now) {
  if (state_ == State::lingering) return drop_input();
  std::size_t left = shared_.limits.read_bytes_a_turn;
  while (readable_ && left > 0 && state_ == State::open && !needs_credit_) {
    const auto buffer = std::span(shared_.read_buffer).first(std::min(left, shared_.read_buffer.size()));
    const auto got = stream_->read(buffer);
    if (got.status == runtime::ByteStream::Status::ok) {
      left -= got.bytes;
      shared_.counters.bytes_read.add(got.bytes);
      // A short read took all there was (epoll(7)): the next bytes make an event of their own.
      if (got.bytes < buffer.size() && !ending_) readable_ = false;
      receive(buffer.first(got.bytes), now);
      continue;
    }
    readable_ = false;
    if (got.status == runtime::ByteStream::Status::failed) {
      close();
    } else if (got.status == runtime::ByteStream::Status::closed) {
      input_ended_ = true;
      over(now);  // whoever ends its side has no use for more than what is already under way
    }
  }
  arm(now);
  return readable_ && state_ == State::open && !needs_credit_;
}

void Connection::receive(ByteSpan bytes, Instant now) {
  if (!session_) {
    const std::size_t earlier = first_bytes_.held().size();
    switch (first_bytes_.look(bytes)) {
      case FirstBytes::Verdict::undecided: return;
      case FirstBytes::Verdict::unknown: shared_.counters.closed_for_first_bytes.add(); return close();
      case FirstBytes::Verdict::http1: session_ = shared_.sessions(Protocol::http1, *this, now); break;
      case FirstBytes::Verdict::http2: session_ = shared_.sessions(Protocol::http2, *this, now); break;
    }
    // What earlier calls held comes first; what look() took of this one is still in `bytes`.
    if (earlier > 0 && !session_->receive(first_bytes_.held().first(earlier), now)) return over(now);
  }
  const bool goes_on = session_->receive(bytes, now);
  if (session_->wants_to_send() || session_->done()) wants_flush();
  if (!goes_on) over(now);
}

/// The conversation ends: what the session still gives is written, nothing more is read.
void Connection::over(Instant now) {
  if (state_ != State::open) return;
  state_ = State::closing;
  deadline_ = now + shared_.limits.control_write_within;
  if (!session_) return close();
  shared_.on_flush(*this);
}

bool Connection::flush(Instant now) {
  const bool flushes = state_ == State::open || state_ == State::closing;
  if (!flushes || !writable_ || !session_ || !write_rest(now)) return false;
  Gather& gather = shared_.gather;
  gather.begin(write_bytes_max_);
  const bool more = session_->produce(gather, now);
  if (!gather.empty()) {
    const std::size_t wanted = gather.size();
    const auto outcome = stream_->write(gather.pieces());
    shared_.counters.writes.add();
    if (outcome.status == runtime::ByteStream::Status::failed) {
      close();
      return false;
    }
    shared_.counters.bytes_written.add(outcome.bytes);
    if (outcome.bytes < wanted) {
      keep_rest(outcome.bytes, now);
      if (outcome.bytes > 0) session_->partly_written(now);
    } else {
      write_bytes_max_ = std::min(write_bytes_max_ * 2, shared_.limits.write_bytes_max);
    }
  }
  if (rest_.empty() && !more && (session_->done() || state_ == State::closing)) {
    linger(now);
    return false;
  }
  if (needs_credit_) on_credit(now);  // room for answers may be what was missing
  arm(now);
  return (more || session_->wants_to_send()) && writable_;
}

bool Connection::write_rest(Instant now) {
  if (rest_.empty()) return true;
  const iovec piece{rest_.data() + rest_at_, rest_.size() - rest_at_};
  const auto outcome = stream_->write(std::span(&piece, 1));
  shared_.counters.writes.add();
  if (outcome.status == runtime::ByteStream::Status::failed) {
    close();
    return false;
  }
  shared_.counters.bytes_written.add(outcome.bytes);
  rest_at_ += outcome.bytes;
  if (outcome.bytes > 0) rest_moved_ = now;
  if (rest_at_ < rest_.size()) {
    writable_ = false;
    if (outcome.bytes > 0) session_->partly_written(now);
    return false;
  }
  std::string().swap(rest_);
  rest_at_ = 0;
  count_rest();
  return true;
}

void Connection::keep_rest(std::size_t written, Instant now) {
  writable_ = false;
  rest_moved_ = now;
  write_bytes_max_ = shared_.limits.write_bytes_first;
  shared_.counters.short_writes.add();
  rest_.reserve(shared_.gather.size() - written);
  shared_.gather.copy_from(written, rest_);
  count_rest();
}

void Connection::count_rest() {
  const bool before = pinning();
  shared_.pinned_bytes.subtract(rest_counted_);
  rest_counted_ = rest_.size();
  shared_.pinned_bytes.add(rest_counted_);
  if (pinning() != before) shared_.on_pinning(*this);
}

void Connection::linger(Instant now) {
  session_.reset();
  if (input_ended_) return close();
  state_ = State::lingering;
  needs_credit_ = false;  // what waited for it is gone, and must not keep the peer's end unread
  stream_->end();
  deadline_ = linger_until_ = now + shared_.limits.linger_close;
  if (draining_) linger_shortly(now);
  arm(now);
  readable();
}

void Connection::linger_shortly(Instant now) {
  if (dropped_ == 0) deadline_ = std::min(linger_until_, now + linger_at_drain);
}

bool Connection::drop_input() {
  for (std::size_t left = shared_.limits.read_bytes_a_turn; readable_ && left > 0;) {
    const auto got = stream_->read(shared_.read_buffer);
    if (got.status == runtime::ByteStream::Status::would_block) {
      readable_ = false;
      return false;
    }
    dropped_ += got.bytes;
    if (got.bytes > 0) deadline_ = linger_until_;
    if (got.status != runtime::ByteStream::Status::ok || dropped_ > dropped_bytes_max) {
      close();
      return false;
    }
    left -= std::min(left, got.bytes);
  }
  return readable_;
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  shared_.on_closed(*this);
}

void Connection::abort() { close(); }

/// When on_timer has something to see to.
std::optional<Instant> Connection::due() const {
  if (!session_ || state_ == State::closing) return deadline_;
  std::optional<Instant> earliest = session_->deadline();
  if (!rest_.empty()) {
    const Instant stalled = rest_moved_ + shared_.limits.control_write_within;
    earliest = std::min(earliest.value_or(stalled), stalled);
  }
  return earliest;
}

void Connection::on_timer(Instant now) {
  if (state_ == State::closed) return;
  if (!session_ || state_ == State::closing) {
    if (deadline_ > now) return arm(now);
    // A live subscription may be as slow as it likes; the last words of a session may not.
    if (state_ == State::closing) shared_.counters.closed_for_stall.add();
    if (state_ == State::open) shared_.counters.closed_for_first_bytes.add();
    return close();
  }
  if (!rest_.empty() && rest_moved_ + shared_.limits.control_write_within <= now) {
    if (!session_->is_subscribed()) {
      shared_.counters.closed_for_stall.add();
      return close();
    }
    rest_moved_ = now;  // its subscriptions may have ended when we look again
  }
  if (!session_->tick(now)) {
    over(now);
  } else if (session_->wants_to_send() || session_->done()) {
    wants_flush();
  }
  arm(now);
}

void Connection::arm(Instant now) {
  const std::optional<Instant> at = due();
  if (!at || state_ == State::closed) return;
  // An earlier alarm finds out by itself that there is nothing to do yet.
  if (alarm_.armed() && alarm_.armed_for <= *at) return;
  alarm_.armed_for = std::max(*at, now);
  shared_.timers.arm(alarm_, *at);
}

void Connection::drain(Instant now) {
  draining_ = true;
  if (state_ == State::lingering) {  // its last words are on their way
    linger_shortly(now);
    return arm(now);
  }
  if (!session_) {
    // A request that has come gets its answer: to close over unread bytes would be a reset.
    readable_ = true;
    read_some(now);
    if (!session_) return;
  }
  session_->drain(now);
  wants_flush();
  arm(now);
}

void Connection::on_credit(Instant now) {
  needs_credit_ = false;
  if (!session_ || state_ != State::open) return;
  session_->on_credit(now);  // asks again if something still waits
  arm(now);
  if (readable_ && !needs_credit_) shared_.on_readable(*this);
}

void Connection::wants_flush() {
  if (writable_ && (state_ == State::open || state_ == State::closing)) shared_.on_flush(*this);
}

void Connection::on_pinning(bool begins) {
  const bool before = pinning();
  pinning_count_ += begins ? 1 : -1UL;
  if (pinning() != before) shared_.on_pinning(*this);
}

void Connection::wants_credit() {
  needs_credit_ = true;
  shared_.on_credit_wanted(*this);
}

}  // namespace hark::gateway
