#include "base/shell_word.h"

#include <gtest/gtest.h>

namespace hark {
namespace {

TEST(ShellWord, SurvivesStrangeNames) {
  EXPECT_EQ(shell_word("/var/lib/hark"), "/var/lib/hark");
  EXPECT_EQ(shell_word("/a b"), "'/a b'");
  EXPECT_EQ(shell_word("it's; rm"), "'it'\\''s; rm'");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace hark
