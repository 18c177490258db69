#include "runtime/tcp_listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <string>

#include "runtime/poller.h"

namespace hark::runtime {
namespace {

std::unique_ptr<TcpListener> listen_on(const char* endpoint, ConnectionBudget& budget) {
  auto listener = TcpListener::open(Endpoint::parse(endpoint).value(), budget);
  EXPECT_TRUE(listener) << (listener ? "" : listener.error().context);
  return std::move(*listener);
}

/// A blocking client socket.
Fd connect_to(const TcpListener& listener) {
  Fd fd(::socket(listener.local().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_TRUE(fd);
  const Endpoint to = listener.local();
  EXPECT_EQ(::connect(fd.get(), to.address(), to.address_size()), 0);
  return fd;
}

bool was_closed(const Fd& client) {
  char byte;
  return ::recv(client.get(), &byte, 1, 0) <= 0;
}

TEST(TcpListener, AcceptsOverBothFamilies) {
  for (const char* endpoint : {"127.0.0.1:0", "[::1]:0"}) {
    SCOPED_TRACE(endpoint);
    ConnectionBudget budget(10);
    const auto listener = listen_on(endpoint, budget);
    EXPECT_NE(listener->port(), 0);
    const Fd first = connect_to(*listener), second = connect_to(*listener);
    std::vector<AcceptedConnection> accepted;
    EXPECT_EQ(listener->accept(Instant{}, accepted), std::nullopt);
    ASSERT_EQ(accepted.size(), 2u);
    EXPECT_TRUE(accepted[0].peer.is_loopback());
    EXPECT_NE(accepted[0].peer.port(), accepted[1].peer.port());
    EXPECT_EQ(listener->accepted().value(), 2u);
    EXPECT_EQ(budget.used(), 2u);
    accepted.clear();
    EXPECT_EQ(budget.used(), 0u);
  }
}

TEST(TcpListener, SharesItsPortWithTheOtherCores) {
  ConnectionBudget budget(10);
  const auto first = listen_on("127.0.0.1:0", budget);
  const auto second = TcpListener::open(first->local(), budget);
  EXPECT_TRUE(second);
}

TEST(TcpListener, SaysWhyItCannotListen) {
  ConnectionBudget budget(10);
  // 192.0.2.0/24 is for documentation: no host has it.
  const auto listener = TcpListener::open(Endpoint::parse("192.0.2.1:0").value(), budget);
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().context, "cannot listen on 192.0.2.1:0: bind: Cannot assign requested address");
}

TEST(TcpListener, AcceptsABoundedBatchACall) {
  ConnectionBudget budget(1000);
  const auto listener = listen_on("127.0.0.1:0", budget);
  std::vector<Fd> clients;
  for (std::size_t i = 0; i < TcpListener::accepts_a_call + 3; ++i) clients.push_back(connect_to(*listener));
  std::vector<AcceptedConnection> accepted;
  EXPECT_EQ(listener->accept(Instant{}, accepted), std::nullopt);
  EXPECT_EQ(accepted.size(), TcpListener::accepts_a_call);
  EXPECT_EQ(listener->accept(Instant{}, accepted), std::nullopt);
  EXPECT_EQ(accepted.size(), TcpListener::accepts_a_call + 3);
}

TEST(TcpListener, ClosesWhatTheBudgetHasNoRoomFor) {
  ConnectionBudget budget(1);
  const auto listener = listen_on("127.0.0.1:0", budget);
  const Fd first = connect_to(*listener), second = connect_to(*listener);
  std::vector<AcceptedConnection> accepted;
  EXPECT_EQ(listener->accept(Instant{}, accepted), Instant{} + TcpListener::pause);
  EXPECT_EQ(accepted.size(), 1u);
  EXPECT_EQ(listener->refused().value(), 1u);
  EXPECT_TRUE(was_closed(second));
  accepted.clear();
  const Fd third = connect_to(*listener);
  EXPECT_EQ(listener->accept(Instant{} + 1s, accepted), std::nullopt);
  EXPECT_EQ(accepted.size(), 1u) << "a permit given back is used again";
}

// Goal: without a free descriptor the waiting connections are told no, the listener pauses, and
// afterwards it accepts again. Method: the soft limit is lowered to what is open now.
TEST(TcpListener, SurvivesRunningOutOfDescriptors) {
  ConnectionBudget budget(1000);
  const auto listener = listen_on("127.0.0.1:0", budget);
  Fd clients[3] = {connect_to(*listener), connect_to(*listener), connect_to(*listener)};

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const Fd lowest_free(::dup(0));
  const rlimit none_left{static_cast<rlim_t>(lowest_free.get()) + 1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  std::vector<AcceptedConnection> accepted;
  const auto retry_at = listener->accept(Instant{}, accepted);
  const auto again = listener->accept(Instant{}, accepted);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);

  EXPECT_EQ(retry_at, Instant{} + TcpListener::pause);
  EXPECT_EQ(accepted.size(), 0u);
  EXPECT_EQ(listener->refused().value(), 3u);
  for (const Fd& client : clients) EXPECT_TRUE(was_closed(client));
  EXPECT_NE(again, std::nullopt) << "still without a descriptor";

  const Fd fourth = connect_to(*listener);
  EXPECT_EQ(listener->accept(Instant{} + 1s, accepted), std::nullopt);
  EXPECT_EQ(accepted.size(), 1u);
}

}  // namespace
}  // namespace hark::runtime
