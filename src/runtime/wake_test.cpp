#include "runtime/wake.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/spsc_ring.h"

namespace hark::runtime {
namespace {

struct WakeTest : testing::Test {
  Poller poller = Poller::open().value();
  std::unique_ptr<Wake> wake = Wake::open().value();
  void SetUp() override {
    ASSERT_TRUE(poller.add(wake->fd(), *wake));
    poller.wait(0ms);
  }
};

TEST_F(WakeTest, WritesNothingWhileTheConsumerIsAwake) {
  wake->notify();
  EXPECT_EQ(poller.wait(0ms), 0u);
}

TEST_F(WakeTest, WakesOnceForManyNotifications) {
  for (int round = 0; round < 3; ++round) {
    wake->prepare_to_sleep();
    wake->notify();
    wake->notify();
    EXPECT_EQ(poller.wait(Duration::max()), 1u);
    wake->awake();
    EXPECT_EQ(poller.wait(0ms), 0u) << "told twice, or the counter was not taken as an edge";
  }
}

// Goal: no wake-up is ever lost. Method: the consumer sleeps with no time-out to save it, so a lost one
// hangs the test; small rings and many short sleeps make the critical window come often.
TEST_F(WakeTest, LosesNoWakeUpBetweenThreads) {
  constexpr std::uint64_t count = 40'000;
  constexpr std::size_t producer_count = 3;
  std::array<std::unique_ptr<SpscRing<std::uint64_t>>, producer_count> rings;
  for (auto& ring : rings) ring = std::make_unique<SpscRing<std::uint64_t>>(4);
  std::vector<std::thread> producers;
  for (auto& ring : rings) {
    producers.emplace_back([&ring = *ring, this] {
      for (std::uint64_t i = 0; i < count; ++i) {
        while (!ring.try_push(std::uint64_t{i})) std::this_thread::yield();
        wake->notify();
      }
    });
  }

  std::uint64_t taken = 0, sleeps = 0;
  const auto drain = [&] {
    std::uint64_t found = 0;
    for (auto& ring : rings) {
      for (; ring->front() != nullptr; ring->pop()) ++found;
    }
    return found;
  };
  while (taken < count * producer_count) {
    taken += drain();
    if (taken == count * producer_count) break;
    wake->prepare_to_sleep();
    const std::uint64_t late = drain();
    taken += late;
    if (late == 0) ++sleeps;
    poller.wait(late > 0 ? Duration{0} : Duration::max());
    wake->awake();
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(taken, count * producer_count);
  EXPECT_GT(sleeps, 0u) << "it never slept: nothing was tested";
}

}  // namespace
}  // namespace hark::runtime
