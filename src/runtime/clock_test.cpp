#include "runtime/clock.h"

#include <gtest/gtest.h>

namespace hark::runtime {
namespace {

TEST(Clock, OnlyGoesForward) {
  Instant last = now();
  const Duration cpu_before = thread_cpu_time();
  for (int i = 0; i < 10'000; ++i) {
    const Instant next = now();
    ASSERT_GE(next, last);
    last = next;
  }
  EXPECT_GT(thread_cpu_time(), cpu_before) << "ten thousand reads cost this thread something";
}

TEST(Clock, CountsMillisecondsSince1970) {
  constexpr std::uint64_t year_2020 = 1'577'836'800'000, year_2200 = 7'258'118'400'000;
  EXPECT_GT(epoch_milliseconds(), year_2020);
  EXPECT_LT(epoch_milliseconds(), year_2200);
}

}  // namespace
}  // namespace hark::runtime
