#include "gateway/http2/http2_session.h"

#include <gtest/gtest.h>

#include "gateway/grpc_peer_for_test.h"

namespace hark::gateway::test {
namespace {

constexpr const char* create_path = "/control_client.ScsControl/CreateCache";
constexpr const char* delete_path = "/control_client.ScsControl/DeleteCache";
constexpr const char* list_path = "/control_client.ScsControl/ListCaches";
constexpr const char* flush_path = "/control_client.ScsControl/FlushCache";
constexpr const char* check_path = "/grpc.health.v1.Health/Check";

const std::string empty = grpc_frame("");
const GrpcPeer::Client::Options wide{.initial_window = 1 << 30};

// --- requests ----------------------------------------------------------------------------------------

TEST(Http2Session, AnswersWithHeadMessageAndTrailers) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto id = peer.call("/cache_client.Ping/Ping", empty);
  peer.pump();
  const auto& answer = peer.client().answer(id);
  EXPECT_EQ(answer.head, (Fields{{":status", "200"}, {"content-type", "application/grpc"}}));
  EXPECT_EQ(answer.body, empty);
  EXPECT_EQ(answer.trailers, (Fields{{"grpc-status", "0"}}));
  EXPECT_TRUE(answer.closed);
}

TEST(Http2Session, AnErrorIsOneHeadWithBoth) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto id = peer.call("/cache_client.pubsub.Pubsub/Nothing", empty);
  peer.pump();
  const auto& answer = peer.client().answer(id);
  EXPECT_EQ(answer.head, (Fields{{":status", "200"},
                                 {"content-type", "application/grpc"},
                                 {"grpc-status", "12"},
                                 {"grpc-message", "Not implemented: /cache_client.pubsub.Pubsub/Nothing"}}));
  EXPECT_TRUE(answer.trailers.empty());
  EXPECT_TRUE(answer.closed);
}

TEST(Http2Session, AnswersWhatIsNoGrpcInHttpsWords) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto with = [&](const std::string& method, const std::string& type) {
    Fields fields{{":method", method}, {":scheme", "http"}, {":path", publish_path}, {":authority", "a"}};
    if (!type.empty()) fields.emplace_back("content-type", type);
    const auto id = peer.client().request(fields);
    peer.pump();
    EXPECT_TRUE(peer.answered(id));
    return peer.trailer(id, ":status");
  };
  EXPECT_EQ(with("GET", "application/grpc"), "404") << "a page that there is not";
  EXPECT_EQ(with("GET", ""), "404");
  EXPECT_EQ(with("PUT", "application/grpc"), "405");
  EXPECT_EQ(with("POST", ""), "415");
  EXPECT_EQ(with("POST", "application/json"), "415");
  EXPECT_EQ(with("POST", "application/grpcfoo"), "415");
  EXPECT_EQ(with("POST", "application/grpc-web"), "415");
  EXPECT_EQ(with("POST", "application/grpc"), "200");
  EXPECT_EQ(with("POST", "application/grpc+proto"), "200");
  EXPECT_EQ(with("POST", "application/grpc; charset=utf-8"), "200");
}

TEST(Http2Session, RefusesCompression) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto gzip =
      peer.client().request(grpc_fields(publish_path, {{"grpc-encoding", "gzip"}}), publish_request("x"));
  const auto identity =
      peer.client().request(grpc_fields(publish_path, {{"grpc-encoding", "identity"}}), publish_request("x"));
  peer.pump();
  EXPECT_EQ(peer.status(gzip), 12);
  EXPECT_EQ(peer.status(identity), 0);
}

TEST(Http2Session, JudgesNamesAndValues) {
  GatewayWorld world;
  GrpcPeer peer(world);
  struct Row {
    std::string path, body;
    int status;
    std::string err;
  };
  const Row rows[] = {
      {publish_path, publish_request("x", ""), 3, ""},
      {publish_path, publish_request("x", "a\nb"), 3, ""},
      {publish_path, publish_request("x", std::string(1024, 't')), 0, ""},
      {publish_path, publish_request("x", std::string(1025, 't')), 3, ""},
      {publish_path, publish_request("x", "t", ""), 3, ""},
      {publish_path, publish_request("x", "t", "missing"), 5, "cache_not_found"},
      {publish_path, publish_request("", "t"), 0, ""},
      {publish_path, subscribe_request("no value"), 3, ""},
      {publish_path, publish_request("\xff"), 3, ""},
      {subscribe_path, subscribe_request(""), 3, ""},
      {subscribe_path, subscribe_request("t", "missing"), 5, "cache_not_found"},
      {create_path, name_request(""), 3, ""},
      {create_path, name_request("a/b"), 3, ""},
      {delete_path, name_request(""), 3, ""},
      {flush_path, name_request("missing"), 5, "cache_not_found"},
      {flush_path, name_request("default"), 0, ""},
      {list_path, empty, 0, ""},
      {list_path, name_request("token"), 3, ""},
      {check_path, empty, 0, ""},
      {check_path, name_request("cache_client.pubsub.Pubsub"), 0, ""},
      {check_path, name_request("nothing"), 5, ""},
  };
  for (const Row& row : rows) {
    const auto id = peer.call(row.path, row.body);
    peer.pump();
    peer.pass(1s);
    SCOPED_TRACE(row.path + " " + testing::PrintToString(row.body));
    EXPECT_EQ(peer.status(id), row.status);
    EXPECT_EQ(peer.trailer(id, "err"), row.err);
    EXPECT_EQ(peer.trailer(id, "grpc-message").empty(), row.status == 0);
    peer.pass(2s);
  }
  EXPECT_EQ(world.counters.sessions.inbound_bytes.value(), 0u);
}

TEST(Http2Session, ControlRequestsWaitForTheirAnswer) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto create = peer.call(create_path, name_request("a")),
             remove = peer.call(delete_path, name_request("b"));
  peer.pump();
  EXPECT_FALSE(peer.answered(create));
  ASSERT_EQ(world.control.asked.size(), 2u);
  EXPECT_EQ(world.control.asked[0].name, "a");
  EXPECT_EQ(world.control.asked[1].verb, fabric::ControlRequest::Verb::delete_namespace);
  const auto answer = [&](std::size_t at, std::optional<Error> error) {
    world.gateway.on_controlled(world.control.asked[at].connection, world.control.asked[at].ticket, error);
    peer.pump();
  };
  answer(1, Error{ErrorCode::namespace_not_found, "b"});
  EXPECT_EQ(peer.status(remove), 5);
  answer(0, std::nullopt);
  EXPECT_EQ(peer.status(create), 0);
  world.control.room = 0;
  const auto crowded = peer.call(create_path, name_request("c"));
  peer.pump();
  EXPECT_EQ(peer.status(crowded), 8);
  EXPECT_EQ(peer.trailer(crowded, "grpc-message"), "Too many operations per second (limit: 32)");
}

TEST(Http2Session, AnswersToWhoHasGoneAreDropped) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto create = peer.call(create_path, name_request("a"));
  peer.pump();
  peer.client().cancel(create);
  peer.pump();
  world.gateway.on_controlled(world.control.asked[0].connection, world.control.asked[0].ticket, std::nullopt);
  world.owner_sleeps = true;
  peer.publish("x");
  peer.pump();
  peer.peer().cut();
  world.settle();
  world.owner_sleeps = false;
  world.settle();
  EXPECT_EQ(world.gateway.publishes_under_way(), 0u);
  world.gateway.on_controlled(world.control.asked[0].connection, world.control.asked[0].ticket, std::nullopt);
}

// --- publishing ----------------------------------------------------------------------------------------

struct OneCredit {
  OneCredit() : world(limits()) { world.owner_sleeps = true; }
  static Limits limits() {
    Limits of;
    of.publish_credits = 1;
    return of;
  }
  GatewayWorld world;
};

TEST(Http2Session, PublishesWithoutCreditKeepTheirOrder) {
  OneCredit one;
  GatewayWorld& world = one.world;
  GrpcPeer publisher(world), reader(world, wide);
  std::vector<GrpcPeer::StreamId> ids;
  for (int i = 0; i < 40; ++i)
    ids.push_back(publisher.publish("<" + std::to_string(i) + ">", i % 2 ? "news" : "other"));
  publisher.pump();
  EXPECT_EQ(world.gateway.publishes_under_way(), 1u);
  world.owner_sleeps = false;
  publisher.pump();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(publisher.status(ids[i]), 0) << i;
    EXPECT_EQ(publisher.trailer(ids[i], "hark-sequence-number"), std::to_string(i / 2 + 1));
  }
}

TEST(Http2Session, ACancelledPublishWithoutCreditIsNeverSent) {
  OneCredit one;
  GrpcPeer publisher(one.world);
  publisher.publish("first");
  const auto second = publisher.publish("second");
  const auto third = publisher.publish("third");
  publisher.client().cancel(second);
  publisher.pump();
  one.world.owner_sleeps = false;
  publisher.pump();
  EXPECT_EQ(publisher.trailer(third, "hark-sequence-number"), "2");
  EXPECT_EQ(one.world.owner_counters.publishes_committed.value(), 2u);
}

// Without credit a connection is not read: what it sends on waits in the kernel.
TEST(Http2Session, IsNotReadWithoutCredit) {
  OneCredit one;
  GrpcPeer publisher(one.world);
  publisher.publish("first");
  publisher.publish("second");
  publisher.pump();
  publisher.publish("third");
  publisher.pump();
  EXPECT_FALSE(publisher.peer().socket().to_server.empty());
  one.world.owner_sleeps = false;
  publisher.pump();
  EXPECT_TRUE(publisher.peer().socket().to_server.empty());
  EXPECT_EQ(publisher.client().open_streams(), 0u);
}

TEST(Http2Session, APublishIsAnsweredWithinItsDeadlineWhateverTheOwnerDoes) {
  OneCredit one;
  GrpcPeer publisher(one.world);
  const auto sent = publisher.publish("first"), waiting = publisher.publish("second");
  publisher.pump();
  publisher.pass(one.world.limits.publish_deadline + 500ms);
  EXPECT_EQ(publisher.status(sent), 4) << "unknown";
  EXPECT_EQ(publisher.status(waiting), 14) << "never sent";
  EXPECT_EQ(one.world.counters.sessions.inbound_bytes.value(), 0u);
}

}  // namespace
}  // namespace hark::gateway::test
