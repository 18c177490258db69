#include "protocol/http2/frame_scanner.h"

#include <algorithm>

namespace hark::protocol::http2 {

namespace {

FrameHead decode(std::span<const std::byte, FrameHead::size> bytes) {
  const auto at = [&](std::size_t index) { return std::to_integer<std::uint32_t>(bytes[index]); };
  const std::uint32_t stream = (at(5) & 0x7f) << 24 | at(6) << 16 | at(7) << 8 | at(8);
  return {.length = at(0) << 16 | at(1) << 8 | at(2),
          .type = static_cast<FrameType>(bytes[3]),
          .flags = std::to_integer<std::uint8_t>(bytes[4]),
          .stream = static_cast<std::int32_t>(stream)};
}

}  // namespace

FrameScanner::Outcome FrameScanner::scan(ByteSpan bytes, FloodGuard& guard, Instant now) {
  std::size_t at = 0;
  while (true) {
    const std::size_t skipped = std::min(payload_left_, bytes.size() - at);
    payload_left_ -= skipped;
    at += skipped;
    if (at == bytes.size()) return {at, nullptr};

    const std::size_t head_began = at;
    const std::size_t taken = std::min(FrameHead::size - head_bytes_, bytes.size() - at);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), taken,
                head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
    head_bytes_ += taken;
    at += taken;
    if (head_bytes_ < FrameHead::size) return {at, nullptr};

    head_bytes_ = 0;
    const FrameHead head = decode(head_);
    if (const char* refused = guard.refuse_frame(head, now)) return {head_began, refused};
    type_ = head.type;
    payload_left_ = head.length;
  }
}

}  // namespace hark::protocol::http2
