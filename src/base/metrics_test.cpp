#include "base/metrics.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <thread>

namespace hark {
namespace {

TEST(Metrics, CountsAndMeasures) {
  Counter counter;
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.value(), 42u);
  Gauge gauge;
  gauge.set(10);
  gauge.add(5);
  gauge.subtract();
  EXPECT_EQ(gauge.value(), 14u);
}

TEST(Metrics, AreReadWhileTheyAreWritten) {
  Counter counter;
  std::thread writer([&] {
    for (int i = 0; i < 100'000; ++i) counter.add();
  });
  std::uint64_t last = 0;
  while (last < 100'000) {
    const std::uint64_t seen = counter.value();
    ASSERT_GE(seen, last);
    last = seen;
    std::this_thread::yield();
  }
  writer.join();
}

std::string example() {
  MetricsText text;
  text.family("hark_publishes_total", MetricsText::Type::counter, "Publishes accepted.");
  text.sample({{"core", "0"}}, std::uint64_t{17});
  text.sample({{"core", "1"}, {"namespace", "a\"b\\c\nd"}}, std::numeric_limits<std::uint64_t>::max());
  text.family("hark_resident_memory_bytes", MetricsText::Type::gauge, "Memory \\ in\nuse.");
  text.sample(std::uint64_t{4096});
  text.family("hark_loop_busy_ratio", MetricsText::Type::gauge, "Busy share of the loop.");
  text.sample({{"core", "0"}}, 0.25);
  text.sample({{"core", "1"}}, std::numeric_limits<double>::infinity());
  text.sample({{"core", "2"}}, -std::numeric_limits<double>::infinity());
  text.sample({{"core", "3"}}, std::numeric_limits<double>::quiet_NaN());
  return text.take();
}

TEST(MetricsText, WritesTheExpositionFormat) {
  EXPECT_EQ(example(),
            "# HELP hark_publishes_total Publishes accepted.\n"
            "# TYPE hark_publishes_total counter\n"
            "hark_publishes_total{core=\"0\"} 17\n"
            "hark_publishes_total{core=\"1\",namespace=\"a\\\"b\\\\c\\nd\"} 18446744073709551615\n"
            "# HELP hark_resident_memory_bytes Memory \\\\ in\\nuse.\n"
            "# TYPE hark_resident_memory_bytes gauge\n"
            "hark_resident_memory_bytes 4096\n"
            "# HELP hark_loop_busy_ratio Busy share of the loop.\n"
            "# TYPE hark_loop_busy_ratio gauge\n"
            "hark_loop_busy_ratio{core=\"0\"} 0.25\n"
            "hark_loop_busy_ratio{core=\"1\"} +Inf\n"
            "hark_loop_busy_ratio{core=\"2\"} -Inf\n"
            "hark_loop_busy_ratio{core=\"3\"} NaN\n");
}

/// Exit status of `promtool check metrics` over `text`; it prints its complaints.
int promtool(const std::string& text) {
  FILE* pipe = ::popen("promtool check metrics >&2", "w");
  if (pipe == nullptr) return -1;
  std::fwrite(text.data(), 1, text.size(), pipe);
  return ::pclose(pipe);
}

TEST(MetricsText, PleasesPromtool) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not installed (Debian package prometheus): NOT CHECKED";
  EXPECT_EQ(promtool(example()), 0);
  EXPECT_NE(promtool("hark_x{ 1\n"), 0) << "promtool accepts anything?";
}

TEST(MetricsTextDeathTest, RefusesNamesThatBreakTheFormat) {
  using Type = MetricsText::Type;
  EXPECT_DEATH(MetricsText().family("hark_publishes", Type::counter, ""), "_total");
  EXPECT_DEATH(MetricsText().family("hark_connections_total", Type::gauge, ""), "_total");
  EXPECT_DEATH(MetricsText().family("hark-x", Type::gauge, ""), "is_name");
  EXPECT_DEATH(MetricsText().family("", Type::gauge, ""), "is_name");
  EXPECT_DEATH(MetricsText().sample(std::uint64_t{1}), "families_");
  MetricsText text;
  text.family("hark_a", Type::gauge, "");
  text.family("hark_b", Type::gauge, "");
  EXPECT_DEATH(text.family("hark_a", Type::gauge, ""), "hark_a");
  EXPECT_DEATH(text.sample({{"0core", ""}}, std::uint64_t{1}), "is_name");
}

}  // namespace
}  // namespace hark
