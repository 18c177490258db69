#include "gateway/gateway.h"

#include <gtest/gtest.h>

#include "gateway/grpc_peer_for_test.h"

namespace hark::gateway::test {
namespace {

using Client = GrpcPeer::Client;
const Client::Options wide{.initial_window = 1 << 30};

std::string replay_request(std::string_view topic) {
  return grpc_frame(field_bytes(1, "default") + field_bytes(2, topic) + "\x18\x01");
}

/// A connection's window as wide as its streams'.
void widen(GrpcPeer& peer) {
  peer.client().open_window(0, 1 << 30);
  peer.pump();
}

TEST(Gateway, CarriesAMessageToEverySubscriber) {
  GatewayWorld world;
  GrpcPeer first(world), second(world), publisher(world);
  const auto a = first.subscribe(), b = first.subscribe(), c = second.subscribe(),
             other = second.subscribe("other");
  first.pump();
  second.pump();
  const auto published = publisher.publish("hello");
  for (GrpcPeer* peer : {&publisher, &first, &second}) peer->pump();
  EXPECT_EQ(publisher.status(published), 0);
  EXPECT_EQ(publisher.trailer(published, "hark-sequence-number"), "1");
  EXPECT_EQ(publisher.trailer(published, "hark-sequence-page"), "100");
  for (const auto& [peer, id] : {std::pair(&first, a), {&first, b}, {&second, c}}) {
    ASSERT_EQ(peer->items(id).size(), 2u);
    EXPECT_EQ(peer->items(id)[0].kind, 'h');
    EXPECT_NE(peer->items(id)[1].bytes.find("hello"), std::string::npos);
  }
  EXPECT_EQ(second.count(other, 'i'), 0u);
  EXPECT_EQ(world.counters.sessions.inbound_bytes.value(), 0u);
}

TEST(Gateway, KeepsThePublishesOfAConnectionInOrder) {
  GatewayWorld world;
  GrpcPeer publisher(world), reader(world, wide);
  const auto stream = reader.subscribe();
  reader.pump();
  for (int i = 0; i < 300; ++i) publisher.publish("<" + std::to_string(i) + ">");
  publisher.pump();
  reader.pump();
  const auto items = reader.items(stream);
  ASSERT_EQ(items.size(), 301u);
  for (std::size_t i = 0; i < 300; ++i)
    EXPECT_NE(items[i + 1].bytes.find("<" + std::to_string(i) + ">"), std::string::npos) << i;
}

// --- bounds of the turn ------------------------------------------------------------------------------

TEST(Gateway, WritesABoundedNumberOfConnectionsATurn) {
  GatewayWorld world;
  std::vector<std::unique_ptr<GrpcPeer>> readers;
  for (int i = 0; i < 200; ++i) {
    readers.push_back(std::make_unique<GrpcPeer>(world));
    readers.back()->subscribe();
    readers.back()->pump();
  }
  GrpcPeer publisher(world);
  publisher.publish("x");
  publisher.peer().send(publisher.client().produce());
  world.clock_step = world.limits.flush_a_turn;  // each look at the clock says that the time is over
  const std::uint64_t before = world.counters.connections.writes.value();
  world.turn();
  EXPECT_LE(world.counters.connections.writes.value() - before, 16u);
  EXPECT_TRUE(world.has_work());
  EXPECT_GE(world.counters.turns_cut.value(), 1u);
  for (auto& reader : readers) reader->pump();
  EXPECT_EQ(world.counters.views.deliveries.value(), 200u) << "and nobody was forgotten";
}

TEST(Gateway, ReadsABoundedNumberOfConnectionsATurn) {
  GatewayWorld world;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 200; ++i) {
    peers.push_back(std::make_unique<Peer>(world));
    peers.back()->send("GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  world.clock_step = 10ms;
  world.turn();
  EXPECT_LE(world.documents.asked, 16u);
  EXPECT_TRUE(world.has_work());
  world.settle();
  EXPECT_EQ(world.documents.asked, 200u);
}

// Regression: readers were woken only when nobody had anything to write, so one fast reader of a long replay
// kept all others waiting for as long as it went on.
TEST(Gateway, ALongReplayKeepsNobodyElseWaiting) {
  GatewayWorld world;
  GrpcPeer live(world), publisher(world), greedy(world, wide);
  const auto stream = live.subscribe("news");
  live.pump();
  for (int i = 0; i < 60; ++i) {
    publisher.publish(std::string(60'000, 'x'), "big");
    publisher.pump();
  }
  widen(greedy);
  for (int i = 0; i < 10; ++i) greedy.call(subscribe_path, replay_request("big"));
  greedy.peer().send(greedy.client().produce());
  world.clock_step = world.limits.flush_a_turn;
  world.turn();
  publisher.publish("now", "news");
  publisher.peer().send(publisher.client().produce());
  int turns = 0;
  const auto heard = [&] {
    live.client().receive(live.peer().take());
    return live.count(stream, 'i') == 1;
  };
  for (; turns < 1000 && !heard(); ++turns) world.turn();
  EXPECT_LE(turns, 6) << "turns until a live reader heard of its message";
  EXPECT_TRUE(world.has_work()) << "the replay is still under way";
}

// --- waking ------------------------------------------------------------------------------------------

// Regression: what a connection gave back when it was cut was seen only at the next timer.
TEST(Gateway, RoomThatACutConnectionGivesBackIsUsedAtOnce) {
  Limits limits;
  limits.inbound_bytes_max = 3000;
  GatewayWorld world(limits);
  GrpcPeer holder(world), waiter(world);
  holder.pump();
  const std::string request = publish_request(std::string(2500, 'x'));
  using namespace protocol::http2::testing;
  Peer raw(world);
  raw.ask(hello() + headers(1, grpc_fields(publish_path)) + data(1, request.substr(0, 100)));
  const auto id = waiter.call(publish_path, request);
  waiter.pump();
  ASSERT_FALSE(waiter.answered(id));
  raw.cut();
  world.settle();
  waiter.client().receive(waiter.peer().take());
  EXPECT_EQ(waiter.status(id), 0);
  EXPECT_EQ(world.counters.sessions.inbound_bytes.value(), 0u);
}

// Goal: one connection with many publishes does not keep another from its first.
TEST(Gateway, SharesCreditBetweenConnections) {
  Limits limits;
  limits.publish_credits = 1;
  GatewayWorld world(limits);
  world.owner_sleeps = true;
  GrpcPeer busy(world), modest(world);
  for (int i = 0; i < 50; ++i) busy.publish("x");
  busy.peer().send(busy.client().produce());
  world.settle();
  const auto id = modest.publish("y");
  modest.peer().send(modest.client().produce());
  world.settle();
  world.owner_sleeps = false;
  int turns = 0;
  for (; turns < 100 && !modest.answered(id); ++turns) {
    world.turn();
    modest.client().receive(modest.peer().take());
  }
  EXPECT_LE(turns, 5);
  busy.pump();
  EXPECT_EQ(busy.client().open_streams(), 0u);
}

// --- memory of slow readers ----------------------------------------------------------------------------

TEST(Gateway, PastThePinningLimitResetsWhoPinsLongest) {
  Limits limits;
  limits.pinned_bytes_max = 25'000;
  GatewayWorld world(limits);
  GrpcPeer publisher(world);
  std::vector<std::unique_ptr<GrpcPeer>> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(std::make_unique<GrpcPeer>(world, wide));
    slow.back()->subscribe("topic" + std::to_string(i));
    widen(*slow.back());
    slow.back()->peer().socket().room = 100;
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_LE(world.counters.pinned.bytes.value(), limits.pinned_bytes_max);
    publisher.publish(std::string(10'000, 'x'), "topic" + std::to_string(i));
    publisher.pump();
  }
  EXPECT_TRUE(slow[0]->peer().gone()) << "it pins longest";
  EXPECT_FALSE(slow[1]->peer().gone());
  EXPECT_FALSE(slow[2]->peer().gone());
  EXPECT_EQ(world.counters.connections.closed_for_pinning.value(), 1u);
  EXPECT_LE(world.counters.pinned.bytes.value(), limits.pinned_bytes_max);
}

// A place between messages pins nothing, however far behind it is.
TEST(Gateway, ASlowReaderBetweenMessagesCostsNothing) {
  GatewayWorld world;
  GrpcPeer publisher(world), slow(world, {.takes_bodies = false, .initial_window = 100});
  slow.subscribe();
  slow.pump();
  for (int i = 0; i < 100; ++i) publisher.publish("message " + std::to_string(i));
  publisher.pump();
  slow.pump();
  world.pass(1min);
  EXPECT_FALSE(slow.peer().gone());
  EXPECT_LE(world.counters.pinned.bytes.value(), 200u);
}

// --- the end -------------------------------------------------------------------------------------------

TEST(Gateway, CountsNothingWhenAllHaveGone) {
  GatewayWorld world;
  {
    std::vector<std::unique_ptr<GrpcPeer>> peers;
    for (int i = 0; i < 20; ++i) {
      GrpcPeer& peer = *peers.emplace_back(std::make_unique<GrpcPeer>(world, wide));
      peer.subscribe();
      if (i % 3 == 0) peer.call("/grpc.health.v1.Health/Watch", grpc_frame(""));
      peer.pump();
      if (i % 4 == 0) peer.peer().socket().room = 50;
      peer.publish(std::string(5000, 'x'));
      peer.pump();
    }
    for (std::size_t i = 0; i < peers.size(); ++i)
      i % 2 == 0 ? peers[i]->peer().cut() : peers[i]->peer().end();
    world.settle();
    world.pass(20s);
    for (auto& peer : peers) EXPECT_TRUE(peer->peer().gone());
  }
  EXPECT_EQ(world.gateway.connection_count(), 0u);
  EXPECT_EQ(world.counters.connections.connections.value(), 0u);
  EXPECT_EQ(world.counters.views.subscriptions.value(), 0u);
  EXPECT_EQ(world.counters.pinned.bytes.value(), 0u);
  EXPECT_EQ(world.counters.sessions.inbound_bytes.value(), 0u);
  world.pass(world.limits.view_linger);
  EXPECT_EQ(world.counters.views.views.value(), 0u);
}

TEST(Gateway, MayBeDestroyedInTheMiddleOfEverything) {
  auto world = std::make_unique<GatewayWorld>();
  GrpcPeer reader(*world, wide), publisher(*world);
  reader.subscribe();
  reader.pump();
  reader.peer().socket().room = 10;
  world->owner_sleeps = true;
  for (int i = 0; i < 10; ++i) publisher.publish("x");
  publisher.peer().send(publisher.client().produce());
  world->turn();
  world.reset();
  EXPECT_TRUE(reader.peer().gone());
}

}  // namespace
}  // namespace hark::gateway::test
