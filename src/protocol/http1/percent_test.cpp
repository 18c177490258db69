#include "protocol/http1/percent.h"

#include <gtest/gtest.h>

namespace hark::protocol::http1 {
namespace {

struct Case {
  std::string_view text;
  std::optional<std::string> decoded;
};

TEST(PercentDecode, Table) {
  using namespace std::string_literals;
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"a+b", "a+b"},
      {"%41%4a%4A", "AJJ"},
      {"%252F", "%2F"},  // once
      {"%00", "\0"s},
      {"%c3%a4", "\xc3\xa4"},
      {"a%2Fb", "a/b"},
      {"%", std::nullopt},
      {"%4", std::nullopt},
      {"a%", std::nullopt},
      {"%4g", std::nullopt},
      {"%g4", std::nullopt},
      {"%%41", std::nullopt},
      {"%+1", std::nullopt},
      {"% 1", std::nullopt},
      {"%u0041", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(percent_decode(c.text), c.decoded) << c.text;
}

}  // namespace
}  // namespace hark::protocol::http1
