#pragma once

#include "protocol/http2/frame_head.h"
#include "protocol/http2/server_session.h"
#include "protocol/http2/token_bucket.h"

namespace hark::protocol::http2 {

/// Counts what a peer does that costs us more than it costs the peer, and says when it is too much.
///
/// Pure. Every `allow_` takes one from a budget; false means: cut the connection. The library under
/// us (nghttp2 1.52) has none of these limits, or counts honest cancels as an attack.
/// Core: the session's. Owner: the session. Limits: SessionLimits, borrowed for life.
class FloodGuard {
 public:
  /// Of WINDOW_UPDATE: honest peers send one or two for each DATA frame that they get.
  static constexpr double window_updates_burst = 200;
  static constexpr double window_updates_a_frame = 10;
  static constexpr double window_updates_a_stream = 10;
  /// PINGs that DATA frames have paid for, at most.
  static constexpr double paid_pings_max = 200;

  FloodGuard(const SessionLimits& limits, Instant now);

  /// Before a frame's payload is read. Null, or the rule that the frame breaks.
  const char* refuse_frame(const FrameHead& head, Instant now);
  /// A DATA frame of padding alone: as empty as one without payload.
  bool allow_empty_data() { return ++empty_data_in_a_row_ <= limits_.empty_data_in_a_row_max; }
  /// A stream ended by RST_STREAM before our response's head was sent, or by one of ours that the
  /// peer provoked (CVE-2023-44487, CVE-2025-8671).
  bool allow_early_reset(Instant now) { return early_resets_.take(now); }
  /// RST_STREAM from the peer after our response's head: an ordinary cancel.
  bool allow_late_reset(Instant now) { return late_resets_.take(now); }

  /// We sent a DATA frame: the peer may answer it by window updates and by one bandwidth PING.
  void on_data_sent();

  /// Whether a header block has begun whose last frame was not announced yet.
  bool block_continues() const { return block_continues_; }
  std::uint64_t blocks_begun() const { return blocks_begun_; }

 private:
  const char* refuse_data(const FrameHead& head);
  const char* refuse_header_frame(const FrameHead& head);
  const char* refuse_window_update();
  bool allow_ping(Instant now);

  const SessionLimits& limits_;
  TokenBucket early_resets_, late_resets_, control_frames_;
  double window_updates_ = window_updates_burst;
  double paid_pings_ = 0;
  std::size_t empty_data_in_a_row_ = 0;
  std::size_t block_frames_ = 0, block_bytes_ = 0;
  std::uint64_t blocks_begun_ = 0;
  std::int32_t last_stream_ = 0;
  bool block_continues_ = false;
};

}  // namespace hark::protocol::http2
