#include "client/engine_world_for_test.h"

namespace hark::client::test {
namespace {

SubscribeOptions from(Start start) {
  SubscribeOptions options;
  options.start = start;
  return options;
}

TEST(EngineSubscriptions, GiveWhatComesHoweverTheBytesAreCut) {
  for (const std::size_t cut : {1u, 2u, 3u, 7u, 16u, 4096u}) {
    SCOPED_TRACE(cut);
    EngineWorld world(cut);
    world.subscribe(1);
    world.settle();
    ASSERT_EQ(world.requests.size(), 1u);
    EXPECT_EQ(world.requests[0].path, "/cache_client.pubsub.Pubsub/Subscribe");
    EXPECT_EQ(world.asked(1), "new");
    world.send(
        1, heartbeat() + item_frame({7, 5}, "a") + heartbeat() + item_frame({7, 6}, std::string(300, 'b')));
    world.send(1, discontinuity_frame(7, 9) + item_frame({7, 10}, "c"));
    world.settle();
    EXPECT_EQ(world.logs[1], "ready a5 " + std::string(300, 'b') + "6 (missed 7-9) c10 ");
  }
}

TEST(EngineSubscriptions, GoOnWhereTheyStoppedAfterALoss) {
  EngineWorld world;
  world.subscribe(1);
  world.subscribe(2, from(Start::after({7, 40})));
  world.settle();
  EXPECT_EQ(world.asked(3), "7:41");
  world.send(1, heartbeat() + item_frame({7, 5}, "a") + item_frame({7, 6}, "b").substr(0, 9));
  world.send(3, heartbeat() + discontinuity_frame(9, 2));
  world.settle();
  world.lose("gone");
  EXPECT_EQ(world.logs[1], "ready a5 ~unavailable ");
  world.pass(100ms);
  ASSERT_EQ(world.requests.size(), 2u);
  EXPECT_EQ(world.asked(1), "7:6");
  EXPECT_EQ(world.asked(3), "9:3");
  world.send(1, heartbeat() + item_frame({7, 6}, "b"));
  world.settle();
  EXPECT_EQ(world.logs[1], "ready a5 ~unavailable ready b6 ");
  EXPECT_EQ(world.logs[2], "ready (page_changed 1-2) ~unavailable ");
}

TEST(EngineSubscriptions, ThatHeardNothingButTheirPlaceLoseNothing) {
  EngineWorld world;
  world.subscribe(1);
  world.settle();
  const protocol::http2::Header head[] = {{":status", "200"},
                                          {"hark-sequence-number", "4"},
                                          {"hark-sequence-page", "7"}};
  world.server->session->respond_streaming(1, head, world.server->sources[1]);
  world.send(1, heartbeat());
  world.settle();
  world.lose("gone");
  world.pass(100ms);
  EXPECT_EQ(world.asked(1), "7:5");
}

// Goal: which refusals end a subscription for good, and which are tried again.
TEST(EngineSubscriptions, EndForGoodOrAreTriedAgain) {
  for (int status = 0; status <= 16; ++status) {
    SCOPED_TRACE(status);
    const bool ends = status == 3 || status == 5 || status == 6 || status == 7 || status == 9 ||
                      status == 11 || status == 12 || status == 16;
    EngineWorld world;
    world.subscribe(1);
    world.settle();
    world.refuse(1, std::to_string(status));
    world.settle();
    EXPECT_EQ(world.logs[1].starts_with("end:"), ends) << world.logs[1];
    EXPECT_EQ(world.logs[1].starts_with("~"), !ends) << world.logs[1];
    world.pass(200ms);
    EXPECT_EQ(world.requests.size(), ends ? 1u : 2u);
  }
}

TEST(EngineSubscriptions, AreTriedAgainWithBackOff) {
  EngineWorld world;
  world.subscribe(1);
  std::size_t refused = 0;
  for (int i = 0; i < 600; ++i) {  // a minute
    world.pass(100ms);
    for (; refused < world.requests.size(); ++refused) world.refuse(world.requests[refused].stream, "14");
  }
  // 0.1, 0.2, ... 1.6 and then 3 s at most, half of that at least.
  EXPECT_GE(world.requests.size(), 20u);
  EXPECT_LE(world.requests.size(), 50u);
}

TEST(EngineSubscriptions, WithoutAServerAreToldAndTriedAgain) {
  EngineWorld world;
  world.reachable = false;
  world.subscribe(1);
  world.pass(60s);
  EXPECT_GE(world.connections, 20u);
  EXPECT_LE(world.connections, 50u);
  EXPECT_TRUE(world.logs[1].starts_with("~unavailable ~unavailable ")) << world.logs[1];
  world.reachable = true;
  world.pass(3s);
  EXPECT_EQ(world.requests.size(), 1u);
}

TEST(EngineSubscriptions, EndWhenTheServerMakesNoSense) {
  // clang-format off
  const struct { const char* name; std::string bytes; } cases[] = {
      {"a compressed message", std::string("\x01\0\0\0\0", 5)},
      {"an unknown flag", std::string("\x09\0\0\0\0", 5)},
      {"a message of 4 GiB", std::string("\0\xff\xff\xff\xff", 5)},
      {"broken protobuf", std::string("\0\0\0\0\x02\x0a\x7f", 7)},
      {"an item without a value", std::string("\0\0\0\0\x04\x0a\x02\x08\x01", 9)},
  };
  // clang-format on
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EngineWorld world;
    world.subscribe(1);
    world.settle();
    world.send(1, heartbeat() + item_frame({7, 1}, "a") + c.bytes + item_frame({7, 2}, "b"));
    world.settle();
    EXPECT_EQ(world.logs[1], "ready a1 end:internal ");
    EXPECT_EQ(world.server->closed, 1u) << "the stream is reset";
    world.pass(10s);
    EXPECT_EQ(world.requests.size(), 1u);
  }
}

TEST(EngineSubscriptions, ThatAreCancelledResetTheirStream) {
  EngineWorld world;
  world.subscribe(1);
  world.subscribe(2);
  world.settle();
  world.send(1, heartbeat());
  world.settle();
  world.engine.unsubscribe(1);
  world.settle();
  EXPECT_EQ(world.server->closed, 1u);
  world.send(3, heartbeat() + item_frame({7, 1}, "a"));
  world.settle();
  EXPECT_EQ(world.logs[1], "ready ");
  EXPECT_EQ(world.logs[2], "ready a1 ");
}

TEST(EngineSubscriptions, TheirHeartbeatsKeepTheConnectionAndSilenceEndsIt) {
  EngineWorld world;
  world.subscribe(1);
  world.settle();
  for (int i = 0; i < 10; ++i) {
    world.send(1, heartbeat());
    world.pass(15s);
  }
  EXPECT_EQ(world.lost_for, "");
  // From now on the server says nothing, not even to a ping.
  std::string dropped;
  for (int i = 0; i < 300 && world.lost_for.empty(); ++i) {
    world.engine.produce(dropped, 1 << 20, world.now);
    world.now += 100ms;
    if (auto why = world.engine.tick(world.now)) world.lose(*why);
  }
  EXPECT_EQ(world.lost_for, "the server has been silent for too long");
  EXPECT_NE(dropped.find(std::string("\0\0\x08\x06", 4)), std::string::npos) << "it was asked by a ping";
}

/// A subscription with a queue, for next().
struct Queued {
  explicit Queued(EngineWorld& world, std::size_t messages_max, std::size_t bytes_max = 1 << 30) {
    SubscribeOptions options;
    options.queue_messages_max = messages_max;
    options.queue_bytes_max = bytes_max;
    inbox = std::make_shared<Inbox>(options, std::nullopt, [&world] { world.engine.on_room(1, world.now); });
    world.engine.subscribe(1, {"default", "news", Start::only_new()}, inbox, world.now);
    world.settle();
  }
  /// The numbers that wait, as far as `count`.
  std::string take(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      auto event = inbox->take(std::chrono::milliseconds(0));
      if (!event) return out + to_string(event.error().code);
      if (!*event) return out + "none";
      const Item* const item = std::get_if<Item>(&**event);
      out += (item ? std::to_string(item->slot.number) : std::string("gap")) + " ";
    }
    return out;
  }
  std::shared_ptr<Inbox> inbox;
};

TEST(EngineSubscriptions, AFullQueueShutsTheWindowAndNothingIsLost) {
  EngineWorld world;
  Queued reader(world, 10);
  constexpr std::uint64_t count = 2000;
  for (std::uint64_t number = 1; number <= count; ++number)
    world.send(1, item_frame({7, number}, std::string(5000, 'x')));
  world.settle();
  // What the server could send is the window and no more, however long this waits.
  const std::size_t given = world.server->sources[1].given;
  EXPECT_LE(given, static_cast<std::size_t>(Http2Session::stream_window) + 20 * 5100);
  world.pass(1s);
  EXPECT_EQ(world.server->sources[1].given, given);
  std::string expected, got;
  for (std::uint64_t number = 1; number <= count; ++number) {
    expected += std::to_string(number) + " ";
    got += reader.take(1);
    if (number % 3 == 0) world.settle();
  }
  EXPECT_EQ(got, expected);
  EXPECT_EQ(reader.take(1), "none");
}

TEST(EngineSubscriptions, BytesCountInTheQueueToo) {
  EngineWorld world;
  Queued reader(world, 1000, 100);
  for (std::uint64_t number = 1; number <= 10; ++number)
    world.send(1, item_frame({7, number}, std::string(60, 'x')));
  world.settle();
  EXPECT_EQ(reader.take(2), "1 2 ") << "room for one, and one that goes beyond";
  world.settle();
  EXPECT_EQ(reader.take(2), "3 4 ");
}

TEST(EngineSubscriptions, TheEndOfTheStreamWaitsBehindWhatCameBefore) {
  for (const bool for_good : {false, true}) {
    EngineWorld world;
    Queued reader(world, 2);
    for (std::uint64_t number = 1; number <= 6; ++number) world.send(1, item_frame({7, number}, "x"));
    world.server->sources[1].last = {{"grpc-status", for_good ? "5" : "14"}, {"grpc-message", "x"}};
    world.server->sources[1].ended = true;
    world.settle();
    EXPECT_EQ(reader.take(2), "1 2 ");
    world.pass(10s);
    EXPECT_EQ(world.requests.size(), 1u);
    EXPECT_EQ(reader.take(2), "3 4 ");
    world.settle();
    EXPECT_EQ(reader.take(3), for_good ? "5 6 not_found" : "5 6 none");
    world.pass(200ms);
    if (for_good) continue;
    ASSERT_EQ(world.requests.size(), 2u);
    EXPECT_EQ(world.asked(3), "7:7");
  }
}

TEST(EngineSubscriptions, WhatWaitedOutlivesTheConnection) {
  EngineWorld world;
  Queued reader(world, 2);
  for (std::uint64_t number = 1; number <= 5; ++number) world.send(1, item_frame({7, number}, "x"));
  world.settle();
  world.lose("gone");
  EXPECT_EQ(reader.take(4), "1 2 3 4 ");
  world.pass(1s);
  EXPECT_EQ(reader.take(4), "5 none");
  world.pass(1s);
  ASSERT_EQ(world.requests.size(), 1u);
  EXPECT_EQ(world.asked(1), "7:6");
}

TEST(EngineSubscriptions, OneThatIsFullDoesNotHoldUpAnother) {
  EngineWorld world;
  Queued reader(world, 1);
  world.subscribe(2);
  world.settle();
  for (std::uint64_t number = 1; number <= 1000; ++number)
    world.send(1, item_frame({7, number}, std::string(5000, 'x')));
  world.settle();
  world.send(3, item_frame({7, 1}, "a"));
  world.settle();
  EXPECT_EQ(world.logs[2], "ready a1 ");
}

TEST(EngineSubscriptions, AreToldWhenTheClientCloses) {
  EngineWorld world;
  world.subscribe(1);
  world.settle();
  world.send(1, heartbeat());
  world.settle();
  world.engine.close();
  EXPECT_EQ(world.logs[1], "ready end:cancelled ");
  std::string last;
  world.engine.produce(last, 1 << 16, world.now);
  EXPECT_NE(last.find(std::string("\0\0\x08\x07", 4)), std::string::npos) << "GOAWAY";
}

}  // namespace
}  // namespace hark::client::test
