#include "runtime/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace hark::runtime {
namespace {

constexpr Instant start{Duration{123'456'789}};
constexpr std::size_t no_limit = 1'000'000'000;

struct Named : Timer {
  int name = 0;
};

std::vector<int> fired_by(TimerWheel& wheel, Instant now, std::size_t work_max = no_limit) {
  std::vector<int> names;
  wheel.advance(now, [&](Timer& timer) { names.push_back(static_cast<Named&>(timer).name); }, work_max);
  return names;
}

TEST(TimerWheel, FiresNeverEarlyAndWithinATick) {
  const struct {
    Duration deadline, last_quiet, first_firing;
  } cases[] = {
      {0ms, 9ms, 10ms},         {1ns, 9ms, 10ms},      {10ms, 9ms, 10ms},
      {10ms + 1ns, 19ms, 20ms}, {640ms, 639ms, 640ms}, {641ms, 649ms, 650ms},
      {1h, 1h - 1ns, 1h},       {-5ms, 9ms, 10ms},     {24h * 400, 24h * 400 - 1ns, 24h * 400},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.deadline.count());
    TimerWheel wheel(start);
    Named timer;
    wheel.arm(timer, start + c.deadline);
    EXPECT_TRUE(timer.armed());
    EXPECT_TRUE(fired_by(wheel, start + c.last_quiet).empty());
    EXPECT_EQ(fired_by(wheel, start + c.first_firing).size(), 1u);
    EXPECT_FALSE(timer.armed());
    EXPECT_EQ(wheel.next(), std::nullopt);
  }
}

TEST(TimerWheel, HoldsADeadlineThatNeverComes) {
  TimerWheel wheel(start);
  Named timer;
  wheel.arm(timer, Instant::max());
  ASSERT_NE(wheel.next(), std::nullopt);
  EXPECT_GT(*wheel.next(), start + 24h * 365);
  EXPECT_TRUE(fired_by(wheel, start + 24h * 365).empty());
  EXPECT_TRUE(timer.armed());
}

TEST(TimerWheel, LetsACallbackCancelDestroyAndRearm) {
  TimerWheel wheel(start);
  auto doomed = std::make_unique<Named>();
  Named cancelled, periodic;
  wheel.arm(periodic, start + 10ms);
  wheel.arm(*doomed, start + 20ms);
  wheel.arm(cancelled, start + 20ms);
  int periods = 0;
  const auto fire = [&](Timer& timer) {
    ASSERT_EQ(&timer, &periodic) << "the others left within the first callback";
    ++periods;
    doomed.reset();
    wheel.cancel(cancelled);
    wheel.arm(periodic, start);
  };
  wheel.advance(start + 20ms, fire);
  EXPECT_EQ(periods, 1) << "re-armed for the past, it waits for the next call";
  EXPECT_TRUE(periodic.armed());
  wheel.advance(start + 29ms, fire);
  EXPECT_EQ(periods, 1);
  wheel.advance(start + 30ms, fire);
  EXPECT_EQ(periods, 2);
}

TEST(TimerWheel, StopsAtItsWorkLimitAndGoesOn) {
  TimerWheel wheel(start);
  std::vector<Named> timers(1000);
  for (Named& timer : timers) wheel.arm(timer, start + 1s);
  std::size_t fired = 0, calls = 0;
  for (; fired < timers.size(); ++calls) {
    ASSERT_LT(calls, 1000u);
    EXPECT_LE(wheel.next().value(), start + 1s);
    const std::size_t now_fired = fired_by(wheel, start + 1s, 10).size();
    EXPECT_LE(now_fired, 10u);
    fired += now_fired;
  }
  EXPECT_EQ(calls, 200u) << "each timer moves down once and fires once";
}

// Goal: random arming, cancelling and advancing fires exactly what a sorted map would fire, in the
// order of ticks, whatever the work limit; and next() never oversleeps.
TEST(TimerWheel, AgreesWithASortedMap) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    TimerWheel wheel(start);
    std::vector<Named> timers(40);
    for (std::size_t i = 0; i < timers.size(); ++i) timers[i].name = static_cast<int>(i);
    std::multimap<std::int64_t, int> model;  // due tick -> name
    const auto forget = [&](int name) {
      std::erase_if(model, [&](const auto& entry) { return entry.second == name; });
    };
    std::int64_t now_tick = 0;
    for (int step = 0; step < 400; ++step) {
      Named& timer = timers[random() % timers.size()];
      const auto spread = std::int64_t{1} << (random() % 26);
      const auto offset = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(spread));
      switch (random() % 4) {
        case 0:
        case 1: {
          const Instant deadline = start + (now_tick + offset) * 10ms - 3ms;
          wheel.arm(timer, deadline);
          forget(timer.name);
          model.emplace(std::max(now_tick + offset, now_tick + 1), timer.name);
          break;
        }
        case 2:
          wheel.cancel(timer);
          forget(timer.name);
          break;
        case 3: {
          now_tick += offset;
          const Instant now = start + now_tick * 10ms + 7ms;
          const std::size_t work_max = random() % 2 == 0 ? no_limit : 1 + random() % 3;
          std::vector<int> fired;
          do {
            for (const int name : fired_by(wheel, now, work_max)) fired.push_back(name);
          } while (wheel.next() && *wheel.next() <= now);
          std::int64_t last = 0;
          for (const int name : fired) {
            const auto entry =
                std::find_if(model.begin(), model.end(), [&](const auto& e) { return e.second == name; });
            ASSERT_NE(entry, model.end()) << name << " was not armed";
            ASSERT_LE(entry->first, now_tick) << name << " fired early";
            ASSERT_GE(entry->first, last) << name << " fired out of order";
            last = entry->first;
            model.erase(entry);
          }
          ASSERT_TRUE(model.empty() || model.begin()->first > now_tick) << "one did not fire";
          break;
        }
      }
      ASSERT_EQ(wheel.next().has_value(), !model.empty());
      if (!model.empty()) { ASSERT_LE(*wheel.next(), start + model.begin()->first * 10ms); }
    }
  }
}

}  // namespace
}  // namespace hark::runtime
