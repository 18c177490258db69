#include "gateway/heartbeats.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace hark::gateway {
namespace {

struct Stream final : Beating {
  int connection = 0;
  std::size_t beats = 0;
  std::function<void()> on_beat;
  void beat() override {
    ++beats;
    if (on_beat) on_beat();
  }
};

/// Streams of connections as sessions keep them: one of their beating streams is remembered as a sibling.
struct Crowd {
  explicit Crowd(const Limits& with = {}) : limits(with) {}

  Stream& add(int connection) {
    auto& stream = *streams.emplace_back(std::make_unique<Stream>());
    stream.connection = connection;
    Beating*& sibling = siblings[connection];
    heartbeats.add(stream, &siblings[connection], sibling);
    sibling = &stream;
    return stream;
  }
  void remove(Stream& stream) {
    Beating* const left = heartbeats.remove(stream);
    Beating*& sibling = siblings[stream.connection];
    if (sibling == &stream) sibling = left;
    stream.connection = -1;
  }
  std::size_t live(int connection) const {
    std::size_t count = 0;
    for (const auto& stream : streams) count += stream->connection == connection;
    return count;
  }
  /// Ticks whenever one is due until `end`.
  void run_until(Instant end) {
    while (heartbeats.next() && *heartbeats.next() <= end) {
      now = std::max(now + 10ms, *heartbeats.next());
      heartbeats.tick(now);
    }
    now = end;
  }

  Limits limits;
  Instant now{100s};
  std::map<int, Beating*> siblings;
  std::vector<std::unique_ptr<Stream>> streams;
  Heartbeats heartbeats{limits, now};
};

TEST(Heartbeats, NothingIsDueWhenNothingBeats) {
  Crowd crowd;
  EXPECT_FALSE(crowd.heartbeats.next());
  crowd.heartbeats.tick(crowd.now + 1h);
  Stream& stream = crowd.add(1);
  crowd.remove(stream);
  EXPECT_FALSE(crowd.heartbeats.next());
}

// The official suites count five heartbeats in five seconds.
TEST(Heartbeats, OneStreamBeatsEachSecond) {
  Crowd crowd;
  Stream& stream = crowd.add(1);
  for (std::size_t second = 1; second <= 20; ++second) {
    crowd.run_until(Instant(100s) + second * 1s + 20ms);
    EXPECT_GE(stream.beats + 1, second);
    EXPECT_LE(stream.beats, second + 1);
  }
}

TEST(Heartbeats, EveryStreamBeatsOnceARoundHoweverManyThereAre) {
  Crowd crowd;
  for (int connection = 0; connection < 50; ++connection)
    for (int i = 0; i <= connection % 4; ++i) crowd.add(connection);
  crowd.run_until(crowd.now + 10s + 100ms);
  for (const auto& stream : crowd.streams) {
    EXPECT_GE(stream->beats, 9u);
    EXPECT_LE(stream->beats, 11u);
  }
}

// Goal: beats are spread, so that no turn of the core carries a whole round.
TEST(Heartbeats, AreSpreadOverTheRound) {
  Crowd crowd;
  for (int connection = 0; connection < 100; ++connection) crowd.add(connection);
  crowd.run_until(crowd.now + 5s);
  std::vector<std::size_t> before;
  for (const auto& stream : crowd.streams) before.push_back(stream->beats);
  crowd.now += 100ms;
  crowd.heartbeats.tick(crowd.now);
  std::size_t given = 0;
  for (std::size_t i = 0; i < before.size(); ++i) given += crowd.streams[i]->beats - before[i];
  EXPECT_GE(given, 8u);
  EXPECT_LE(given, 12u);
}

TEST(Heartbeats, SiblingsBeatInOneGo) {
  Crowd crowd;
  std::vector<int> order;
  for (int round = 0; round < 3; ++round)
    for (int connection = 0; connection < 5; ++connection) {
      Stream& stream = crowd.add(connection);
      stream.on_beat = [&order, connection] { order.push_back(connection); };
    }
  crowd.run_until(crowd.now + 3s);
  ASSERT_GE(order.size(), 30u);
  for (std::size_t i = 0; i + 3 <= order.size(); i += 3) {
    EXPECT_EQ(order[i], order[i + 1]) << "at " << i;
    EXPECT_EQ(order[i], order[i + 2]) << "at " << i;
  }
}

TEST(Heartbeats, StretchTheRoundByWhatItCosts) {
  Crowd crowd;
  EXPECT_EQ(crowd.heartbeats.interval(), 1s);
  for (int connection = 0; connection < 1400; ++connection) crowd.add(connection);
  EXPECT_EQ(crowd.heartbeats.interval(), 1s) << "9.8 ms a round are one hundredth of a second";
  for (int i = 0; i < 1400; ++i) crowd.add(10'000 + i);
  EXPECT_EQ(crowd.heartbeats.interval(), 1960ms);
  for (int i = 0; i < 100'000; ++i) crowd.add(7);
  EXPECT_EQ(crowd.heartbeats.interval(), 100 * (102'800us + 6 * 2800us));
  for (int i = 0; i < 100'000; ++i) crowd.add(7);
  EXPECT_EQ(crowd.heartbeats.interval(), 15s) << "never longer";
}

TEST(Heartbeats, AStallOwesNoMoreThanOneRound) {
  Crowd crowd;
  for (int connection = 0; connection < 10; ++connection) crowd.add(connection);
  crowd.heartbeats.tick(crowd.now + 1h);
  for (const auto& stream : crowd.streams) EXPECT_EQ(stream->beats, 1u);
}

// Regression: streams of a connection fell apart when another joined while they were in the middle of their
// beats; then the last but one was taken for the last, and its session for one without subscriptions.
TEST(Heartbeats, AConnectionStaysTogetherWhoeverJoinsWithinItsBeats) {
  Crowd crowd;
  for (int i = 0; i < 3000; ++i) crowd.add(1);
  crowd.add(3);
  crowd.now += 1s;
  crowd.heartbeats.tick(crowd.now);  // more are due than one tick gives
  crowd.add(2);
  for (auto at = crowd.streams.rbegin(); at != crowd.streams.rend(); ++at) {
    if ((*at)->connection != 1) continue;
    crowd.remove(**at);
    ASSERT_EQ(crowd.siblings[1] != nullptr, crowd.live(1) > 0) << crowd.live(1) << " beat";
  }
  for (const auto& stream : crowd.streams)
    if (stream->connection > 0) crowd.remove(*stream);
  EXPECT_FALSE(crowd.heartbeats.next());
  EXPECT_EQ(crowd.heartbeats.interval(), 1s);
}

TEST(Heartbeats, MayLoseStreamsWhileTheyBeat) {
  Crowd crowd;
  Stream& first = crowd.add(1);
  Stream& second = crowd.add(1);
  Stream& other = crowd.add(2);
  for (Stream* stream : {&first, &second})
    stream->on_beat = [&] {
      if (first.connection == 1) crowd.remove(first);
      if (second.connection == 1) crowd.remove(second);
    };
  crowd.run_until(crowd.now + 2s + 50ms);
  EXPECT_EQ(first.beats + second.beats, 1u);
  EXPECT_GE(other.beats, 1u);
  other.on_beat = [&] { crowd.remove(other); };
  crowd.run_until(crowd.now + 3s);
  EXPECT_FALSE(crowd.heartbeats.next());
}

// Random joins, leaves and ticks: nobody is forgotten, nobody beats too often, siblings are known.
TEST(Heartbeats, KeepEveryStreamThroughRandomChange) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::uint64_t random = seed;
    const auto draw = [&](std::uint64_t below) {
      random = random * 6364136223846793005 + 1442695040888963407;
      return (random >> 33) % below;
    };
    Crowd crowd;
    for (int step = 0; step < 3000; ++step) {
      const int connection = static_cast<int>(draw(6));
      switch (draw(3)) {
        case 0: crowd.add(connection); break;
        case 1: {
          if (crowd.streams.empty()) break;
          Stream& stream = *crowd.streams[draw(crowd.streams.size())];
          if (stream.connection < 0) break;
          const int of = stream.connection;
          crowd.remove(stream);
          ASSERT_EQ(crowd.siblings[of] != nullptr, crowd.live(of) > 0);
          break;
        }
        case 2:
          crowd.now += draw(400) * 1ms;
          crowd.heartbeats.tick(crowd.now);
          break;
      }
    }
    for (const auto& stream : crowd.streams) stream->beats = 0;
    crowd.run_until(crowd.now + 5s);
    for (const auto& stream : crowd.streams) {
      if (stream->connection < 0) {
        EXPECT_EQ(stream->beats, 0u);
      } else {
        EXPECT_GE(stream->beats, 3u);
        EXPECT_LE(stream->beats, 7u);
      }
    }
  }
}

}  // namespace
}  // namespace hark::gateway
