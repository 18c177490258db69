#include "runtime/signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace hark::runtime {
namespace {

TEST(Signals, AreReadInsteadOfInterrupting) {
  auto signals = Signals::block();
  ASSERT_TRUE(signals);
  EXPECT_EQ(signals->wait(0ms), std::nullopt);
  const struct {
    int signal;
    SignalRequest request;
  } cases[] = {
      {SIGTERM, SignalRequest::stop},
      {SIGINT, SignalRequest::stop},
      {SIGHUP, SignalRequest::reload},
  };
  for (const auto& c : cases) {
    // To this thread, not to the process: under the test's tools there may be threads from before.
    ASSERT_EQ(pthread_kill(pthread_self(), c.signal), 0);
    EXPECT_EQ(signals->wait(Duration::max()), c.request) << c.signal;
  }
  EXPECT_EQ(signals->wait(0ms), std::nullopt);
  ASSERT_EQ(raise(SIGPIPE), 0) << "and we are still here";
  ASSERT_EQ(raise(SIGXFSZ), 0);
}

}  // namespace
}  // namespace hark::runtime
