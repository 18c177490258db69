#include "runtime/spsc_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <thread>

namespace hark::runtime {
namespace {

TEST(SpscRing, GivesValuesBackInOrderAndSaysWhenFull) {
  SpscRing<int> ring(4);
  EXPECT_EQ(ring.front(), nullptr);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.try_push(int{i}));
  EXPECT_FALSE(ring.try_push(4));
  EXPECT_EQ(ring.size(), 4u);
  EXPECT_EQ(ring.room(), 0u);
  for (int i = 0; i < 4; ++i) {
    ASSERT_NE(ring.front(), nullptr);
    EXPECT_EQ(*ring.front(), i);
    ring.pop();
  }
  EXPECT_EQ(ring.front(), nullptr);
  EXPECT_EQ(ring.room(), 0u) << "room() is as last seen";
  EXPECT_FALSE(ring.room_at_least(5));
  EXPECT_TRUE(ring.room_at_least(4)) << "room_at_least looks again";
}

TEST(SpscRing, LeavesARefusedValueWithItsProducer) {
  SpscRing<std::unique_ptr<int>> ring(1);
  EXPECT_TRUE(ring.try_push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(ring.try_push(std::move(second)));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(**ring.front(), 1);
  ring.pop();
  EXPECT_TRUE(ring.try_push(std::move(second)));
  EXPECT_EQ(second, nullptr);
  EXPECT_EQ(**ring.front(), 2);
}

TEST(SpscRing, DestroysPoppedValuesAtOnceAndTheRestWithItself) {
  const auto witness = std::make_shared<int>(0);
  {
    SpscRing<std::shared_ptr<int>> ring(8);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(ring.try_push(std::shared_ptr<int>(witness)));
    EXPECT_EQ(witness.use_count(), 6);
    ASSERT_NE(ring.front(), nullptr);
    ring.pop();
    EXPECT_EQ(witness.use_count(), 5);
  }
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(SpscRing, AgreesWithADequeOverRandomOperations) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    SpscRing<int> ring(8);
    std::deque<int> model;
    for (int i = 0; i < 2000; ++i) {
      if (random() % 2 == 0) {
        ASSERT_EQ(ring.try_push(int{i}), model.size() < 8);
        if (model.size() < 8) model.push_back(i);
      } else {
        int* front = ring.front();
        ASSERT_EQ(front == nullptr, model.empty());
        if (front == nullptr) continue;
        ASSERT_EQ(*front, model.front());
        ring.pop();
        model.pop_front();
      }
      ASSERT_EQ(ring.size(), model.size());
    }
  }
}

// Goal: across threads nothing is lost, repeated, reordered or half-written. Under TSan: no race.
TEST(SpscRing, CarriesEveryValueBetweenTwoThreads) {
  constexpr std::uint64_t count = 300'000;
  SpscRing<std::unique_ptr<std::uint64_t>> ring(64);
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < count; ++i) {
      auto value = std::make_unique<std::uint64_t>(i);
      while (!ring.try_push(std::move(value))) std::this_thread::yield();
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t expected = 0; expected < count;) {
    auto* front = ring.front();
    if (front == nullptr) {
      std::this_thread::yield();
      continue;
    }
    if (**front != expected++) ++wrong;
    ring.pop();
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(SpscRingDeathTest, RefusesACapacityThatIsNoPowerOfTwo) {
  EXPECT_DEATH(SpscRing<int>(12), "does not hold");
}

}  // namespace
}  // namespace hark::runtime
