#include "runtime/endpoint.h"

#include <gtest/gtest.h>

namespace hark::runtime {
namespace {

// Each text with the endpoint it means, or the reason why it means none.
TEST(Endpoint, ReadsHostAndPort) {
  const struct {
    const char *text, *outcome;
  } cases[] = {
      {"127.0.0.1:8080", "127.0.0.1:8080"},
      {"0.0.0.0:0", "0.0.0.0:0"},
      {"localhost:65535", "127.0.0.1:65535"},
      {"[::1]:8080", "[::1]:8080"},
      {"[::]:80", "[::]:80"},
      {"", "there is no port"},
      {"8080", "there is no port"},
      {"127.0.0.1:", "the port is not a number from 0 to 65535"},
      {"127.0.0.1:65536", "the port is not a number from 0 to 65535"},
      {"127.0.0.1:80x", "the port is not a number from 0 to 65535"},
      {"127.0.0.1:-1", "the port is not a number from 0 to 65535"},
      {":8080", "write 0.0.0.0 for every IPv4 address or [::] for every address"},
      {"::1:8080", "an IPv6 address stands in brackets, as in [::1]:8080"},
      {"[::1:8080", "the ] after the IPv6 address is missing"},
      {"[:8080", "the ] after the IPv6 address is missing"},
      {"[]:8080", "what stands in [ ] is not an IPv6 address"},
      {"[127.0.0.1]:80", "what stands in [ ] is not an IPv6 address"},
      {"example.com:80", "the host is neither an IP address nor localhost"},
      {"1.2.3:80", "the host is neither an IP address nor localhost"},
  };
  for (const auto& c : cases) {
    const Result<Endpoint> endpoint = Endpoint::parse(c.text);
    if (endpoint) {
      EXPECT_EQ(endpoint->to_string(), c.outcome);
    } else {
      EXPECT_EQ(endpoint.error().context, "\"" + std::string(c.text) + "\" is not HOST:PORT: " + c.outcome);
    }
  }
}

TEST(Endpoint, KnowsLoopback) {
  const struct {
    const char* text;
    bool loopback;
  } cases[] = {
      {"127.0.0.1:1", true},          {"127.255.0.3:1", true}, {"[::1]:1", true},
      {"[::ffff:127.0.0.1]:1", true}, {"10.0.0.1:1", false},   {"[::]:1", false},
      {"[::ffff:10.0.0.1]:1", false}, {"0.0.0.0:1", false},
  };
  for (const auto& c : cases) EXPECT_EQ(Endpoint::parse(c.text)->is_loopback(), c.loopback) << c.text;
  EXPECT_FALSE(Endpoint().is_loopback());
}

}  // namespace
}  // namespace hark::runtime
