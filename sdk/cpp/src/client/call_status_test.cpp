#include "client/call_status.h"

#include <gtest/gtest.h>

#include "client/address.h"
#include "client/back_off.h"

namespace hark::client {
namespace {

std::string words_of(const CallStatus& status) {
  if (status.ok) return "ok";
  return std::string(to_string(status.error.code)) +
         (status.error.outcome == Outcome::unknown ? " unknown: " : " no: ") + status.error.message +
         (ends_subscription(status.error.code) ? " (ends)" : " (again)");
}

// Goal: each status, what it means for a publish (did it happen?) and for a subscription (is it over?).
TEST(CallStatus, SaysWhatHappenedAndWhatFollows) {
  const Fields head{{{":status", "200"}}};
  // clang-format off
  const struct { const char* status; const char* message; const char* words; } cases[] = {
      {"0", "", "ok"},
      {"1", "x", "cancelled unknown: x (again)"},
      {"2", "x", "internal unknown: x (again)"},
      {"3", "x", "invalid_argument no: x (ends)"},
      {"4", "x", "deadline_exceeded unknown: x (again)"},
      {"5", "x", "not_found no: x (ends)"},
      {"6", "x", "already_exists no: x (ends)"},
      {"7", "x", "permission_denied no: x (ends)"},
      {"8", "x", "resource_exhausted no: x (again)"},
      {"9", "x", "invalid_argument no: x (ends)"},
      {"10", "x", "internal unknown: x (again)"},
      {"11", "x", "invalid_argument no: x (ends)"},
      {"12", "x", "unimplemented no: x (ends)"},
      {"13", "x", "internal unknown: x (again)"},
      {"14", "x", "unavailable no: x (again)"},
      {"15", "x", "internal unknown: x (again)"},
      {"16", "x", "unauthenticated no: x (ends)"},
      {"17", "x", "internal unknown: x (again)"},
      {"five", "x", "internal unknown: x (again)"},
      {"5", "", "not_found no: the server answered not_found (ends)"},
      {"5", "100%25 gone%0a%C3%A9 %4 %zz %", "not_found no: 100% gone \xc3\xa9 %4 %zz % (ends)"},
  };
  // clang-format on
  for (const auto& c : cases) {
    const Fields trailers{{{"grpc-status", c.status}, {"grpc-message", c.message}}};
    EXPECT_EQ(words_of(status_of(head, trailers)), c.words);
    Fields only = head;  // Trailers-Only: everything is in the head
    only.list.insert(only.list.end(), trailers.list.begin(), trailers.list.end());
    EXPECT_EQ(words_of(status_of(only, {})), c.words);
  }
}

TEST(CallStatus, DoesNotTakeAnotherAnswerForANo) {
  EXPECT_EQ(words_of(status_of({{{":status", "502"}}}, {})),
            "internal unknown: the answer is not gRPC's (HTTP status 502) (again)");
}

TEST(CallStatus, ABrokenStreamIsANoOnlyIfItWasNotSentOrRefused) {
  EXPECT_EQ(error_of_broken_stream(true, false, "x").outcome, Outcome::unknown);
  EXPECT_EQ(error_of_broken_stream(true, true, "x").outcome, Outcome::definite_no);
  EXPECT_EQ(error_of_broken_stream(false, false, "x").outcome, Outcome::definite_no);
  EXPECT_EQ(error_of_broken_stream(true, false, "x").code, Code::unavailable);
}

TEST(Address, ReadsUrls) {
  // clang-format off
  const struct { const char* url; const char* outcome; } cases[] = {
      {"http://127.0.0.1:8080", "127.0.0.1 8080 127.0.0.1:8080"},
      {"http://127.0.0.1:8080/", "127.0.0.1 8080 127.0.0.1:8080"},
      {"http://bus.example", "bus.example 80 bus.example:80"},
      {"http://[::1]:8080", "::1 8080 [::1]:8080"},
      {"http://[::1]", "::1 80 [::1]:80"},
      {"https://bus.example", "url: TLS is not supported yet; write http://HOST:PORT"},
      {"127.0.0.1:8080", "url: it does not begin with http://; write http://HOST:PORT"},
      {"", "url: it does not begin with http://; write http://HOST:PORT"},
      {"http://", "url: there is no host; write http://HOST:PORT"},
      {"http://:8080", "url: there is no host; write http://HOST:PORT"},
      {"http://a:0", "url: the port is not a number from 1 to 65535; write http://HOST:PORT"},
      {"http://a:65536", "url: the port is not a number from 1 to 65535; write http://HOST:PORT"},
      {"http://a:", "url: the port is not a number from 1 to 65535; write http://HOST:PORT"},
      {"http://a:80x", "url: the port is not a number from 1 to 65535; write http://HOST:PORT"},
      {"http://a b", "url: the host is no name or address; write http://HOST:PORT"},
      {"http://user@a", "url: the host is no name or address; write http://HOST:PORT"},
      {"http://a/path", "url: the host is no name or address; write http://HOST:PORT"},
      {"http://[::1", "url: the ] after the IPv6 address is missing; write http://HOST:PORT"},
      {"http://[::1]8080", "url: after the ] comes a : and the port; write http://HOST:PORT"},
  };
  // clang-format on
  for (const auto& c : cases) {
    const auto address = Address::parse(c.url);
    EXPECT_EQ(
        address ? address->host + " " + address->port + " " + address->authority : address.error().message,
        c.outcome);
  }
}

TEST(BackOff, DoublesWithTheUpperHalfAtRandom) {
  BackOff back_off(100ms, 500ms);
  for (const auto whole : {100ms, 200ms, 400ms, 500ms, 500ms}) {
    BackOff copy = back_off;
    EXPECT_EQ(copy.next(0), Duration(whole) / 2);
    EXPECT_EQ(back_off.next(static_cast<std::uint64_t>(Duration(whole).count() / 2)), Duration(whole));
  }
  back_off.reset();
  EXPECT_EQ(back_off.next(0), 50ms);
}

}  // namespace
}  // namespace hark::client
