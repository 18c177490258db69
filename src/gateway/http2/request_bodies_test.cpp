#include "gateway/http2/request_bodies.h"

#include <gtest/gtest.h>

#include "gateway/grpc_peer_for_test.h"

namespace hark::gateway::test {
namespace {

using namespace protocol::http2::testing;
using protocol::http2::flag_end_stream;
using protocol::http2::FrameType;

std::uint64_t reserved(const GatewayWorld& world) { return world.counters.sessions.inbound_bytes.value(); }

/// A connection whose frames the test writes itself.
struct RawPeer {
  explicit RawPeer(GatewayWorld& of) : world(of), peer(of) { peer.ask(hello()); }
  void open(std::int32_t stream, const char* path = publish_path) {
    peer.ask(headers(stream, grpc_fields(path)));
  }
  void body(std::int32_t stream, std::string_view bytes, bool end = false) {
    while (bytes.size() > 16'000) {
      take(peer.ask(data(stream, bytes.substr(0, 16'000))));
      bytes.remove_prefix(16'000);
    }
    take(peer.ask(data(stream, bytes, end ? flag_end_stream : 0)));
  }
  void cancel(std::int32_t stream) { take(peer.ask(reset(stream))); }
  void look() {
    world.settle();
    take(peer.take());
  }
  void take(std::string bytes) { written += bytes; }
  /// Whether HEADERS that end `stream` were written.
  bool answered(std::int32_t stream) const {
    for (const RawFrame& frame : frames_in(written))
      if (frame.head.stream == stream && frame.head.type == FrameType::headers &&
          (frame.head.flags & flag_end_stream))
        return true;
    return false;
  }
  GatewayWorld& world;
  Peer peer;
  std::string written;
};

TEST(RequestBodies, TakeABodyHoweverItIsCut) {
  const std::string body = publish_request("hello");
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    GatewayWorld world;
    RawPeer raw(world);
    raw.open(1);
    raw.body(1, body.substr(0, cut));
    raw.body(1, body.substr(cut), true);
    EXPECT_EQ(world.owner_counters.publishes_committed.value(), 1u) << "cut at " << cut;
    EXPECT_EQ(reserved(world), 0u);
  }
}

TEST(RequestBodies, TakeAPayloadAtTheLimitAndNotOnePast) {
  Limits limits;
  limits.message_bytes_max = 100'000;
  GatewayWorld world(limits);
  GrpcPeer peer(world);
  const auto at = peer.publish(std::string(100'000, 'x'));
  peer.pump();
  EXPECT_EQ(peer.status(at), 0);
  for (const std::size_t size : {100'001U, 104'000U, 200'000U}) {
    const auto past = peer.publish(std::string(size, 'x'));
    peer.pump();
    EXPECT_EQ(peer.status(past), 8) << size;
    EXPECT_EQ(peer.trailer(past, "grpc-message"), "Message exceeds request limit of 100000 bytes");
    EXPECT_EQ(peer.trailer(past, "err"), "request_size_limit_exceeded");
  }
  EXPECT_EQ(reserved(world), 0u);
}

TEST(RequestBodies, RefuseWhatIsNoMessage) {
  GatewayWorld world;
  GrpcPeer peer(world);
  const auto compressed = peer.call(publish_path, std::string("\x01\x00\x00\x00\x01x", 6));
  const auto flag = peer.call(publish_path, std::string("\x02\x00\x00\x00\x01x", 6));
  const auto two = peer.call(publish_path, publish_request("a") + publish_request("b"));
  const auto none = peer.call(publish_path, "");
  const auto cut = peer.call(publish_path, publish_request("hello").substr(0, 12));
  const auto no_protobuf = peer.call(publish_path, grpc_frame("\xff\xff\xff"));
  peer.pump();
  EXPECT_EQ(peer.status(compressed), 12);
  EXPECT_EQ(peer.status(flag), 3);
  EXPECT_EQ(peer.status(two), 12);
  EXPECT_EQ(peer.status(none), 12);
  EXPECT_EQ(peer.status(cut), 3);
  EXPECT_EQ(peer.status(no_protobuf), 3);
  EXPECT_EQ(reserved(world), 0u);
  EXPECT_EQ(world.owner_counters.publishes_committed.value(), 0u);
}

// --- the budget --------------------------------------------------------------------------------------

TEST(RequestBodies, GiveRoomBackOnceOnEveryPath) {
  GatewayWorld world;
  const std::string body = publish_request(std::string(5000, 'x'));
  RawPeer raw(world);
  raw.open(1);
  raw.body(1, body.substr(0, 100));
  EXPECT_EQ(reserved(world), body.size() - 5);
  raw.cancel(1);
  EXPECT_EQ(reserved(world), 0u) << "cancelled in the middle";

  raw.open(3);
  raw.body(3, body, true);
  EXPECT_EQ(reserved(world), 0u) << "answered";

  world.owner_sleeps = true;
  raw.open(5);
  raw.body(5, body, true);
  EXPECT_EQ(reserved(world), body.size() - 5) << "kept while the owner has it";
  raw.cancel(5);
  EXPECT_EQ(reserved(world), 0u) << "cancelled before the answer";
  world.owner_sleeps = false;
  raw.look();

  raw.open(7);
  raw.body(7, body.substr(0, 100));
  world.pass(world.limits.body_within + 50ms);
  EXPECT_EQ(reserved(world), 0u) << "refused for its slowness";

  raw.open(9);
  raw.body(9, body.substr(0, 100));
  raw.peer.cut();
  world.settle();
  EXPECT_EQ(reserved(world), 0u) << "connection cut";
}

TEST(RequestBodies, WaitForRoomAndGoOnInOrder) {
  Limits limits;
  limits.inbound_bytes_max = 6000;
  GatewayWorld world(limits);
  const std::string body = publish_request(std::string(5000, 'x'));
  RawPeer holder(world), waiter(world);
  GrpcPeer reader(world, {.initial_window = 1 << 20});
  const auto stream = reader.subscribe();
  reader.pump();
  holder.open(1);
  holder.body(1, body.substr(0, 100));
  waiter.open(1);
  waiter.body(1, publish_request("first" + std::string(5000, '1')), true);
  waiter.open(3);
  waiter.body(3, publish_request("second"), true);
  EXPECT_FALSE(waiter.answered(1));
  EXPECT_FALSE(waiter.answered(3)) << "what would find room must not overtake";
  holder.body(1, body.substr(100), true);
  waiter.look();
  EXPECT_TRUE(waiter.answered(1));
  EXPECT_TRUE(waiter.answered(3));
  reader.pump();
  const auto items = reader.items(stream);
  ASSERT_EQ(items.size(), 4u);
  EXPECT_NE(items[2].bytes.find("first"), std::string::npos);
  EXPECT_NE(items[3].bytes.find("second"), std::string::npos);
  EXPECT_EQ(reserved(world), 0u);
}

// Regression: who waited behind one that was cancelled went on waiting although there was room.
TEST(RequestBodies, WhoWaitedBehindACancelledOneGoesOn) {
  Limits limits;
  limits.inbound_bytes_max = 6000;
  GatewayWorld world(limits);
  RawPeer holder(world), waiter(world);
  holder.open(1);
  holder.body(1, publish_request(std::string(5000, 'x')).substr(0, 100));
  waiter.open(1);
  waiter.body(1, publish_request(std::string(5000, '1')), true);
  waiter.open(3);
  waiter.body(3, publish_request("small"), true);
  ASSERT_FALSE(waiter.answered(3));
  waiter.cancel(1);
  waiter.look();
  EXPECT_TRUE(waiter.answered(3));
}

TEST(RequestBodies, OneAlwaysFits) {
  Limits limits;
  limits.inbound_bytes_max = 10;
  GatewayWorld world(limits);
  GrpcPeer peer(world);
  std::vector<GrpcPeer::StreamId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(peer.publish(std::string(6'000, 'x')));
  peer.pump();
  for (const auto id : ids) EXPECT_EQ(peer.status(id), 0);
}

TEST(RequestBodies, AWaitThatTakesTooLongIsADefiniteNo) {
  Limits limits;
  limits.inbound_bytes_max = 6000;
  GatewayWorld world(limits);
  GrpcPeer waiter(world);
  RawPeer holder(world);
  holder.open(1);
  holder.body(1, publish_request(std::string(5000, 'x')).substr(0, 5000));  // which may take 14 s
  const auto id = waiter.publish(std::string(2500, 'y'));
  waiter.pump();
  waiter.pass(limits.publish_deadline - 100ms);
  EXPECT_FALSE(waiter.answered(id));
  waiter.pass(200ms);
  EXPECT_EQ(waiter.status(id), 8) << "the deadline of a publish that is here counts from when it came";
  EXPECT_EQ(waiter.trailer(id, "err"), "throughput_rate_limit_exceeded");
}

// The wait for memory and the wait for the owner share one deadline.
TEST(RequestBodies, WaitingTwiceDoesNotWaitTwiceAsLong) {
  Limits limits;
  limits.inbound_bytes_max = 6000;
  GatewayWorld world(limits);
  GrpcPeer waiter(world);
  RawPeer holder(world);
  holder.open(1);
  const std::string body = publish_request(std::string(5000, 'x'));
  holder.body(1, body.substr(0, 5000));
  const auto id = waiter.publish(std::string(2500, 'y'));
  waiter.pump();
  waiter.pass(3s);
  world.owner_sleeps = true;
  holder.cancel(1);
  waiter.pump();
  waiter.pass(limits.publish_deadline - 3s - 100ms);
  EXPECT_FALSE(waiter.answered(id));
  waiter.pass(600ms);
  EXPECT_EQ(waiter.status(id), 4) << "sent, so the outcome is unknown";
}

// Many announced bodies that never come, on one connection, leave the others their room.
TEST(RequestBodies, OneConnectionCannotTakeTheWholeBudget) {
  Limits limits;
  limits.inbound_bytes_max = 80'000;
  GatewayWorld world(limits);
  RawPeer hog(world);
  for (std::int32_t stream = 1; stream < 60; stream += 2) {
    hog.open(stream);
    hog.body(stream, publish_request(std::string(4000, 'x')).substr(0, 100));
  }
  EXPECT_GT(reserved(world), limits.inbound_bytes_max / limits.inbound_shares) << "nobody else wants it";
  EXPECT_LE(reserved(world), limits.inbound_bytes_max / 2);
  GrpcPeer other(world);
  const auto large = other.publish(std::string(29'000, 'y'));
  other.pump();
  EXPECT_EQ(other.status(large), 0);
}

// At the share, with half of the budget taken by others: two bodies fit exactly; one byte more and the second
// waits for the first.
TEST(RequestBodies, TheShareOfAConnectionIsExact) {
  for (const std::size_t more : {0U, 1U}) {
    SCOPED_TRACE(more);
    const std::string one = publish_request(std::string(4000, 'x'));
    const std::string other = publish_request(std::string(4000 + more, 'x'));
    Limits limits;
    limits.inbound_bytes_max = limits.inbound_shares * 2 * (one.size() - 5);  // without the prefixes
    GatewayWorld world(limits);
    RawPeer half(world);
    half.open(1);
    half.body(1, publish_request(std::string(limits.inbound_bytes_max / 2, 'z')).substr(0, 100));
    const std::size_t of_half = reserved(world);
    RawPeer raw(world);
    raw.open(1);
    raw.body(1, one.substr(0, 100));
    raw.open(3);
    raw.body(3, other, true);
    EXPECT_EQ(raw.answered(3), more == 0);
    raw.body(1, one.substr(100), true);
    raw.look();
    EXPECT_TRUE(raw.answered(1));
    EXPECT_TRUE(raw.answered(3));
    EXPECT_EQ(reserved(world), of_half);
  }
}

// A connection cannot keep more than half of its window in waiting bodies.
TEST(RequestBodies, ABoundedNumberOfBytesWaitsForRoom) {
  Limits limits;
  limits.inbound_bytes_max = 6000;
  GatewayWorld world(limits);
  RawPeer holder(world), waiter(world);
  holder.open(1);
  holder.body(1, publish_request(std::string(5000, 'x')).substr(0, 100));
  int refused = 0;
  for (std::int32_t stream = 1; stream < 40; stream += 2) {
    waiter.open(stream);
    waiter.body(stream, publish_request(std::string(3000, 'y')));
    refused += waiter.answered(stream);
  }
  EXPECT_EQ(refused, 10) << "ten of twenty bodies of 3 kB fit into 32 KiB";
}

// Regression: what a stream of questions held back counted against the requests beside it, which were
// refused.
TEST(RequestBodies, AStreamThatWaitsRefusesNoOther) {
  GatewayWorld world;
  RawPeer raw(world);
  raw.peer.socket().room = 0;  // the answers are not taken
  raw.open(1, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
  const std::string question = grpc_frame(field_bytes(4, "cache_client.pubsub.Pubsub"));
  std::string questions;
  while (questions.size() < 63'000) questions += question;
  raw.body(1, questions);
  raw.open(3);
  raw.body(3, publish_request("x"), true);
  EXPECT_EQ(world.owner_counters.publishes_committed.value(), 1u);
}

// --- time --------------------------------------------------------------------------------------------

TEST(RequestBodies, MustComeInTime) {
  GatewayWorld world;
  RawPeer raw(world);
  raw.open(1);
  world.pass(world.limits.body_within - 50ms);
  raw.look();
  EXPECT_FALSE(raw.answered(1));
  world.pass(100ms);
  raw.look();
  EXPECT_TRUE(raw.answered(1));
  EXPECT_FALSE(raw.peer.gone()) << "only the request ends";
}

TEST(RequestBodies, MayBeSlowAboveTheLeastRate) {
  GatewayWorld world;
  RawPeer raw(world);
  const std::string body = publish_request(std::string(40'000, 'x'));
  raw.open(1);
  std::size_t at = 0;
  for (; at + 2000 < body.size(); at += 2000) {
    raw.body(1, body.substr(at, 2000));
    world.pass(1500ms);
    raw.look();
    ASSERT_FALSE(raw.answered(1)) << at;
  }
  raw.body(1, body.substr(at), true);
  EXPECT_EQ(world.owner_counters.publishes_committed.value(), 1u);
}

TEST(RequestBodies, BelowTheLeastRateAreRefused) {
  GatewayWorld world;
  RawPeer raw(world);
  raw.open(1);
  raw.body(1, publish_request(std::string(40'000, 'x')).substr(0, 1000));
  for (int i = 0; i < 30 && !raw.answered(1); ++i) {
    raw.body(1, std::string(500, 'x'));
    world.pass(1s);
    raw.look();
  }
  EXPECT_TRUE(raw.answered(1));
  EXPECT_EQ(reserved(world), 0u);
}

}  // namespace
}  // namespace hark::gateway::test
