#include "protocol/http2/frame_scanner.h"

#include <gtest/gtest.h>

#include "protocol/http2/testing/raw_frames.h"

namespace hark::protocol::http2 {
namespace {

using namespace testing;

constexpr Instant now{100s};

// Goal: wherever the bytes are cut, the same frames are seen and the same frame is refused.
// Method: a conversation with one WINDOW_UPDATE too many, in cuts of each size; the guard's counters tell.
TEST(FrameScanner, SeesTheSameFramesInEveryCut) {
  const std::string good = hello() + request(1) + data(1, std::string(300, 'x')) +
                           headers(3, request_fields(), 0) +
                           frame(FrameType::continuation, flag_end_headers, 3, "") + ping();
  std::string updates;
  for (int i = 0; i < 220; ++i) updates += window_update(0, 1);
  const std::string bytes = good + updates + window_update(0, 1) + ping();
  const std::size_t expected = good.size() + updates.size();
  for (std::size_t cut = 1; cut <= bytes.size(); cut = cut < 40 ? cut + 1 : cut * 2) {
    SessionLimits limits;
    FloodGuard guard(limits, now);
    FrameScanner scanner;
    std::size_t accepted = 0;
    const char* refused = nullptr;
    for (std::size_t at = 0; at < bytes.size() && !refused; at += cut) {
      const auto piece = as_byte_span(std::string_view(bytes).substr(at, cut));
      const auto outcome = scanner.scan(piece, guard, now);
      EXPECT_TRUE(outcome.refused || outcome.accepted == piece.size());
      accepted += outcome.accepted;
      refused = outcome.refused;
    }
    EXPECT_TRUE(refused) << cut;
    EXPECT_EQ(guard.blocks_begun(), 2u) << cut;
    // A head that is cut was fed in part before it could be judged.
    EXPECT_GE(accepted, expected) << cut;
    EXPECT_LT(accepted, expected + FrameHead::size) << cut;
  }
}

TEST(FrameScanner, KnowsWhenItIsInsideHeaderFields) {
  SessionLimits limits;
  FloodGuard guard(limits, now);
  FrameScanner scanner;
  const auto scan = [&](std::string_view bytes) {
    EXPECT_FALSE(scanner.scan(as_byte_span(bytes), guard, now).refused);
    return scanner.in_header_frame();
  };
  EXPECT_FALSE(scan(preface.substr(0, 10)));
  EXPECT_FALSE(scan(preface.substr(10)));
  EXPECT_FALSE(scan(settings()));
  const std::string bytes = headers(1, request_fields(), 0);
  EXPECT_FALSE(scan(bytes.substr(0, 8)));
  EXPECT_TRUE(scan(bytes.substr(8, 1)));
  EXPECT_TRUE(scan(bytes.substr(9, 5)));
  EXPECT_FALSE(scan(bytes.substr(14)));
  EXPECT_TRUE(guard.block_continues());
  EXPECT_TRUE(scan(frame_announcing(5, FrameType::continuation, flag_end_headers, 1, "a")));
  EXPECT_FALSE(scan("bcde"));
  EXPECT_FALSE(guard.block_continues());
  EXPECT_FALSE(scan(frame_announcing(5, FrameType::data, 0, 1, "a")));
}

}  // namespace
}  // namespace hark::protocol::http2
