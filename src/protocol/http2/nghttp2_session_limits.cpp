// How a session meets floods and stalls: what is too much, what is too late, and the end.
#include <algorithm>

#include "protocol/http2/nghttp2_session.h"

namespace hark::protocol::http2 {

Result<void> Nghttp2Session::receive(ByteSpan bytes, Instant now) {
  if (failure_ || broken_) return outcome();
  now_ = now;
  const FrameScanner::Outcome scanned = scanner_.scan(bytes, guard_, now);
  feed(bytes.first(scanned.accepted));
  if (scanned.refused) cut_for_flood(scanned.refused);
  check_queue();
  watch_header_block(now);
  watch_answers(now);
  return outcome();
}

void Nghttp2Session::feed(ByteSpan bytes) {
  const ssize_t taken =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken >= 0 || failure_) return;
  switch (taken) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC: return cut_for_protocol("not an HTTP/2 connection preface");
    case NGHTTP2_ERR_FLOODED: return cut_for_flood("too many answers unread");
    default: return check_library(static_cast<int>(taken));
  }
}

Result<void> Nghttp2Session::outcome() const {
  if (failure_) return Failure{*failure_};
  return {};
}

void Nghttp2Session::check_queue() {
  // An open stream has at most a head, a window update, trailers and a reset of its own waiting.
  constexpr std::size_t frames_a_stream = 4;
  const std::size_t allowed = limits_.control_answers_max + frames_a_stream * streams_.size();
  if (queued_frames() > allowed) cut_for_flood("too many answers unread");
}

void Nghttp2Session::watch_header_block(Instant now) {
  if (!scanner_.in_header_frame() && !guard_.block_continues()) {
    block_by_.reset();
    block_.clear();  // a refused block leaves its fields here
    return;
  }
  if (block_by_ && block_number_ == guard_.blocks_begun()) return;
  block_number_ = guard_.blocks_begun();
  block_by_ = now + limits_.header_within;
}

void Nghttp2Session::watch_answers(Instant now) {
  if (queued_frames() == 0) {
    control_moved_.reset();
  } else if (!control_moved_) {
    control_moved_ = now;
  }
  see_new_answers(now);
}

void Nghttp2Session::see_new_answers(Instant now) {
  for (auto it = answers_.rbegin(); it != answers_.rend() && !it->answer_moved; ++it) {
    it->answer_moved = now;
  }
}

void Nghttp2Session::partly_written(Instant now) { partly_written_at_ = now; }

std::optional<Instant> Nghttp2Session::stall_deadline() const {
  const auto deadline_of = [&](const std::optional<Instant>& moved) {
    // Not seen by a call that knows the time: tick() is due at once, only to look at it.
    if (!moved) return now_;
    return std::max(*moved, partly_written_at_) + limits_.control_write_within;
  };
  std::optional<Instant> earliest;
  if (queued_frames() > 0) earliest = deadline_of(control_moved_);
  if (!answers_.empty()) {
    const Instant answer_due = deadline_of(answers_.front().answer_moved);
    earliest = earliest ? std::min(*earliest, answer_due) : answer_due;
  }
  return earliest;
}

std::optional<Instant> Nghttp2Session::deadline() const {
  if (failure_ || broken_) return std::nullopt;
  std::optional<Instant> earliest = stall_deadline();
  for (const std::optional<Instant>& other : {preface_by_, block_by_}) {
    if (other && (!earliest || *other < *earliest)) earliest = other;
  }
  return earliest;
}

Result<void> Nghttp2Session::tick(Instant now) {
  if (failure_ || broken_) return outcome();
  now_ = now;
  watch_answers(now);
  if (preface_by_ && *preface_by_ <= now) {
    cut_for_stall("no connection preface in time");
  } else if (block_by_ && *block_by_ <= now) {
    cut_for_stall("a header block was not complete in time");
  } else if (const auto stalled = stall_deadline(); stalled && *stalled <= now) {
    cut_for_stall("an answer was not taken in time");
  }
  return outcome();
}

void Nghttp2Session::fail_once(std::uint64_t& counter, ErrorCode code, std::string_view reason) {
  if (failure_) return;
  failure_ = Error{code, std::string(reason)};
  ++counter;
}

void Nghttp2Session::cut_for_flood(const char* reason) {
  fail_once(counters_.closed_for_flood, ErrorCode::rate_limit, reason);
  check_library(nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM));
}

void Nghttp2Session::cut_for_protocol(const char* reason) {
  fail_once(counters_.closed_for_protocol, ErrorCode::invalid_argument, reason);
  check_library(nghttp2_session_terminate_session(session_, NGHTTP2_PROTOCOL_ERROR));
}

void Nghttp2Session::cut_for_stall(const char* reason) {
  fail_once(counters_.closed_for_stall, ErrorCode::deadline_exceeded, reason);
  check_library(nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR));
}

}  // namespace hark::protocol::http2
