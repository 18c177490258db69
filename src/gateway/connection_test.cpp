#include "gateway/connection.h"

#include <gtest/gtest.h>

#include "gateway/grpc_peer_for_test.h"

namespace hark::gateway::test {
namespace {

const std::string page_request = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string large_request = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";

std::string body_of(const std::string& answer) {
  const std::size_t at = answer.find("\r\n\r\n");
  return at == std::string::npos ? "" : answer.substr(at + 4);
}

// --- first bytes -----------------------------------------------------------------------------------

TEST(Connection, ServesARequestHoweverItsBytesAreCut) {
  for (std::size_t cut = 0; cut <= page_request.size(); ++cut) {
    GatewayWorld world;
    Peer peer(world);
    std::string answer = peer.ask(page_request.substr(0, cut));
    answer += peer.ask(page_request.substr(cut));
    EXPECT_EQ(body_of(answer), "page\n") << "cut at " << cut;
  }
}

TEST(Connection, ServesHttp2HoweverItsBytesAreCut) {
  for (const std::size_t size : {1U, 2U, 3U, 7U, 14U, 24U, 25U}) {
    GatewayWorld world;
    GrpcPeer peer(world);
    const auto id = peer.publish("hello");
    std::string bytes = peer.client().produce();
    std::string answer;
    for (; !bytes.empty(); bytes.erase(0, size)) answer += peer.peer().ask(bytes.substr(0, size));
    peer.client().receive(answer);
    peer.pump();
    EXPECT_EQ(peer.status(id), 0) << "in pieces of " << size;
  }
}

TEST(Connection, EndsWhoSaysNothingInTime) {
  for (const std::string_view said : {"", "P", "PRI * HTTP/2"}) {
    GatewayWorld world;
    Peer peer(world);
    peer.ask(said);
    world.pass(world.limits.first_byte_within - 10ms);
    EXPECT_FALSE(peer.gone()) << said;
    world.pass(30ms);
    EXPECT_TRUE(peer.gone()) << said;
    EXPECT_EQ(world.counters.connections.closed_for_first_bytes.value(), 1u);
    EXPECT_EQ(world.counters.connections.connections.value(), 0u);
  }
}

TEST(Connection, EndsWhoSpeaksSomethingElseAtOnce) {
  GatewayWorld world;
  Peer peer(world);
  peer.ask("\x16\x03\x01");
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(world.counters.connections.closed_for_first_bytes.value(), 1u);
}

TEST(Connection, EndsWithAPeerThatLeavesBeforeItSaysAnything) {
  for (const bool broken : {false, true}) {
    GatewayWorld world;
    Peer peer(world);
    broken ? peer.cut() : peer.end();
    world.settle();
    EXPECT_TRUE(peer.gone());
    EXPECT_EQ(world.gateway.connection_count(), 0u);
  }
}

// --- writing ---------------------------------------------------------------------------------------

// Goal: whatever the kernel takes at a time, what comes out is what went in, and nothing stays counted.
TEST(Connection, WritesEveryByteOnceWhateverTheKernelTakes) {
  for (const std::size_t room : {1U, 2U, 3U, 100U, 4095U, 16'384U, 99'999U}) {
    GatewayWorld world;
    world.documents.large = room < 100 ? 3000 : 100'000;
    Peer peer(world);
    peer.socket().room = room;
    peer.send(large_request);
    world.settle();
    std::string answer;
    for (std::string taken = peer.take(); !taken.empty(); taken = peer.take()) {
      answer += taken;
      world.settle();
    }
    EXPECT_EQ(body_of(answer), std::string(world.documents.large, 'x')) << "room for " << room;
    EXPECT_EQ(world.counters.pinned.bytes.value(), 0u);
    EXPECT_EQ(world.counters.connections.bytes_written.value(), answer.size());
    EXPECT_FALSE(peer.connection().pinning());
  }
}

TEST(Connection, CountsWhatAShortWriteLeavesAsPinned) {
  GatewayWorld world;
  Peer peer(world);
  peer.socket().room = 1000;
  peer.send(large_request);
  world.settle();
  EXPECT_TRUE(peer.connection().pinning());
  EXPECT_EQ(world.counters.pinned.bytes.value(), world.limits.write_bytes_first - 1000);
  EXPECT_EQ(world.counters.connections.short_writes.value(), 1u);
  peer.cut();
  world.settle();
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(world.counters.pinned.bytes.value(), 0u);
}

TEST(Connection, CutsAPeerThatTakesNoneOfItsAnswers) {
  GatewayWorld world;
  Peer peer(world);
  peer.socket().room = 1000;
  peer.send(large_request);
  world.settle();
  world.pass(world.limits.control_write_within - 20ms);
  EXPECT_FALSE(peer.gone());
  world.pass(40ms);
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(
      world.counters.connections.closed_for_stall.value() + world.counters.sessions.closed_for_stall.value(),
      1u);
}

TEST(Connection, KeepsAPeerThatTakesItsAnswersSlowly) {
  GatewayWorld world;
  Peer peer(world);
  peer.socket().room = 1000;
  peer.send(large_request);
  std::string answer;
  for (int i = 0; i < 60; ++i) {
    world.pass(world.limits.control_write_within / 2);
    answer += peer.take();
    world.settle();
    ASSERT_FALSE(peer.gone()) << "after " << answer.size();
  }
  EXPECT_GT(answer.size(), 50'000u);
}

// A live subscription is never closed for slowness, but one that has ended is like any other answer.
// Regression: nobody looked at the clock of a connection whose subscription ended while it took nothing.
TEST(Connection, CutsAPeerWhoseSubscriptionEndedAndThatTakesNothing) {
  GatewayWorld world;
  world.create_namespace("other");
  GrpcPeer peer(world, {.initial_window = 1 << 30});
  peer.call(subscribe_path, subscribe_request("news", "other"));
  peer.pump();
  GrpcPeer publisher(world);
  publisher.pump();
  peer.peer().socket().room = 100;
  publisher.call(publish_path, publish_request(std::string(10'000, 'x'), "news", "other"));
  publisher.pump();
  world.pass(1min);
  ASSERT_FALSE(peer.peer().gone()) << "a live subscription is never closed for slowness";
  ASSERT_GT(world.counters.pinned.bytes.value(), 0u);
  world.delete_namespace("other");
  world.settle();
  world.pass(2 * world.limits.control_write_within + 100ms);
  EXPECT_TRUE(peer.peer().gone());
}

// --- the end ---------------------------------------------------------------------------------------

TEST(Connection, AnswersWhoEndedItsSideBehindItsRequest) {
  GatewayWorld world;
  Peer peer(world);
  peer.send(page_request);
  peer.end();
  world.settle();
  EXPECT_EQ(body_of(peer.take()), "page\n");
  EXPECT_TRUE(peer.gone());
}

TEST(Connection, LingersAfterItsLastWordsAndThenGoes) {
  GatewayWorld world;
  Peer peer(world);
  const std::string answer = peer.ask("GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(body_of(answer), "page\n");
  EXPECT_TRUE(peer.socket().server_ended);
  EXPECT_FALSE(peer.gone()) << "a reset would overtake the answer";
  EXPECT_EQ(peer.ask("what the peer had under way"), "");
  EXPECT_FALSE(peer.gone());
  world.pass(world.limits.linger_close + 20ms);
  EXPECT_TRUE(peer.gone());
}

TEST(Connection, LingersNoLongerThanThePeer) {
  GatewayWorld world;
  Peer peer(world);
  peer.ask("GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  peer.end();
  world.settle();
  EXPECT_TRUE(peer.gone());
}

TEST(Connection, LingersForABoundedNumberOfBytes) {
  GatewayWorld world;
  Peer peer(world);
  peer.ask("nonsense\r\n\r\n");
  for (int i = 0; i < 15 && !peer.gone(); ++i) peer.ask(std::string(64 << 10, 'x'));
  EXPECT_TRUE(peer.gone() || peer.socket().server_ended);
  for (int i = 0; i < 4 && !peer.gone(); ++i) peer.ask(std::string(64 << 10, 'x'));
  EXPECT_TRUE(peer.gone());
}

TEST(Connection, ADrainLetsLastWordsArrive) {
  GatewayWorld world;
  Peer peer(world);
  peer.ask("GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  world.gateway.drain(world.now);
  world.settle();
  EXPECT_FALSE(peer.gone()) << "it lingers on";
  world.pass(world.limits.linger_close + 20ms);
  EXPECT_TRUE(world.gateway.drained());
}

// Regression: a connection whose request was there but not read yet was closed over it, which is a reset.
TEST(Connection, ADrainAnswersARequestThatWaitsUnread) {
  GatewayWorld world;
  Peer peer(world);
  peer.send("POST /topics/default/t HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  world.gateway.drain(world.now);
  EXPECT_FALSE(world.gateway.drained());
  world.settle();
  const std::string answer = peer.take();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(peer.socket().server_ended);
  peer.end();
  world.settle();
  EXPECT_TRUE(world.gateway.drained());
}

// Regression: one idle client that did not close its side held every restart up for linger_close.
TEST(Connection, ADrainWaitsOnlyShortlyForWhoSendsNothing) {
  GatewayWorld world;
  Peer idle(world), gone_before(world), sender(world);
  idle.ask("GET /ready HTTP/1.1\r\nHost: a\r\n\r\n");
  gone_before.ask("GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  sender.ask("GET /ready HTTP/1.1\r\nHost: a\r\n\r\n");
  world.gateway.drain(world.now);
  world.settle();
  EXPECT_TRUE(idle.socket().server_ended);
  sender.ask("POST /topics/default/t HTTP/1.1\r\n");
  world.pass(300ms);
  EXPECT_TRUE(idle.gone());
  EXPECT_TRUE(gone_before.gone());
  EXPECT_FALSE(sender.gone()) << "a reset would overtake what it was told";
  world.pass(world.limits.linger_close);
  EXPECT_TRUE(sender.gone());
  EXPECT_TRUE(world.gateway.drained());
}

TEST(Connection, ADrainServesButDoesNotAwaitWhoHasNotSpoken) {
  GatewayWorld world;
  Peer peer(world);
  world.settle();
  world.gateway.drain(world.now);
  world.settle();
  EXPECT_TRUE(world.gateway.drained());
  EXPECT_FALSE(peer.gone());
  EXPECT_EQ(body_of(peer.ask("GET /ready HTTP/1.1\r\nHost: a\r\n\r\n")), "draining\n");
  EXPECT_TRUE(peer.socket().server_ended);
}

// Regression: what was over but not taken had no end as long as a subscription was open beside it.
TEST(Connection, EndsWithinBoundsWhateverIsLeftToSay) {
  GatewayWorld world;
  GrpcPeer peer(world, {.initial_window = 1 << 30});
  peer.subscribe();
  peer.pump();
  GrpcPeer publisher(world);
  peer.peer().socket().room = 100;
  publisher.publish(std::string(10'000, 'x'));
  publisher.pump();
  peer.peer().end();
  world.settle();
  EXPECT_FALSE(peer.peer().gone()) << "what is under way is still written";
  world.pass(world.limits.control_write_within + 20ms);
  EXPECT_TRUE(peer.peer().gone());
}

TEST(Connection, AnIdleOneCostsNoTurns) {
  GatewayWorld world;
  GrpcPeer peer(world);
  peer.publish("x");
  peer.pump();
  for (int i = 0; i < 100; ++i) {
    world.pass(3s);
    ASSERT_FALSE(world.has_work());
  }
  EXPECT_FALSE(peer.peer().gone());
}

}  // namespace
}  // namespace hark::gateway::test
