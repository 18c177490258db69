#include "protocol/grpc/status.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace hark::protocol::grpc {
namespace {

constexpr int error_code_count = static_cast<int>(ErrorCode::internal) + 1;

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// What an SDK takes a RESOURCE_EXHAUSTED for by its text alone: the first keyword found,
// lower-cased.
std::string kind_by_text(const std::string& message, const char* first_keyword) {
  const std::pair<const char*, const char*> keywords[] = {
      {first_keyword, "topic_subscriptions_limit_exceeded"},
      {"operations", "operations_rate_limit_exceeded"},
      {"throughput", "throughput_rate_limit_exceeded"},
      {"request limit", "request_size_limit_exceeded"},
      {"item size", "item_size_limit_exceeded"},
      {"element size", "element_size_limit_exceeded"},
  };
  for (const auto& [keyword, kind] : keywords) {
    if (lowered(message).find(keyword) != std::string::npos) return kind;
  }
  return "";
}

TEST(Status, SaysEachErrorInGrpcsWords) {
  using enum ErrorCode;
  const struct {
    ErrorCode code;
    const char* context;
    int status;
    const char* err;
    const char* message;
  } cases[] = {
      {invalid_argument, "", 3, "", "Invalid argument"},
      {invalid_argument, "topic must not be empty", 3, "", "Invalid argument: topic must not be empty"},
      {unauthenticated, "", 16, "unauthenticated", "Not authenticated"},
      {permission_denied, "", 7, "permission_denied", "Permission denied"},
      {namespace_not_found, "", 5, "cache_not_found", "Namespace not found"},
      {namespace_exists, "", 6, "", "Namespace already exists"},
      {message_too_large, "", 8, "request_size_limit_exceeded", "Message exceeds request limit"},
      {message_too_large, "1048576", 8, "request_size_limit_exceeded",
       "Message exceeds request limit of 1048576 bytes"},
      {subscription_limit, "", 8, "topic_subscriptions_limit_exceeded", "Too many subscribers"},
      {subscription_limit, "100", 8, "topic_subscriptions_limit_exceeded",
       "Too many subscribers (limit: 100)"},
      {subscription_limit, "of this core", 8, "topic_subscriptions_limit_exceeded",
       "Too many subscribers: of this core"},
      {rate_limit, "", 8, "operations_rate_limit_exceeded", "Too many operations per second"},
      {rate_limit, "10", 8, "operations_rate_limit_exceeded", "Too many operations per second (limit: 10)"},
      {memory_limit, "", 8, "throughput_rate_limit_exceeded", "Exceeded throughput limit"},
      {memory_limit, "10", 8, "throughput_rate_limit_exceeded", "Exceeded throughput limit: 10"},
      {unavailable, "draining", 14, "", "Unavailable, try again: draining"},
      {deadline_exceeded, "", 4, "", "Deadline exceeded"},
      {cancelled, "", 1, "", "Cancelled"},
      {unimplemented, "compression is not supported", 12, "",
       "Not implemented: compression is not supported"},
      {internal, "", 13, "", "Internal error"},
  };
  std::set<ErrorCode> seen;
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(to_string(c.code)) + " " + c.context);
    const Status status = status_of({c.code, c.context});
    EXPECT_EQ(static_cast<int>(status.code), c.status);
    EXPECT_EQ(status.err, c.err);
    EXPECT_EQ(status.message, c.message);
    seen.insert(c.code);
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(error_code_count));  // a new code needs its line
}

// Goal: whatever an error's context says, every SDK sees the same kind of error.
// Method: the contexts that have keywords of other errors, for each code; the SDKs' rule beside it.
TEST(Status, LetsNoContextMisleadAClient) {
  const char* contexts[] = {"",
                            "7",
                            "namespace news, topic births",
                            "namespace subscribers",
                            "SUBSCRIBERS only",
                            "please subscribe",
                            "too many Operations",
                            "throughput",
                            "over the Request Limit",
                            "item size",
                            "Element Size",
                            "Store with name: x already exists",
                            "AbortSignal",
                            "Cancelled on client",
                            "h2 protocol error"};
  for (int code = 0; code < error_code_count; ++code) {
    for (const char* context : contexts) {
      const Status status = status_of({static_cast<ErrorCode>(code), context});
      SCOPED_TRACE(status.message);
      const bool limited = status.code == StatusCode::resource_exhausted;
      for (const char* first : {"subscribers", "subscribe"}) {  // all but Python; Python
        EXPECT_EQ(kind_by_text(status.message, first), limited ? status.err : "");
      }
      const std::string text = lowered(status.message);
      for (const char* word :
           {"store with name", "abortsignal", "cancelled on client", "h2 protocol error"}) {
        EXPECT_EQ(text.find(word), std::string::npos);
      }
      EXPECT_NE(status.code, StatusCode::ok);
      EXPECT_FALSE(status.message.empty());
    }
  }
}

TEST(Status, BoundsTheMessage) {
  const Status ascii = status_of({ErrorCode::invalid_argument, std::string(10'000, 'x')});
  EXPECT_EQ(ascii.message.size(), status_message_bytes_max);
  std::string euros;
  for (int i = 0; i < 1000; ++i) euros += "\u20ac";
  for (const char* shift : {"", "x", "xx"}) {  // cut within and between code points
    const Status cut = status_of({ErrorCode::invalid_argument, shift + euros});
    EXPECT_GT(cut.message.size(), status_message_bytes_max - 3);
    EXPECT_LE(cut.message.size(), status_message_bytes_max);
    EXPECT_EQ(cut.message.substr(cut.message.size() - 3), "\u20ac");
  }
}

TEST(Status, PercentEncodes) {
  EXPECT_EQ(percent_encode(""), "");
  EXPECT_EQ(percent_encode("Too many (limit: 100) ~!\"#$&"), "Too many (limit: 100) ~!\"#$&");
  EXPECT_EQ(percent_encode("100%\r\n\x7f"), "100%25%0D%0A%7F");
  EXPECT_EQ(percent_encode("\u00e9\u20ac"), "%C3%A9%E2%82%AC");
  EXPECT_EQ(percent_encode(std::string_view("\0\x1f\xff", 3)), "%00%1F%FF");
}

TEST(Status, ParsesTimeouts) {
  const struct {
    const char* text;
    Duration timeout;
  } good[] = {
      {"5S", 5s},
      {"4999m", 4999ms},
      {"1H", 1h},
      {"2M", 2min},
      {"7u", 7us},
      {"99999999n", 99'999'999ns},
      {"0S", 0s},
      {"00000010m", 10ms},
      {"99999999S", timeout_max},
      {"99999999M", timeout_max},
      {"99999999H", timeout_max},
      {"8760H", timeout_max},
      {"8759H", 8759h},
  };
  for (const auto& c : good) {
    const auto timeout = parse_timeout(c.text);
    ASSERT_TRUE(timeout) << c.text;
    EXPECT_EQ(*timeout, c.timeout) << c.text;
  }
  for (const char* text : {"", "5", "S", "5s", "5h", "-5S", "+5S", " 5S", "5S ", "5 S", "5.5S", "123456789S",
                           "5SS", "5\xc2\xb5", "H5"}) {
    const auto timeout = parse_timeout(text);
    ASSERT_FALSE(timeout) << text;
    EXPECT_EQ(timeout.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace hark::protocol::grpc
