#include "client/engine_world_for_test.h"

namespace hark::client::test {
namespace {

constexpr std::size_t cuts[] = {1, 2, 3, 7, 16, 4096};

TEST(EngineCalls, AreAnsweredHoweverTheBytesAreCut) {
  for (const std::size_t cut : cuts) {
    SCOPED_TRACE(cut);
    EngineWorld world(cut);
    world.call("a");
    world.call("b");
    world.settle();
    ASSERT_EQ(world.requests.size(), 2u);
    EXPECT_EQ(world.requests[0].path, "/x/Y");
    world.answer(world.requests[1].stream, "2");
    world.refuse(world.requests[0].stream, "8");
    world.settle();
    EXPECT_EQ(world.outcomes["a"], "resource_exhausted no");
    EXPECT_EQ(world.outcomes["b"], "ok 2");
  }
}

// A server orders messages as they are complete, so a small one must not overtake a large one.
TEST(EngineCalls, BodiesLeaveOneAfterTheOther) {
  EngineWorld world(4096);
  std::vector<StreamId> ended;
  world.server->end_hook = [&](StreamId id) { ended.push_back(id); };
  world.call("large", std::string(700'000, 'x'));
  world.call("small");
  world.call("large too", std::string(300'000, 'y'));
  world.call("small too");
  world.settle();
  EXPECT_EQ(ended, (std::vector<StreamId>{1, 3, 5, 7}));
  EXPECT_EQ(world.server->bodies[1].size(), 700'000u);
}

TEST(EngineCalls, WithoutAServerTheyFailAtOnceUnlessTheyWait) {
  EngineWorld world;
  world.reachable = false;
  world.call("plain");
  world.call("waits", std::string(5, '\0'), 5s, true);
  world.settle();
  EXPECT_EQ(world.outcomes["plain"], "unavailable no");
  EXPECT_EQ(world.outcomes["waits"], "");
  world.reachable = true;
  world.pass(1s);
  ASSERT_EQ(world.requests.size(), 1u);
  world.answer(1, "7");
  world.settle();
  EXPECT_EQ(world.outcomes["waits"], "ok 7");
}

TEST(EngineCalls, DoNotWaitForALongBackOffUnlessTheyMay) {
  EngineWorld world;
  world.reachable = false;
  world.call("waits", std::string(5, '\0'), 60s, true);
  world.pass(30s);
  const std::size_t before = world.connections;
  world.call("plain");
  world.pass(100ms);
  EXPECT_EQ(world.outcomes["plain"], "unavailable no");
  EXPECT_LE(world.connections, before + 2);
}

TEST(EngineCalls, ALostConnectionLeavesTheOutcomeUnknownAndNothingIsSentTwice) {
  EngineWorld world;
  world.call("sent", std::string(5, '\0'), 5s, true);
  world.settle();
  EXPECT_EQ(world.requests.size(), 1u);
  world.lose("gone");
  EXPECT_EQ(world.outcomes["sent"], "unavailable unknown");
  world.pass(10s);
  EXPECT_EQ(world.requests.size(), 0u) << "of the new connection";
  EXPECT_EQ(world.outcomes["sent"], "unavailable unknown");
}

TEST(EngineCalls, WhatTheServerDidNotLookAtIsADefiniteNo) {
  EngineWorld world;
  world.call("plain");
  world.call("again", std::string(5, '\0'), 5s, true);
  world.settle();
  constexpr std::uint32_t refused_stream = 7;
  world.server->session->reset(1, refused_stream);
  world.server->session->reset(3, refused_stream);
  world.settle();
  EXPECT_EQ(world.outcomes["plain"], "unavailable no");
  EXPECT_EQ(world.outcomes["again"], "");
  world.pass(200ms);
  world.answer(5, "1");
  world.settle();
  EXPECT_EQ(world.outcomes["again"], "ok 1");
}

TEST(EngineCalls, AServerThatShutsDownIsADefiniteNoThatMayBeTriedAgain) {
  EngineWorld world;
  world.call("plain");
  world.call("again", std::string(5, '\0'), 5s, true);
  world.call("in vain", std::string(5, '\0'), 1s, true);
  world.settle();
  for (const StreamId id : {1, 3, 5}) world.refuse(id, "14");
  world.settle();
  EXPECT_EQ(world.outcomes["plain"], "unavailable no");
  std::size_t refused = 3;
  for (int i = 0; i < 15; ++i) {
    world.pass(100ms);
    for (; refused < world.requests.size(); ++refused) world.refuse(world.requests[refused].stream, "14");
  }
  EXPECT_EQ(world.outcomes["in vain"], "unavailable no");
  EXPECT_EQ(world.outcomes["again"], "");
  world.pass(2s);
  ASSERT_EQ(world.requests.size(), refused + 1);
  world.answer(world.last_stream(), "9");
  world.settle();
  EXPECT_EQ(world.outcomes["again"], "ok 9");
}

TEST(EngineCalls, TellAtTheDeadlineWhetherAnythingWasSent) {
  EngineWorld world;
  world.call("sent", std::string(5, '\0'), 2s);
  world.call("stuck", std::string(5'000'000, 'x'), 2s);  // the server's window stays shut
  world.server->consumes = false;
  world.call("behind it", std::string(5, '\0'), 2s);
  world.pass(1999ms);
  EXPECT_EQ(world.outcomes["sent"] + world.outcomes["behind it"], "");
  world.pass(1ms);
  EXPECT_EQ(world.outcomes["sent"], "deadline_exceeded unknown");
  EXPECT_EQ(world.outcomes["stuck"], "deadline_exceeded unknown");
  EXPECT_EQ(world.outcomes["behind it"], "deadline_exceeded no");
  EXPECT_EQ(world.server->closed, 2u) << "late streams are reset";
}

TEST(EngineCalls, OfAServerThatGoesSilentTheConnectionIsGivenUp) {
  EngineWorld world;
  world.call("first");
  world.settle();
  world.answer(1, "1");
  world.settle();
  world.pass(100s);  // nothing is expected, so silence means nothing
  EXPECT_EQ(world.lost_for, "");
  // Each call ends long before the silence is judged; that must not begin it anew.
  world.server->request_hook = nullptr;
  for (int i = 0; i < 5 && world.lost_for.empty(); ++i) {
    world.call("late");
    std::string dropped;
    for (int step = 0; step < 60; ++step) {
      world.engine.produce(dropped, 1 << 20, world.now);
      world.now += 100ms;
      if (auto why = world.engine.tick(world.now)) world.lose(*why);
    }
  }
  EXPECT_EQ(world.lost_for, "the server has been silent for too long");
}

TEST(EngineCalls, AServerThatDoesNotGreetIsGivenUp) {
  EngineWorld world;
  world.call("a", std::string(5, '\0'), 60s);
  world.engine.on_connecting();
  world.engine.on_connected(world.now);
  EXPECT_EQ(world.engine.tick(world.now + 4999ms), std::nullopt);
  EXPECT_EQ(world.engine.tick(world.now + 5s), "the server does not greet: it may not speak HTTP/2");
}

TEST(EngineCalls, AServerThatSaysNoHttp2IsNotBelieved) {
  EngineWorld world;
  world.call("a");
  world.engine.on_connecting();
  world.engine.on_connected(world.now);
  world.engine.receive(as_byte_span("HTTP/1.1 400 Bad Request\r\n\r\n"), world.now);
  std::string last;
  world.engine.produce(last, 1 << 16, world.now);
  EXPECT_LE(*world.engine.deadline(), world.now);
  EXPECT_EQ(world.engine.tick(world.now), "the server does not speak HTTP/2 as it should");
}

TEST(EngineCalls, FailWhenTheClientCloses) {
  EngineWorld world;
  world.call("sent");
  world.settle();
  world.call("not sent");
  world.engine.close();
  EXPECT_EQ(world.outcomes["sent"], "cancelled unknown");
  EXPECT_EQ(world.outcomes["not sent"], "cancelled no");
  EXPECT_FALSE(world.engine.deadline() && *world.engine.deadline() <= world.now);
}

TEST(EngineCalls, MoveToANewConnectionWhenTheServerLeaves) {
  EngineWorld world;
  world.call("a");
  world.settle();
  world.server->session->announce_shutdown();
  world.settle();
  world.call("b", std::string(5, '\0'), 5s);
  world.settle();
  EXPECT_EQ(world.requests.size(), 1u) << "b must not begin on this connection";
  world.answer(1, "1");
  world.settle();
  EXPECT_EQ(world.outcomes["a"], "ok 1");
  world.pass(200ms);
  EXPECT_EQ(world.connections, 2u);
  world.answer(1, "2");
  world.settle();
  EXPECT_EQ(world.outcomes["b"], "ok 2");
}

}  // namespace
}  // namespace hark::client::test
