#include <gtest/gtest.h>

#include "gateway/grpc_peer_for_test.h"
#include "gateway/http2/http2_session.h"

namespace hark::gateway::test {
namespace {

constexpr const char* check_path = "/grpc.health.v1.Health/Check";
constexpr const char* watch_path = "/grpc.health.v1.Health/Watch";
constexpr const char* reflection_path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

const std::string empty = grpc_frame("");
const GrpcPeer::Client::Options wide{.initial_window = 1 << 30};

/// The states that a Watch stream told, e.g. "12".
std::string states(const std::string& body) {
  std::string out;
  for (std::size_t at = 0; at + 7 <= body.size(); at += 7) out += static_cast<char>('0' + body[at + 6]);
  return out;
}

// --- subscribing -----------------------------------------------------------------------------------------

TEST(Http2Session, ASubscriptionBeginsWithTheOwnersAnswer) {
  GatewayWorld world;
  world.owner_sleeps = true;
  GrpcPeer peer(world);
  const auto id = peer.subscribe();
  peer.pump();
  EXPECT_TRUE(peer.client().answer(id).head.empty()) << "a refusal must be the first and only word";
  world.owner_sleeps = false;
  peer.pump();
  EXPECT_EQ(peer.trailer(id, ":status"), "200");
  ASSERT_EQ(peer.items(id).size(), 1u);
  EXPECT_EQ(peer.items(id)[0].kind, 'h');
}

TEST(Http2Session, ASubscriptionBeatsEachSecondWhateverItsTimeout) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto id =
      peer.client().request(grpc_fields(subscribe_path, {{"grpc-timeout", "1S"}}), subscribe_request());
  peer.pump();
  peer.pass(5s + 100ms);
  EXPECT_GE(peer.count(id, 'h'), 5u);
  EXPECT_LE(peer.count(id, 'h'), 7u);
  EXPECT_FALSE(peer.answered(id));
}

// What Momento's message cannot say. The topic has seen five messages, 1 to 5.
TEST(Http2Session, ASubscriptionBeginsWhereHarkStartSays) {
  GatewayWorld world;
  GrpcPeer peer(world);
  for (const char* text : {"a", "b", "c", "d", "e"}) peer.publish(text);
  peer.pump();
  const std::string position = std::string("\x18\x02", 2);  // resume_at_topic_sequence_number = 2
  // clang-format off
  const struct { const char* start; std::string more; int status; std::size_t items; const char* behind; } cases[] = {
      {"new", "", -1, 0, "5"},
      {"latest", "", -1, 1, "4"},
      {"last:3", "", -1, 3, "2"},
      {"last:0", "", -1, 0, "5"},
      {"last:100", "", -1, 5, "0"},
      {"2", "", -1, 4, "1"},
      {"6", "", -1, 0, "5"},
      {"9", "", -1, 0, ""},  // a discontinuity tells it: position_ahead
      {"", "", -1, 1, ""},   // Momento's own beginning, without a word of the position
      {"0", "", 3, 0, ""},
      {"last:", "", 3, 0, ""},
      {"last:-1", "", 3, 0, ""},
      {"newest", "", 3, 0, ""},
      {"99999999999999999999", "", 3, 0, ""},
      {"new", position, 3, 0, ""},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.start) + (c.more.empty() ? "" : " and a position"));
    Fields more;
    if (*c.start != '\0') more.emplace_back("hark-start", c.start);
    const std::string body = grpc_frame(field_bytes(1, "default") + field_bytes(2, "news") + c.more);
    const auto id = peer.client().request(grpc_fields(subscribe_path, more), body);
    peer.pump();
    if (c.status >= 0) peer.pass(3s);  // refusals may be slowed down
    EXPECT_EQ(peer.status(id), c.status);
    EXPECT_EQ(peer.count(id, 'i'), c.items);
    EXPECT_EQ(peer.trailer(id, "hark-sequence-number"), c.behind);
    EXPECT_EQ(peer.trailer(id, "hark-sequence-page").empty(), *c.behind == '\0');
  }
}

TEST(Http2Session, ASubscriptionEndsWithItsNamespace) {
  GatewayWorld world;
  world.create_namespace("other");
  GrpcPeer peer(world);
  const auto id = peer.call(subscribe_path, subscribe_request("news", "other")), stays = peer.subscribe();
  peer.pump();
  world.delete_namespace("other");
  peer.pump();
  EXPECT_EQ(peer.status(id), 5);
  EXPECT_EQ(peer.trailer(id, "err"), "cache_not_found");
  EXPECT_FALSE(peer.answered(stays));
}

TEST(Http2Session, SubscriptionsAreLimited) {
  Limits limits;
  limits.subscriptions_max = 3;
  GatewayWorld world(limits);
  GrpcPeer peer(world);
  std::vector<GrpcPeer::StreamId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(peer.subscribe());
  peer.pump();
  EXPECT_EQ(peer.status(ids[3]), 8);
  EXPECT_EQ(peer.trailer(ids[3], "grpc-message"), "Too many subscribers (limit: 3)");
  EXPECT_EQ(peer.trailer(ids[3], "err"), "topic_subscriptions_limit_exceeded");
  peer.client().cancel(ids[0]);
  peer.pump();
  const auto again = peer.subscribe();
  peer.pump();
  EXPECT_FALSE(peer.answered(again));
}

// Goal: clients that subscribe again without any delay of their own meet a growing one, but never a long one.
TEST(Http2Session, RefusesSubscriptionsMoreAndMoreSlowly) {
  GatewayWorld world;
  GrpcPeer peer(world);
  std::vector<Duration> delays;
  for (int i = 0; i < 15; ++i) {
    const Instant began = world.now;
    const auto id = peer.call(subscribe_path, subscribe_request("t", "missing"));
    peer.pump();
    while (!peer.answered(id)) peer.pass(10ms);
    EXPECT_EQ(peer.status(id), 5);
    delays.push_back(world.now - began);
  }
  EXPECT_EQ(delays[0], 0s) << "the first at once";
  for (std::size_t i = 1; i < 10; ++i) {
    EXPECT_GE(delays[i], i * 100ms);
    EXPECT_LE(delays[i], i * 100ms + 25ms);
  }
  for (std::size_t i = 10; i < 15; ++i) EXPECT_LE(delays[i], 1s + 25ms);
  peer.pass(3s);
  const auto later = peer.call(subscribe_path, subscribe_request("t", "missing"));
  peer.pump();
  EXPECT_TRUE(peer.answered(later)) << "after a pause the first is at once again";
}

// --- streams of its own ------------------------------------------------------------------------------------

TEST(Http2Session, WatchTellsEachChange) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto whole = peer.call(watch_path, empty), unknown = peer.call(watch_path, name_request("nothing"));
  peer.pump();
  EXPECT_EQ(states(peer.client().answer(whole).body), "1");
  EXPECT_EQ(states(peer.client().answer(unknown).body), "3");
  world.gateway.drain(world.now);
  peer.pump();
  EXPECT_EQ(states(peer.client().answer(whole).body), "12");
  EXPECT_EQ(peer.status(whole), 14);
  EXPECT_EQ(peer.status(unknown), 14);
}

// Regression: what a Watch was asked with stayed reserved for as long as it was open: 64 of them took all the
// memory that the core has for requests.
TEST(Http2Session, AnOpenWatchKeepsNoMemoryForItsRequest) {
  GatewayWorld world;
  GrpcPeer peer(world);
  peer.call(watch_path, name_request(std::string(100'000, 'x')));
  peer.pump();
  EXPECT_EQ(world.counters.sessions.inbound_bytes.value(), 0u);
}

TEST(Http2Session, ReflectionAnswersInOrder) {
  GatewayWorld world;
  GrpcPeer peer(world, wide);
  const std::string list = grpc_frame(field_bytes(7, "")),
                    file = grpc_frame(field_bytes(4, "cache_client.pubsub.Pubsub")),
                    missing = grpc_frame(field_bytes(4, "no.such.Symbol"));
  const auto id = peer.call(reflection_path, list + file + missing);
  peer.pump();
  EXPECT_EQ(peer.status(id), 0);
  const std::string& body = peer.client().answer(id).body;
  EXPECT_LT(body.find("grpc.health.v1.Health"), body.find("_SubscriptionItem"));
  EXPECT_LT(body.find("_SubscriptionItem"), body.rfind("no.such.Symbol"));
  const auto bad = peer.call(reflection_path, list + grpc_frame("\xff\xff"));
  peer.pump();
  EXPECT_EQ(peer.status(bad), 3);
}

// Goal: who asks and does not read cannot make the server keep its answers.
TEST(Http2Session, ReflectionKeepsABoundedNumberOfAnswers) {
  GatewayWorld world;
  GrpcPeer peer(world, {.takes_bodies = false, .initial_window = 1000});
  const std::string question = grpc_frame(field_bytes(4, "cache_client.pubsub.Pubsub"));
  std::string questions;
  for (int i = 0; i < 3000; ++i) questions += question;
  const auto id = peer.call(reflection_path, questions);
  peer.pump();
  EXPECT_LE(peer.client().answer(id).body.size(), 1000u);
  EXPECT_FALSE(peer.answered(id));
  EXPECT_LE(world.counters.sessions.inbound_bytes.value(), 100u) << "of one question";
  peer.pass(80s);
  EXPECT_TRUE(peer.answered(id)) << "a request has to end some day";
}

// --- time and the end
// ----------------------------------------------------------------------------------------

TEST(Http2Session, AnIdleConnectionEndsInOrderAndWithoutSpinning) {
  GatewayWorld world;
  GrpcPeer peer(world);
  peer.publish("x");
  peer.pump();
  world.pass(world.limits.idle_connection_max - 1s);
  peer.pump();
  EXPECT_FALSE(peer.client().goaway());
  world.pass(1s);
  const std::size_t turns = world.turns_taken;
  world.pass(150ms);
  EXPECT_LE(world.turns_taken - turns, 4u) << "nothing is left to do until the second step";
  world.pass(1s);
  peer.pump();
  EXPECT_EQ(peer.client().goaway(), 0u);
  EXPECT_TRUE(peer.peer().socket().server_ended);
}

TEST(Http2Session, APingKeepsAConnection) {
  GatewayWorld world;
  GrpcPeer peer(world);
  peer.pump();
  for (int i = 0; i < 5; ++i) {
    world.pass(world.limits.idle_connection_max - 1s);
    peer.client().ping();
    peer.pump();
  }
  EXPECT_FALSE(peer.client().goaway());
  EXPECT_EQ(peer.client().pongs(), 5u);
}

TEST(Http2Session, ADrainAnswersWhatIsUnderWayAndRefusesWhatIsNew) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto stream = peer.subscribe();
  peer.pump();
  world.owner_sleeps = true;
  const auto published = peer.publish("x");
  const auto starting = peer.subscribe("another");
  peer.pump();
  world.gateway.drain(world.now);
  EXPECT_FALSE(world.gateway.drained());
  const auto late = peer.publish("late"), late_stream = peer.subscribe(),
             check = peer.call(check_path, empty);
  peer.pump();
  EXPECT_EQ(peer.status(late), 14);
  EXPECT_EQ(peer.status(late_stream), 14);
  EXPECT_EQ(peer.status(stream), 14);
  EXPECT_EQ(peer.status(starting), 14);
  EXPECT_EQ(peer.client().answer(check).body, grpc_frame("\x08\x02")) << "NOT_SERVING";
  EXPECT_FALSE(peer.answered(published));
  world.owner_sleeps = false;
  peer.pump();
  EXPECT_EQ(peer.status(published), 0);
  peer.pass(300ms);
  EXPECT_EQ(peer.client().goaway(), 0u);
  EXPECT_TRUE(peer.peer().socket().server_ended);
  peer.peer().end();
  world.settle();
  EXPECT_TRUE(world.gateway.drained());
}

TEST(Http2Session, AConnectionThatComesDuringADrainIsServedAndEnded) {
  GatewayWorld world;
  GrpcPeer before(world);
  before.pump();
  world.gateway.drain(world.now);
  GrpcPeer late(world);
  const auto id = late.publish("x");
  late.pump();
  EXPECT_EQ(late.status(id), 14);
  late.pass(300ms);
  EXPECT_TRUE(late.peer().socket().server_ended);
}

// Goal: nothing that a client does or leaves undone holds a drain for longer than it may take.
TEST(Http2Session, NoConnectionHoldsADrain) {
  using namespace protocol::http2::testing;
  GatewayWorld world;
  GrpcPeer idle(world), watcher(world), reflecting(world),
      shut(world, {.takes_bodies = false, .initial_window = 3});
  Peer silent(world), preface_only(world), half_head(world), half_body(world);
  watcher.call(watch_path, empty);
  reflecting.client().request(grpc_fields(reflection_path), "");
  shut.subscribe();
  for (GrpcPeer* peer : {&idle, &watcher, &reflecting, &shut}) peer->pump();
  preface_only.ask(hello());
  half_head.ask(hello() + headers(1, grpc_fields(publish_path)).substr(0, 20));
  half_body.ask(hello() + headers(1, grpc_fields(publish_path)) +
                data(1, publish_request("hello").substr(0, 8)));
  world.gateway.drain(world.now);
  for (int i = 0; i < 800; ++i) {
    world.pass(10ms);
    for (GrpcPeer* peer : {&idle, &watcher, &reflecting}) peer->pump();
  }
  EXPECT_LE(world.gateway.connection_count(), 2u) << "a body and a window may take their time, up to the cut";
  world.gateway.abort_all();
  world.settle();
  EXPECT_TRUE(world.gateway.drained());
}

// Regression: a client that gave up its last stream after the end was announced was never let go.
TEST(Http2Session, TheLastCancelEndsADrainedConnection) {
  GatewayWorld world;
  GrpcPeer peer(world, {.takes_bodies = false, .initial_window = 3});
  const auto id = peer.subscribe();
  peer.pump();
  world.gateway.drain(world.now);
  peer.pass(300ms);
  ASSERT_FALSE(peer.peer().socket().server_ended);
  peer.client().cancel(id);
  peer.pump();
  EXPECT_TRUE(peer.peer().socket().server_ended);
}

}  // namespace
}  // namespace hark::gateway::test
