#include "protocol/http2/flood_guard.h"

namespace hark::protocol::http2 {

namespace {

// A peer may save up budget while it is quiet, but not without end.
constexpr double window_updates_max = 100'000;

}  // namespace

FloodGuard::FloodGuard(const SessionLimits& limits, Instant now)
    : limits_(limits),
      early_resets_(limits.early_resets_burst, limits.early_resets_a_second, now),
      late_resets_(limits.late_resets_burst, limits.late_resets_a_second, now),
      control_frames_(limits.control_frames_burst, limits.control_frames_a_second, now) {}

const char* FloodGuard::refuse_frame(const FrameHead& head, Instant now) {
  switch (head.type) {
    case FrameType::data: return refuse_data(head);
    case FrameType::headers:
    case FrameType::continuation: return refuse_header_frame(head);
    case FrameType::window_update: return refuse_window_update();
    case FrameType::rst_stream: return nullptr;  // by what it ends: allow_early_reset, allow_late_reset
    case FrameType::ping: return allow_ping(now) ? nullptr : "too many PING frames";
    case FrameType::priority:
    case FrameType::settings:
    case FrameType::push_promise:
    case FrameType::goaway: break;
  }
  return control_frames_.take(now) ? nullptr : "too many control frames";
}

const char* FloodGuard::refuse_data(const FrameHead& head) {
  if (head.length > 0 || head.has(flag_end_stream)) {
    // A frame of padding alone is found only once it is read; it must not end the row here.
    constexpr std::uint32_t longest_of_padding = 256;
    const bool perhaps_padding = head.has(flag_padded) && head.length <= longest_of_padding;
    if (!perhaps_padding || head.has(flag_end_stream)) empty_data_in_a_row_ = 0;
    return nullptr;
  }
  return allow_empty_data() ? nullptr : "too many empty DATA frames";
}

const char* FloodGuard::refuse_header_frame(const FrameHead& head) {
  if (head.type == FrameType::headers) {
    block_frames_ = block_bytes_ = 0;
    ++blocks_begun_;
    if (head.stream > last_stream_) {
      last_stream_ = head.stream;
      window_updates_ = std::min(window_updates_max, window_updates_ + window_updates_a_stream);
    }
  }
  block_continues_ = !head.has(flag_end_headers);
  // Empty frames count, and so do the bytes that are not decoded yet (CVE-2024-28182).
  if (++block_frames_ > limits_.header_frames_max) return "too many CONTINUATION frames";
  block_bytes_ += head.length;
  if (block_bytes_ > limits_.header_list_bytes_max) return "a header block is too large";
  return nullptr;
}

const char* FloodGuard::refuse_window_update() {
  if (window_updates_ < 1) return "too many WINDOW_UPDATE frames";
  window_updates_ -= 1;
  return nullptr;
}

bool FloodGuard::allow_ping(Instant now) {
  // gRPC peers measure their bandwidth by a PING after DATA, one at a time: on a short path that
  // is thousands a second. Servers of gRPC forgive a ping after each DATA frame, and so do we.
  if (paid_pings_ >= 1) {
    paid_pings_ -= 1;
    return true;
  }
  return control_frames_.take(now);
}

void FloodGuard::on_data_sent() {
  window_updates_ = std::min(window_updates_max, window_updates_ + window_updates_a_frame);
  paid_pings_ = std::min(paid_pings_max, paid_pings_ + 1);
}

}  // namespace hark::protocol::http2
