#include <gmock/gmock.h>

#include "protocol/http2/testing/server.h"

namespace hark::protocol::http2::testing {
namespace {

TEST(Nghttp2SessionStall, ThePrefaceMustComeInTime) {
  for (const std::string_view begun : {std::string_view(), preface}) {
    Server server;
    server.produce();
    ASSERT_TRUE(server.receive(begun));
    EXPECT_TRUE(server.pass(4999ms));
    const auto passed = server.pass(1ms);
    ASSERT_FALSE(passed);
    EXPECT_EQ(passed.error().code, ErrorCode::deadline_exceeded);
    EXPECT_EQ(server.counters.closed_for_stall, 1u);
    server.produce();
    EXPECT_TRUE(server.session->done());
  }
}

TEST(Nghttp2SessionStall, AnIdleConnectionMayStayForEver) {
  Server server;
  server.greet();
  EXPECT_EQ(server.session->deadline(), std::nullopt);
}

TEST(Nghttp2SessionStall, AHeaderBlockMustEndInTime) {
  const std::string whole = headers(1, request_fields(), flag_end_headers | flag_end_stream);
  const std::string open_block = headers(1, request_fields(), flag_end_stream);
  const std::string last = frame(FrameType::continuation, flag_end_headers, 1);
  const struct {
    const char* name;
    std::string begun, rest;
  } cases[] = {
      {"half a HEADERS frame", whole.substr(0, 20), whole.substr(20)},
      {"no CONTINUATION", open_block, last},
      {"half a CONTINUATION",
       open_block + frame(FrameType::continuation, flag_end_headers, 1, hpack({{"a", "b"}})).substr(0, 11),
       hpack({{"a", "b"}}).substr(2)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    for (const bool completed : {true, false}) {
      Server server;
      server.greet();
      ASSERT_TRUE(server.receive(c.begun));
      EXPECT_TRUE(server.pass(4999ms));
      if (completed) {
        ASSERT_TRUE(server.receive(c.rest));
        EXPECT_EQ(server.requests, 1u);
        EXPECT_EQ(server.session->deadline(), std::nullopt);
      } else {
        EXPECT_FALSE(server.pass(1ms));
      }
    }
  }
}

// Drips do not move the deadline, but each block has one of its own.
TEST(Nghttp2SessionStall, ADrippedHeaderBlockIsCut) {
  Server server;
  server.greet();
  const std::string block = request(1);
  ASSERT_TRUE(server.receive(block.substr(0, 9)));  // the head is whole: the clock runs
  for (std::size_t at = 9; at < 13; ++at) {
    ASSERT_TRUE(server.pass(1s)) << at;
    ASSERT_TRUE(server.receive(block.substr(at, 1)));
  }
  EXPECT_FALSE(server.pass(1s));

  Server other;
  other.greet();
  ASSERT_TRUE(other.receive(block.substr(0, 15)));
  ASSERT_TRUE(other.pass(4s));
  ASSERT_TRUE(other.receive(block.substr(15) + request(3).substr(0, 15)));
  EXPECT_TRUE(other.pass(4s));
  EXPECT_FALSE(other.pass(1s));
}

TEST(Nghttp2SessionStall, ControlAnswersMustBeTaken) {
  Server server;
  server.greet();
  ASSERT_TRUE(server.receive(ping()));
  EXPECT_TRUE(server.pass(9999ms));
  server.session->partly_written(server.now);  // a slow reader is no dead one
  EXPECT_TRUE(server.pass(9999ms));
  EXPECT_FALSE(server.pass(1ms));
  EXPECT_EQ(server.counters.closed_for_stall, 1u);
}

TEST(Nghttp2SessionStall, AnAnswerGivenAfterALongPauseHasItsFullTime) {
  Server server;
  server.greet();
  ASSERT_TRUE(server.receive(request(1)));
  server.produce();
  ASSERT_TRUE(server.pass(1h));
  server.answer(1);
  EXPECT_TRUE(server.pass(9s));
  EXPECT_FALSE(server.pass(2s));
}

TEST(Nghttp2SessionStall, AUnaryAnswerBehindAShutWindowIsCut) {
  Client client({.takes_bodies = false, .initial_window = 0});
  Server server;
  const auto first = client.request("/1"), second = client.request("/2");
  ASSERT_TRUE(converse(client, server));
  server.answer(first);
  ASSERT_TRUE(converse(client, server));
  ASSERT_TRUE(server.pass(6s));
  server.answer(second);
  ASSERT_TRUE(converse(client, server));
  client.open_window(first, 2);  // "he": progress, not yet all
  ASSERT_TRUE(converse(client, server));
  EXPECT_TRUE(server.pass(9999ms));  // the second one is due
  EXPECT_FALSE(server.pass(1ms));
}

// An older answer that moves must not hide that a new one was only just given.
TEST(Nghttp2SessionStall, AnAnswerGivenWhileAnotherOneMovesHasItsFullTime) {
  Client client({.takes_bodies = false, .initial_window = 0});
  Server server;
  const auto first = client.request("/1"), second = client.request("/2");
  ASSERT_TRUE(converse(client, server));
  server.answer(first);
  ASSERT_TRUE(converse(client, server));
  client.open_window(first, 2);
  ASSERT_TRUE(server.receive(client.produce()));
  server.answer(second);
  client.receive(server.produce());
  EXPECT_EQ(client.answer(first).body, "he");
  EXPECT_TRUE(server.pass(9999ms));
  EXPECT_FALSE(server.pass(1ms));
}

TEST(Nghttp2SessionStall, ASubscriptionBehindAShutWindowIsNotCut) {
  Client client({.takes_bodies = false, .initial_window = 10});
  Server server;
  const auto id = client.request("/subscribe");
  ASSERT_TRUE(converse(client, server));
  server.stream(id).endless = true;
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(client.answer(id).body.size(), 10u);
  EXPECT_EQ(server.session->deadline(), std::nullopt);
  EXPECT_TRUE(server.pass(24h));
  client.open_window(id, 5);
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(client.answer(id).body.size(), 15u);
}

}  // namespace
}  // namespace hark::protocol::http2::testing
