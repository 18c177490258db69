#include "config/units.h"

#include <gtest/gtest.h>

namespace hark::config {
namespace {

TEST(Units, Bytes) {
  const std::pair<std::string_view, std::uint64_t> good[] = {
      {"0", 0},           {"1", 1},
      {"65536", 65536},   {"64KiB", 65536},
      {"64 KiB", 65536},  {"1MiB", 1 << 20},
      {"5MB", 5'000'000}, {"2GiB", 2ULL << 30},
      {"10B", 10},        {"99999999999TiB", INT64_MAX}};
  for (const auto& [text, bytes] : good) {
    ASSERT_TRUE(read_bytes(text)) << text;
    EXPECT_EQ(*read_bytes(text), bytes) << text;
  }
  for (const std::string_view bad :
       {"", "MiB", "-1", "1.5MiB", "1mib", "1 M", "1MiB ", "1Mi", "99999999999999999999"})
    EXPECT_FALSE(read_bytes(bad)) << bad;
}

TEST(Units, Durations) {
  const std::pair<std::string_view, Duration> good[] = {{"0", 0s},    {"0s", 0s},    {"250ms", 250ms},
                                                        {"10s", 10s}, {"10 s", 10s}, {"5min", 5min},
                                                        {"1h", 1h},   {"1d", 24h},   {"100us", 100us}};
  for (const auto& [text, time] : good) {
    ASSERT_TRUE(read_duration(text)) << text;
    EXPECT_EQ(*read_duration(text), time) << text;
  }
  for (const std::string_view bad : {"", "10", "s", "-1s", "1.5s", "1m", "1 sec", "1s "})
    EXPECT_FALSE(read_duration(bad)) << bad;
}

TEST(Units, WhatIsShownReadsBack) {
  for (const std::uint64_t bytes : {0ULL, 1ULL, 1000ULL, 1024ULL, 1ULL << 20, 5'000'000ULL, 3ULL << 30})
    EXPECT_EQ(*read_bytes(show_bytes(bytes)), bytes);
  EXPECT_EQ(show_bytes(1 << 20), "1MiB");
  EXPECT_EQ(show_bytes(1000), "1000");
  for (const Duration time :
       {Duration(0s), Duration(100us), Duration(1500ms), Duration(10min), Duration(24h)})
    EXPECT_EQ(*read_duration(show_duration(time)), time);
  EXPECT_EQ(show_duration(10min), "10min");
  EXPECT_EQ(show_duration(1500ms), "1500ms");
}

}  // namespace
}  // namespace hark::config
