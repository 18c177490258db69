#include <gmock/gmock.h>

#include "protocol/http2/testing/server.h"

namespace hark::protocol::http2::testing {
namespace {

TEST(Nghttp2SessionFlow, ABodyOfAMebibyteFollowsThePeersWindows) {
  Client client({.takes_bodies = false, .initial_window = std::nullopt});
  Server server;
  std::string body;
  for (int i = 0; body.size() < 1 << 20; ++i) body += std::to_string(i) + ",";
  const auto id = client.request("/metrics");
  ASSERT_TRUE(converse(client, server));
  server.answer(id, body, {});
  body.shrink_to_fit();
  for (std::size_t taken = 0; !client.answer(id).closed;) {
    ASSERT_TRUE(converse(client, server));
    const std::size_t now = client.answer(id).body.size();
    ASSERT_GT(now, taken);
    ASSERT_LE(now - taken, 65'535u);
    nghttp2_session_consume(client.raw(), id, now - taken);
    taken = now;
  }
  EXPECT_EQ(client.answer(id).body, body);
  EXPECT_FALSE(server.session->deadline());
}

TEST(Nghttp2SessionFlow, ABlockedStreamDoesNotBlockOthers) {
  Client client({.takes_bodies = false, .initial_window = 1000});
  Server server;
  const auto blocked = client.request("/1"), free = client.request("/2");
  ASSERT_TRUE(converse(client, server));
  server.stream(blocked).endless = true;
  server.stream(free);
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(client.answer(blocked).body.size(), 1000u);
  EXPECT_FALSE(server.session->wants_to_send());
  server.sources[free].waiting = "still alive";
  server.session->resume(free);
  server.session->resume(blocked);
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(client.answer(free).body, "still alive");
  client.open_window(blocked, 500);
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(client.answer(blocked).body.size(), 1500u);
}

TEST(Nghttp2SessionFlow, TheUploadWaitsUntilItIsConsumed) {
  Client client;
  Server server;
  server.consumes = false;
  const auto id = client.request("/publish", std::string(200'000, 'u'));
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(server.bodies[id].size(), 65'535u);
  server.session->consume(id, 1'000'000);  // more than there is gives back what there is
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(server.bodies[id].size(), 2 * 65'535u);
  server.session->consume(id, 65'535);
  ASSERT_TRUE(converse(client, server));
  server.session->consume(id, 65'535);
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(server.bodies[id].size(), 200'000u);
}

TEST(Nghttp2SessionFlow, AGrownWindowLetsALargeMessageThrough) {
  Client client;
  Server server;
  server.consumes = false;
  const auto id = client.request("/publish", std::string(900'000, 'u'));
  ASSERT_TRUE(converse(client, server));
  server.session->grow_window(id, 900'000);
  ASSERT_TRUE(converse(client, server));
  EXPECT_EQ(server.bodies[id].size(), 900'000u);
  EXPECT_EQ(nghttp2_session_get_remote_window_size(client.raw()), (1 << 20) - 900'000);
  server.session->grow_window(id, 10);  // never shrinks
  EXPECT_FALSE(server.session->wants_to_send());
}

// Goal: bytes of uploads that nobody consumes any more come back to the connection's window.
// Method: 1,000 uploads of 10 KiB each, one connection window of 64 KiB, ended in three ways.
TEST(Nghttp2SessionFlow, CancelledUploadsDoNotShutTheConnectionsWindow) {
  enum class End { cancelled, refused, answered };
  for (const End end : {End::cancelled, End::refused, End::answered}) {
    Server server({.early_resets_burst = 1e6});
    server.consumes = false;
    server.greet();
    std::int64_t window = 65'535;
    std::size_t delivered = 0;
    for (std::int32_t id = 1; id < 2000; id += 2) {
      ASSERT_TRUE(server.receive(open_request(id) + data(id, std::string(5 << 10, 'u'))));
      if (end == End::cancelled) { ASSERT_TRUE(server.receive(reset(id))); }
      if (end == End::refused) server.session->reset(id, NGHTTP2_CANCEL);
      if (end == End::answered) server.answer(id);
      std::string produced = id % 4 == 1 ? server.produce() : std::string();
      ASSERT_TRUE(server.receive(data(id, std::string(5 << 10, 'l'))));
      delivered += server.bodies[id].size();
      window -= 10 << 10;
      produced += server.produce();
      for (const RawFrame& frame : frames_in(produced)) {
        if (frame.head.type != FrameType::window_update || frame.head.stream != 0) continue;
        window += number_at(frame.payload, 0, 4);
      }
      ASSERT_GT(window, 20 << 10) << "after stream " << id << " of case " << static_cast<int>(end);
    }
    EXPECT_GE(delivered, 1000u * 5 << 10);
    EXPECT_EQ(server.closed, 1000u);
  }
}

TEST(Nghttp2SessionFlow, AnswersBeyondTheirBudgetAreRefused) {
  Client client({.takes_bodies = false, .initial_window = 0});
  Server server({.answer_bytes_max = 10'000});
  const auto first = client.request("/1"), second = client.request("/2"), third = client.request("/3");
  ASSERT_TRUE(converse(client, server));
  server.answer(first, std::string(9'000, 'a'));
  server.answer(second, std::string(1'000, 'b'));
  server.answer(third, "c");
  ASSERT_TRUE(converse(client, server));
  EXPECT_FALSE(client.answer(first).closed);
  EXPECT_FALSE(client.answer(second).closed);
  EXPECT_EQ(client.answer(third).error_code, NGHTTP2_ENHANCE_YOUR_CALM);

  client.open_window(first, 9'000);
  ASSERT_TRUE(converse(client, server));
  EXPECT_TRUE(client.answer(first).closed);
  const auto fourth = client.request("/4");
  ASSERT_TRUE(converse(client, server));
  server.answer(fourth, std::string(9'000, 'd'));
  ASSERT_TRUE(converse(client, server));
  EXPECT_FALSE(client.answer(fourth).closed);
}

}  // namespace
}  // namespace hark::protocol::http2::testing
