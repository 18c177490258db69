#include "protocol/http2/flood_guard.h"

#include <gtest/gtest.h>

namespace hark::protocol::http2 {
namespace {

constexpr Instant start{100s};

TEST(TokenBucket, GivesItsBurstAndThenItsRate) {
  TokenBucket bucket(3, 10, start);
  const struct {
    Duration at;
    int tokens;
  } cases[] = {{0ms, 3}, {99ms, 0}, {100ms, 1}, {100ms, 0}, {350ms, 2}, {50ms, 0}, {1h, 3}};
  for (const auto& c : cases) {
    for (int i = 0; i < c.tokens; ++i) EXPECT_TRUE(bucket.take(start + c.at)) << c.at.count();
    EXPECT_FALSE(bucket.take(start + c.at)) << c.at.count();
  }
}

class FloodGuardTest : public ::testing::Test {
 protected:
  const char* see(FrameType type, std::uint32_t length, std::uint8_t flags = 0, std::int32_t stream = 1) {
    return guard.refuse_frame({length, type, flags, stream}, start);
  }
  int taken(FrameType type, std::uint32_t length) {
    for (int i = 0; i < 100'000; ++i) {
      if (see(type, length)) return i;
    }
    return -1;
  }
  SessionLimits limits;
  FloodGuard guard{limits, start};
};

TEST_F(FloodGuardTest, CountsControlFramesTogether) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_FALSE(see(FrameType::ping, 8));
    EXPECT_FALSE(see(FrameType::settings, 0));
    EXPECT_FALSE(see(FrameType::priority, 5));
    EXPECT_FALSE(see(static_cast<FrameType>(99), 0));
  }
  EXPECT_TRUE(see(FrameType::ping, 8));
  EXPECT_FALSE(see(FrameType::data, 10));
  EXPECT_FALSE(see(FrameType::rst_stream, 4));
}

TEST_F(FloodGuardTest, LetsDataPayForPings) {
  EXPECT_EQ(taken(FrameType::ping, 8), 200);
  guard.on_data_sent();
  EXPECT_EQ(taken(FrameType::ping, 8), 1);
  for (int i = 0; i < 1000; ++i) guard.on_data_sent();
  EXPECT_EQ(taken(FrameType::settings, 0), 0);
  EXPECT_EQ(taken(FrameType::ping, 8), 200);
}

TEST_F(FloodGuardTest, LetsDataAndStreamsPayForWindowUpdates) {
  EXPECT_EQ(taken(FrameType::window_update, 4), 200);
  guard.on_data_sent();
  EXPECT_EQ(taken(FrameType::window_update, 4), 10);
  EXPECT_FALSE(see(FrameType::headers, 10, flag_end_headers, 3));
  EXPECT_FALSE(see(FrameType::headers, 10, flag_end_headers, 3));  // trailers pay nothing
  EXPECT_EQ(taken(FrameType::window_update, 4), 10);
  for (int i = 0; i < 100'000; ++i) guard.on_data_sent();
  EXPECT_EQ(taken(FrameType::window_update, 4), -1);  // 100,000 saved, and not more
  EXPECT_EQ(taken(FrameType::window_update, 4), 0);
}

TEST_F(FloodGuardTest, BoundsAHeaderBlockByFramesAndBytes) {
  EXPECT_FALSE(see(FrameType::headers, 16 << 10));
  EXPECT_TRUE(guard.block_continues());
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(see(FrameType::continuation, 0));
  EXPECT_TRUE(see(FrameType::continuation, 0));

  EXPECT_FALSE(see(FrameType::headers, 16 << 10));
  EXPECT_TRUE(see(FrameType::continuation, 1, flag_end_headers));
  EXPECT_FALSE(guard.block_continues());
  EXPECT_EQ(guard.blocks_begun(), 2u);
}

TEST_F(FloodGuardTest, BoundsEmptyDataInARow) {
  EXPECT_FALSE(see(FrameType::data, 0));
  EXPECT_FALSE(see(FrameType::data, 1));
  EXPECT_FALSE(see(FrameType::data, 0));
  EXPECT_FALSE(see(FrameType::data, 0, flag_end_stream));
  EXPECT_FALSE(see(FrameType::data, 0));
  EXPECT_FALSE(see(FrameType::data, 100, flag_padded));  // perhaps of padding alone
  EXPECT_TRUE(see(FrameType::data, 0));
  EXPECT_FALSE(see(FrameType::data, 257, flag_padded));
  EXPECT_TRUE(guard.allow_empty_data());
  EXPECT_FALSE(guard.allow_empty_data());
}

TEST_F(FloodGuardTest, CountsEarlyAndLateResetsApart) {
  const auto count = [](auto take) {
    int taken = 0;
    while (take()) ++taken;
    return taken;
  };
  EXPECT_EQ(count([&] { return guard.allow_early_reset(start); }), 200);
  EXPECT_EQ(count([&] { return guard.allow_late_reset(start); }), 5000);
  EXPECT_EQ(count([&] { return guard.allow_early_reset(start + 2s); }), 66);
  EXPECT_EQ(count([&] { return guard.allow_late_reset(start + 2s); }), 1000);
}

}  // namespace
}  // namespace hark::protocol::http2
