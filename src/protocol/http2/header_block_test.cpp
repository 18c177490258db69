#include "protocol/http2/header_block.h"

#include <gtest/gtest.h>

namespace hark::protocol::http2 {
namespace {

TEST(HeaderBlock, FindsTheFirstOfAName) {
  HeaderBlock block;
  block.begin({}, true);
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const char*>>{{":method", "POST"},
                                                                  {":path", "/p"},
                                                                  {":authority", "host:1"},
                                                                  {"a", "1"},
                                                                  {"a", "2"},
                                                                  {"empty", ""}}) {
    EXPECT_TRUE(block.add(name, value));
  }
  EXPECT_EQ(block.method(), "POST");
  EXPECT_EQ(block.path(), "/p");
  EXPECT_EQ(block.authority(), "host:1");
  EXPECT_EQ(block.get("a"), "1");
  EXPECT_EQ(block.get("empty"), "");
  EXPECT_EQ(block.get("absent"), "");
  block.clear();
  EXPECT_EQ(block.get("a"), "");
  block.begin({}, true);
  EXPECT_EQ(block.get("a"), "");
}

TEST(HeaderBlock, TakesTheHostForTheAuthority) {
  HeaderBlock block;
  block.begin({}, true);
  EXPECT_TRUE(block.add("host", "h"));
  EXPECT_EQ(block.authority(), "h");
}

TEST(HeaderBlock, RefusesWhatIsBeyondItsLimits) {
  for (const bool keep : {true, false}) {
    HeaderBlock block;
    block.begin({.header_list_bytes_max = 100, .header_fields_max = 3}, keep);
    EXPECT_FALSE(block.add("name", std::string(65, 'x')));
    EXPECT_TRUE(block.add("name", std::string(64, 'x')));
    EXPECT_FALSE(block.add("", ""));
    block.begin({.header_list_bytes_max = 1000, .header_fields_max = 3}, keep);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(block.add("a", "b"));
    EXPECT_FALSE(block.add("a", "b"));
    EXPECT_EQ(block.get("a"), keep ? "b" : "");
  }
}

}  // namespace
}  // namespace hark::protocol::http2
