#include "runtime/resources.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <string>

namespace hark::runtime {
namespace {

TEST(Resources, RaisesTheSoftLimitToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lowered{before.rlim_max / 2, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  const auto raised = raise_descriptor_limit();
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  ASSERT_TRUE(raised);
  EXPECT_EQ(*raised, before.rlim_max);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
}

TEST(Resources, SeesMemoryThatIsTouched) {
  const std::size_t before = rss_bytes();
  EXPECT_GT(before, 1u << 20);
  std::string block(64 << 20, 'x');
  const std::size_t after = rss_bytes();
  EXPECT_EQ(block[block.size() / 2], 'x');
  EXPECT_GT(after, before + (60u << 20));
}

TEST(Resources, CountsOnlyTheCpusItMayUse) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(cpu_count(), static_cast<std::size_t>(CPU_COUNT(&before)));
  std::size_t first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(cpu_count(), 1u);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

}  // namespace
}  // namespace hark::runtime
