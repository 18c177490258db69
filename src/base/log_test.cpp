#include "base/log.h"

#include <gtest/gtest.h>

namespace hark {
namespace {

std::string logged(auto&& write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesTimeLevelAndOneLine) {
  const std::string line = logged([] { log_warn("disk {} is {} % full", "a", 97); });
  EXPECT_TRUE(line.ends_with(" warning disk a is 97 % full\n")) << line;
  // 2026-01-31T12:34:56.789+00:00
  EXPECT_EQ(line.find(" warning"), 29u) << line;
  EXPECT_EQ(line[10], 'T');
}

TEST(Log, KeepsOneCallOneLine) {
  const std::string line = logged([] { log_error("a\nfake line\r\x1b[31m\x7f"); });
  EXPECT_TRUE(line.ends_with("error a\\x0afake line\\x0d\\x1b[31m\\x7f\n")) << line;
}

TEST(Log, DropsWhatIsBelowTheLevel) {
  set_log_level(LogLevel::error);
  EXPECT_EQ(logged([] {
              log_warn("quiet");
              log_info("quiet");
            }),
            "");
  EXPECT_NE(logged([] { log_error("loud"); }), "");
  set_log_level(LogLevel::off);
  EXPECT_EQ(logged([] { log_error("quiet"); }), "");
  set_log_level(LogLevel::info);
  EXPECT_EQ(logged([] { log_debug("quiet"); }), "");
}

TEST(Log, EscapesWhatOthersChose) {
  using namespace std::string_view_literals;
  const struct {
    std::string_view text, escaped;
  } cases[] = {
      {"plain text", "plain text"},
      {"", ""},
      {"caf\xc3\xa9 \xf0\x9f\x9a\x80", "caf\xc3\xa9 \xf0\x9f\x9a\x80"},
      {"a\r\nb\0c"sv, "a\\x0d\\x0ab\\x00c"},
      {"back\\slash", "back\\\\slash"},
      {"\xff\xc3", "\\xff\\xc3"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},  // a C1 control: CSI
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},   // a surrogate
  };
  for (const auto& c : cases) EXPECT_EQ(escaped(c.text), c.escaped);
}

TEST(Log, CutsLongText) {
  EXPECT_EQ(escaped("abcd", 4), "abcd");
  EXPECT_EQ(escaped("abcde", 4), "abcd...");
  EXPECT_EQ(escaped("abc\xc3\xa9", 4), "abc...") << "never inside a character";
}

TEST(RateLimitedLog, WritesOneLineATimeAndCountsTheRest) {
  RateLimitedLog log;
  Instant now{};
  EXPECT_NE(logged([&] { log.warn(now, "cause {}", 1); }), "");
  EXPECT_EQ(logged([&] {
              log.warn(now + 1ms, "cause {}", 2);
              log.error(now + 999ms, "cause {}", 3);
            }),
            "");
  EXPECT_EQ(log.swallowed(), 2u);
  const std::string line = logged([&] { log.warn(now + 1s, "cause {}", 4); });
  EXPECT_TRUE(line.ends_with("cause 4 (2 more like this since the last line)\n")) << line;
  EXPECT_EQ(log.swallowed(), 0u);
}

}  // namespace
}  // namespace hark
