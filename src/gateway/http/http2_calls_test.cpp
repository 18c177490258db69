#include "gateway/http/http2_calls.h"

#include <gtest/gtest.h>

#include "gateway/grpc_peer_for_test.h"

// Publishing to topics and following them by plain HTTP over HTTP/2. What the bodies of followers say is the
// matter of following_test.cpp.

namespace hark::gateway::test {
namespace {

using StreamId = GrpcPeer::StreamId;

Fields fields(std::string method, std::string path, Fields more = {}) {
  Fields all{{":method", std::move(method)},
             {":scheme", "http"},
             {":path", std::move(path)},
             {":authority", "a"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

struct HttpPeer : GrpcPeer {
  using GrpcPeer::GrpcPeer;
  StreamId begin_get(const std::string& target, Fields more = {}) {
    const StreamId id = client().request(fields("GET", "/topics/default/" + target, std::move(more)));
    pump();
    return id;
  }
  StreamId follow(const std::string& target) { return begin_get(target, {{"accept", "text/event-stream"}}); }
  StreamId post(const std::string& target, std::string body, Fields more = {}) {
    const StreamId id =
        client().request(fields("POST", "/topics/default/" + target, std::move(more)), std::move(body));
    pump();
    return id;
  }
  std::string code(StreamId id) const { return trailer(id, ":status"); }
  const std::string& body(StreamId id) { return client().answer(id).body; }
};

std::uint64_t inbound(const GatewayWorld& world) { return world.counters.sessions.inbound_bytes.value(); }

TEST(Http2Publish, AnswersWithTheSlot) {
  GatewayWorld world;
  HttpPeer peer(world);
  const StreamId first = peer.post("t", "hello");
  EXPECT_EQ(peer.code(first), "204");
  EXPECT_EQ(peer.trailer(first, "hark-sequence-number"), "1");
  EXPECT_TRUE(peer.answered(first));
  const StreamId second = peer.post("t", "hello", {{"accept", "application/json"}, {"content-length", "5"}});
  EXPECT_EQ(peer.code(second), "200");
  EXPECT_EQ(peer.body(second), "{\"topic_sequence_number\":2,\"sequence_page\":" +
                                   peer.trailer(first, "hark-sequence-page") + "}\n");
  EXPECT_EQ(inbound(world), 0u);
}

TEST(Http2Publish, RefusesWithAProblem) {
  Limits limits;
  limits.message_bytes_max = 1000;
  const struct {
    std::string target, body;
    Fields more;
    std::string code;
  } cases[] = {
      {"t", std::string(1000, 'x'), {{"content-length", "1000"}}, "204"},
      {"t", std::string(1000, 'x'), {}, "204"},
      {"t", std::string(1001, 'x'), {{"content-length", "1001"}}, "413"},
      {"t", std::string(1001, 'x'), {}, "413"},
      {"t", std::string(5000, 'x'), {}, "413"},
      {"t", "", {}, "204"},
      {"t", "", {{"content-length", "0"}}, "204"},
      {"t", "\xff", {{"content-type", "text/plain"}}, "400"},
      {"t", "\xff", {{"content-type", "application/octet-stream"}}, "204"},
      {"%00", "x", {}, "400"},
      {"a/b", "x", {}, "400"},
      {"a%2Fb?x=y", "x", {}, "204"},
      {"t", "x", {{"origin", "http://evil.example"}}, "403"},
      {"t", "x", {{"origin", "http://a"}}, "204"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.target + " " + std::to_string(c.body.size()));
    GatewayWorld world(limits);
    HttpPeer peer(world);
    const StreamId id = peer.post(c.target, c.body, c.more);
    EXPECT_EQ(peer.code(id), c.code) << peer.body(id);
    EXPECT_TRUE(peer.answered(id));
    EXPECT_EQ(inbound(world), 0u);
    EXPECT_EQ(peer.trailer(id, "content-type"), c.code == "204" ? "" : "application/problem+json");
  }
}

TEST(Http2Publish, ABodyThatIsTooSlowIsRefused) {
  GatewayWorld world;
  Peer raw(world);
  using namespace protocol::http2::testing;
  raw.ask(hello());
  raw.ask(headers(1, fields("POST", "/topics/default/t", {{"content-length", "5"}})));
  raw.ask(data(1, "hell"));
  EXPECT_EQ(inbound(world), 5u);
  world.pass(world.limits.body_within + 20ms);
  EXPECT_EQ(inbound(world), 0u);
  EXPECT_EQ(world.owner_counters.publishes_committed.value(), 0u);
}

TEST(Http2Publish, WithoutCreditNothingIsSentAndOrderIsKept) {
  Limits limits;
  limits.publish_credits = 1;
  GatewayWorld world(limits);
  HttpPeer peer(world);
  world.owner_sleeps = true;
  const StreamId first = peer.post("t", "x"), second = peer.post("t", "y"), third = peer.post("t", "z");
  world.owner_sleeps = false;
  peer.pump();
  EXPECT_EQ(peer.trailer(first, "hark-sequence-number"), "1");
  EXPECT_EQ(peer.trailer(second, "hark-sequence-number"), "2");
  EXPECT_EQ(peer.trailer(third, "hark-sequence-number"), "3");
}

TEST(Http2Follow, ManyStreamsOnOneConnection) {
  GatewayWorld world;
  HttpPeer peer(world);
  const StreamId one = peer.follow("a"), two = peer.follow("b"), text = peer.follow("a?format=text");
  EXPECT_EQ(peer.code(one), "200");
  EXPECT_EQ(peer.trailer(one, "content-type"), "text/event-stream");
  peer.post("a", "to a");
  peer.post("b", "to b");
  EXPECT_NE(peer.body(one).find("\"text\":\"to a\""), std::string::npos) << peer.body(one);
  EXPECT_EQ(peer.body(one).find("to b"), std::string::npos);
  EXPECT_NE(peer.body(two).find("\"text\":\"to b\""), std::string::npos);
  EXPECT_NE(peer.body(text).find("data: to a\n"), std::string::npos);
  peer.client().cancel(one);
  peer.pump();
  EXPECT_EQ(world.counters.views.subscriptions.value(), 2u);
  const std::size_t before = peer.body(two).size();
  peer.pass(5s);
  EXPECT_GE(peer.body(two).size(), before + 4 * 3) << "beats";
}

TEST(Http2Follow, ALongPollWaitsAndIsAnswered) {
  GatewayWorld world;
  HttpPeer peer(world);
  const StreamId heard = peer.begin_get("t?wait=20"), other = peer.begin_get("empty?wait=20");
  EXPECT_FALSE(peer.answered(heard));
  peer.pass(19s, 500ms);
  peer.post("t", "late");
  EXPECT_TRUE(peer.answered(heard));
  EXPECT_TRUE(peer.body(heard).starts_with("{\"items\":[{\"item\":{\"topic_sequence_number\":1,"))
      << peer.body(heard);
  EXPECT_FALSE(peer.answered(other));
  peer.pass(2s, 500ms);
  EXPECT_TRUE(peer.answered(other));
  EXPECT_TRUE(peer.body(other).starts_with("{\"items\":[],\"next\":{\"sequence_number\":1,"))
      << peer.body(other);
  EXPECT_EQ(world.counters.views.subscriptions.value(), 0u);
}

// A poll that is cancelled leaves nothing behind that would wake for it.
TEST(Http2Follow, ACancelledPollIsForgotten) {
  GatewayWorld world;
  HttpPeer peer(world);
  for (int i = 0; i < 50; ++i) {
    const StreamId id = peer.begin_get("t?wait=20");
    peer.client().cancel(id);
    peer.pump();
  }
  EXPECT_EQ(world.counters.views.subscriptions.value(), 0u);
  const auto before = world.turns_taken;
  world.pass(60s);
  EXPECT_LT(world.turns_taken - before, 600u);
}

TEST(Http2Follow, ReadsAsTheWindowAllows) {
  GatewayWorld world;
  HttpPeer writer(world);
  writer.post("t", std::string(100'000, 'x'));
  HttpPeer reader(world, {.takes_bodies = false, .initial_window = 1000});
  const StreamId id = reader.begin_get("t");
  EXPECT_EQ(reader.body(id).size(), 1000u);
  while (!reader.answered(id)) {
    const std::size_t before = reader.body(id).size();
    reader.client().open_window(id, 7777);
    reader.pump();
    ASSERT_GT(reader.body(id).size(), before);
    if (reader.body(id).size() > 60'000) break;  // the connection's own window is another matter
  }
  EXPECT_TRUE(reader.body(id).starts_with("{\"items\":[{\"item\":{"));
  EXPECT_EQ(reader.body(id).find_first_not_of('x', 100), std::string::npos);
}

TEST(Http2Follow, RefusesInWords) {
  Limits limits;
  limits.subscriptions_max = 1;
  GatewayWorld world(limits);
  HttpPeer peer(world);
  EXPECT_EQ(peer.code(peer.begin_get("t?start=x")), "400");
  EXPECT_EQ(peer.code(peer.begin_get("t", {{"origin", "http://evil.example"}})), "403");
  EXPECT_EQ(peer.code(peer.begin_get("t", {{"accept", "text/event-stream"}, {"last-event-id", "x"}})), "400");
  const auto nowhere = peer.client().request(fields("GET", "/topics/nowhere/t"));
  const auto deleted = peer.client().request(fields("DELETE", "/topics/default/t"));
  peer.pump();
  EXPECT_EQ(peer.code(nowhere), "404");
  EXPECT_EQ(peer.code(deleted), "405");
  EXPECT_EQ(peer.trailer(deleted, "allow"), "GET, POST, OPTIONS");
  EXPECT_EQ(peer.code(peer.follow("t")), "200");
  EXPECT_EQ(peer.code(peer.follow("t")), "429");
}

TEST(Http2Follow, ADrainEndsWhatFollows) {
  GatewayWorld world;
  HttpPeer peer(world);
  const StreamId events = peer.follow("t"), list = peer.begin_get("t?start=new");
  world.gateway.drain(world.now);
  peer.pump();
  EXPECT_TRUE(peer.answered(events));
  EXPECT_GT(peer.body(events).rfind("retry: "), 0u);
  EXPECT_TRUE(peer.answered(list));
  EXPECT_TRUE(peer.body(list).starts_with("{\"items\":[],\"next\":")) << peer.body(list);
  // Whoever comes now asks before it has heard that it should not.
  HttpPeer lister(world), follower(world), publisher(world);
  const StreamId late_list = lister.begin_get("t"), late_events = follower.follow("t"),
                 late_post = publisher.post("t", "x");
  EXPECT_EQ(lister.code(late_list), "503");
  EXPECT_EQ(lister.trailer(late_list, "retry-after"), "1");
  EXPECT_EQ(follower.code(late_events), "200");
  EXPECT_TRUE(follower.body(late_events).starts_with("retry: "));
  EXPECT_EQ(publisher.code(late_post), "503");
}

TEST(Http2Follow, ADeletedNamespaceEndsIt) {
  GatewayWorld world;
  HttpPeer peer(world);
  const StreamId events = peer.follow("t"), list = peer.begin_get("t?start=new");
  world.delete_namespace("default");
  peer.pump();
  EXPECT_TRUE(peer.answered(events));
  EXPECT_NE(peer.body(events).find("event: end\n"), std::string::npos);
  EXPECT_EQ(peer.code(list), "404");
}

TEST(Http2Pages, AreServed) {
  GatewayWorld world;
  HttpPeer peer(world);
  const auto get = peer.client().request(fields("GET", "/page?x=y")),
             head = peer.client().request(fields("HEAD", "/page")),
             none = peer.client().request(fields("GET", "/nothing"));
  peer.pump();
  EXPECT_EQ(peer.code(get), "200");
  EXPECT_EQ(peer.body(get), "page\n");
  EXPECT_EQ(peer.trailer(head, "content-length"), "5");
  EXPECT_EQ(peer.body(head), "");
  EXPECT_EQ(peer.code(none), "404");
}

}  // namespace
}  // namespace hark::gateway::test
