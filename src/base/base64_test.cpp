#include "base/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace hark {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out(base64_size(bytes.size()), '?');
  EXPECT_EQ(write_base64(as_byte_span(bytes), out.data()), out.data() + out.size());
  return out;
}

// The vectors of RFC 4648, 10, and each digit.
TEST(Base64, Vectors) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foob"), "Zm9vYg==");
  EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encoded(std::string_view("\0\xff", 2)), "AP8=");
  std::string every_digit;
  for (unsigned digit = 0; digit < 64; digit += 4) {
    const unsigned group = digit << 18 | (digit + 1) << 12 | (digit + 2) << 6 | (digit + 3);
    for (const int shift : {16, 8, 0}) every_digit += static_cast<char>(group >> shift);
  }
  EXPECT_EQ(encoded(every_digit), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

}  // namespace
}  // namespace hark
