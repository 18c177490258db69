#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/fanout/wire.h"

namespace hark::bench {

/// Cuts a connection's bytes into HTTP/2 frames. DATA is passed on as it comes, since a client
/// reads messages before their frame has ended; every other frame is passed whole.
class FrameReader {
 public:
  /// Calls `sink.on_data(stream, part)` for each part of a DATA frame, `sink.on_data_end(head)` at
  /// its end, and `sink.on_frame(head, payload)` for any other frame. The bytes are borrowed.
  template <typename Sink>
  void feed(Bytes bytes, Sink& sink) {
    while (true) {
      if (head_size_ < frame_head_size) {
        const auto take = std::min(bytes.size(), frame_head_size - head_size_);
        std::copy_n(bytes.data(), take, head_bytes_.data() + head_size_);
        head_size_ += take;
        bytes = bytes.subspan(take);
        if (head_size_ < frame_head_size) return;
        head_ = decode_frame_head(head_bytes_.data());
        left_ = head_.length;
      }
      const auto part = bytes.first(std::min(bytes.size(), left_));
      bytes = bytes.subspan(part.size());
      left_ -= part.size();
      if (head_.type == frame::data) {
        if (!part.empty()) sink.on_data(head_.stream, part);
      } else {
        payload_.insert(payload_.end(), part.begin(), part.end());
      }
      if (left_ > 0) return;
      head_size_ = 0;
      if (head_.type == frame::data) {
        sink.on_data_end(head_);
      } else {
        sink.on_frame(head_, Bytes(payload_));
        payload_.clear();
      }
    }
  }

 private:
  std::array<std::uint8_t, frame_head_size> head_bytes_{};
  std::size_t head_size_ = 0;
  FrameHead head_;
  std::size_t left_ = 0;  ///< bytes of the frame's payload still to come
  std::vector<std::uint8_t> payload_;
};

}  // namespace hark::bench
