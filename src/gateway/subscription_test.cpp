#include "gateway/subscription.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/model_reader_for_test.h"

namespace hark::gateway {
namespace {

using test::Event;
using test::ModelReader;
using test::slot_of;
using test::ViewWorld;
using ::testing::ElementsAre;
using Pulled = Subscription::Pulled;

topic::ResumeRequest request(std::uint64_t number, std::uint64_t page = 0, std::uint64_t fresh = 1) {
  return {SequenceNumber(number), SequencePage(page), fresh};
}

std::string words(const Event& event) {
  if (event.kind == Event::Kind::heartbeat) return "heartbeat";
  if (event.kind == Event::Kind::message) return std::to_string(event.slot.number.value());
  const Discontinuity& d = event.discontinuity;
  return std::string(to_string(d.reason)) + " " + std::to_string(d.last.page.value()) + ":" +
         std::to_string(d.last.number.value()) + " -> " + std::to_string(d.page.value()) + ":" +
         std::to_string(d.missed_to.value());
}

std::string told(const ModelReader& reader) {
  std::string all;
  for (const Event& event : reader.events) all += (all.empty() ? "" : ", ") + words(event);
  return all;
}

/// Page 5, messages 1 ... 10, of which 4 ... 10 are kept.
struct Started : ViewWorld {
  Started() {
    owner.page = SequencePage(5);
    for (int i = 0; i < 10; ++i) owner.publish(20);
    owner.trim(3);
    register_now();
  }
};

struct ResumeRow {
  const char* name;
  topic::ResumeRequest request;
  const char* told;  // then message 11 is published
};

class Resume : public ::testing::TestWithParam<ResumeRow> {};

// Goal: every row of the contract's C8, with its reason, by a reader that joins a live view and by one
// that waits for the owner's answer.
TEST_P(Resume, IsAnsweredAsTheContractSays) {
  for (const bool waits : {false, true}) {
    SCOPED_TRACE(waits ? "waits for the owner" : "the view is live");
    Started world;
    ModelReader reader(world, world.toy, GetParam().request);
    if (waits) {
      const auto asked = world.view.begin_registration({}, 1);
      EXPECT_FALSE(reader.join());
      EXPECT_FALSE(reader.ready());
      if (world.view.on_registered(world.owner.answer(asked))) world.register_now();
    } else if (reader.join()) {
      EXPECT_FALSE(reader.ready());
      world.register_now();
    }
    EXPECT_TRUE(reader.ready());
    EXPECT_EQ(reader.drain(), Pulled::wait);
    world.publish_now(20);
    EXPECT_EQ(reader.drain(), Pulled::wait);
    EXPECT_EQ(told(reader), GetParam().told);
    EXPECT_EQ(world.pinned.bytes.value(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(
    C8, Resume,
    ::testing::Values(
        ResumeRow{"fresh_latest", request(0), "heartbeat, 10, 11"},
        ResumeRow{"fresh_new", request(0, 0, 0), "heartbeat, 11"},
        ResumeRow{"fresh_last_3", request(0, 0, 3), "heartbeat, 8, 9, 10, 11"},
        ResumeRow{"fresh_more_than_kept", request(0, 0, 99), "heartbeat, 4, 5, 6, 7, 8, 9, 10, 11"},
        ResumeRow{"next", request(11, 5), "heartbeat, 11"},
        ResumeRow{"newest", request(10, 5), "heartbeat, 10, 11"},
        ResumeRow{"oldest", request(4, 5), "heartbeat, 4, 5, 6, 7, 8, 9, 10, 11"},
        ResumeRow{"expired", request(3, 5), "heartbeat, expired 5:2 -> 5:3, 4, 5, 6, 7, 8, 9, 10, 11"},
        ResumeRow{"expired_from_1", request(1, 5), "heartbeat, expired 5:0 -> 5:3, 4, 5, 6, 7, 8, 9, 10, 11"},
        ResumeRow{"ahead", request(12, 5), "heartbeat, position_ahead 5:11 -> 5:10, 11"},
        ResumeRow{"far_ahead", request(1'000'000, 5), "heartbeat, position_ahead 5:999999 -> 5:10, 11"},
        ResumeRow{"older_page", request(9, 4),
                  "heartbeat, page_changed 4:8 -> 5:3, 4, 5, 6, 7, 8, 9, 10, 11"},
        ResumeRow{"unknown_later_page", request(9, 6),
                  "heartbeat, page_changed 6:8 -> 5:3, 4, 5, 6, 7, 8, 9, 10, 11"},
        ResumeRow{"any_page_all", request(1), "heartbeat, 4, 5, 6, 7, 8, 9, 10, 11"},
        ResumeRow{"any_page_kept", request(9), "heartbeat, 9, 10, 11"},
        ResumeRow{"any_page_expired", request(2), "heartbeat, expired 0:1 -> 5:3, 4, 5, 6, 7, 8, 9, 10, 11"},
        ResumeRow{"any_page_ahead", request(12), "heartbeat, position_ahead 0:11 -> 5:10, 11"},
        ResumeRow{"fresh_of_an_older_page", request(0, 4), "heartbeat, page_changed 4:0 -> 5:9, 10, 11"}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

// What happens between the answer and the first pull is said with the first notice, not in a second one.
TEST(Subscription, NoticesOfTheStartGrowUntilTheyArePulled) {
  struct Row {
    topic::ResumeRequest request;
    bool new_page;
    const char* told;
  };
  for (const Row& row : {Row{request(3, 5), false, "heartbeat, expired 5:2 -> 5:12, 13"},
                         Row{request(9, 4), false, "heartbeat, page_changed 4:8 -> 5:12, 13"},
                         // 11 and 12 were published after it joined: they are missed, and have to be named.
                         Row{request(99, 5), false, "heartbeat, slow_consumer 5:10 -> 5:12, 13"},
                         Row{request(10, 5), false, "heartbeat, slow_consumer 5:9 -> 5:12, 13"},
                         Row{request(3, 5), true, "heartbeat, page_changed 5:2 -> 6:0, 1"},
                         Row{request(99, 5), true, "heartbeat, page_changed 5:98 -> 6:0, 1"}}) {
    SCOPED_TRACE(row.told);
    Started world;
    ModelReader reader(world, world.toy, row.request);
    if (reader.join()) world.register_now();
    if (row.new_page) {
      world.owner.new_page();
      world.owner.publish(20);
      world.register_now();
    } else {
      for (int i = 0; i < 3; ++i) world.owner.publish(20);
      world.owner.trim(9);
      world.deliver_now();
    }
    reader.drain();
    EXPECT_EQ(told(reader), row.told);
  }
}

TEST(Subscription, SlowReadersAreToldExactlyWhatTheyLost) {
  Started world;
  ModelReader reader(world, world.toy, request(4, 5));
  EXPECT_FALSE(reader.join());
  reader.pull(9 + 45 + 10);  // the heartbeat, 4, and a part of 5
  EXPECT_TRUE(reader.subscription->in_message());
  EXPECT_TRUE(reader.pinning());
  world.owner.publish(20);
  world.owner.trim(4);
  world.deliver_now();
  EXPECT_EQ(reader.drain(1), Pulled::wait);
  EXPECT_EQ(told(reader), "heartbeat, 4, 5, slow_consumer 5:5 -> 5:7, 8, 9, 10, 11");
  EXPECT_FALSE(reader.pinning());
  EXPECT_EQ(world.pinned.bytes.value(), 0u);
}

// A notice with nothing behind it: the next message is this reader's, however late it comes.
TEST(Subscription, TwoNoticesNeverFollowEachOther) {
  Started world;
  ModelReader reader(world, world.toy, request(99, 5));
  EXPECT_TRUE(reader.join());
  world.register_now();
  reader.drain();
  world.owner.publish(20);
  world.deliver_now();
  EXPECT_FALSE(reader.pinning()) << "the view has it too";
  for (int i = 0; i < 5; ++i) world.owner.publish(20);
  world.owner.trim(100);
  world.owner.publish(20);
  world.deliver_now();
  EXPECT_TRUE(reader.pinning());
  EXPECT_GT(world.pinned.bytes.value(), 0u);
  reader.drain(7);
  EXPECT_EQ(told(reader), "heartbeat, position_ahead 5:98 -> 5:10, 11, slow_consumer 5:11 -> 5:16, 17");
  EXPECT_EQ(world.pinned.bytes.value(), 0u);
}

// The kept message of an older page is not taken for the one of the same number in the new page.
TEST(Subscription, KeptMessagesCountAsPinnedAfterAPageChange) {
  Started world;
  ModelReader reader(world, world.toy, request(99, 5));
  EXPECT_TRUE(reader.join());
  world.register_now();
  reader.drain();
  world.publish_now(500);
  world.owner.new_page();
  for (int i = 0; i < 20; ++i) world.owner.publish(1);
  world.register_now();
  EXPECT_TRUE(reader.pinning());
  EXPECT_GE(world.pinned.bytes.value(), 500u);
  reader.subscription->request_heartbeat();
  ViewWorld* const w = &world;
  w->view.end_all(EndReason::draining);
  EXPECT_FALSE(reader.pinning()) << "what is not under way is let go at the end";
  EXPECT_EQ(world.pinned.bytes.value(), 0u);
  EXPECT_EQ(reader.drain(), Pulled::end);
}

TEST(Subscription, HeartbeatsComeBetweenMessagesAndOnlyWakeWhoWaits) {
  Started world;
  ModelReader reader(world, world.toy, request(10, 5));
  EXPECT_FALSE(reader.join());
  reader.pull(9 + 10);  // within message 10
  reader.ask_heartbeat();
  reader.ask_heartbeat();
  EXPECT_EQ(reader.wakes, 0u);
  reader.drain();
  EXPECT_EQ(told(reader), "heartbeat, 10, heartbeat");
  reader.ask_heartbeat();
  reader.ask_heartbeat();
  EXPECT_EQ(reader.wakes, 1u);
  world.publish_now(20);
  EXPECT_EQ(reader.wakes, 1u) << "it was told already that there is work";
  reader.drain();
  EXPECT_EQ(told(reader), "heartbeat, 10, heartbeat, heartbeat, 11");
  EXPECT_EQ(world.counters.heartbeats.value(), 3u);
}

TEST(Subscription, TheEndComesBehindTheMessageUnderWay) {
  Started world;
  ModelReader reader(world, world.grpc, request(4, 5));
  EXPECT_FALSE(reader.join());
  reader.pull(20);
  world.view.end_all(EndReason::draining);
  EXPECT_EQ(reader.ended(), EndReason::draining);
  reader.ask_heartbeat();
  EXPECT_EQ(reader.drain(3), Pulled::end);
  EXPECT_EQ(told(reader), "heartbeat, 4");
  EXPECT_EQ(world.pinned.bytes.value(), 0u);
}

TEST(Subscription, AReaderThatWasRemovedEnds) {
  Started world;
  ModelReader reader(world, world.toy, request(4, 5));
  EXPECT_FALSE(reader.join());
  reader.pull(20);
  world.view.remove(*reader.subscription);
  EXPECT_EQ(reader.subscription->view(), nullptr);
  Slices rest;
  EXPECT_EQ(reader.subscription->pull(1000, rest), Pulled::end);
  EXPECT_EQ(rest.bytes(), 9u + 45 - 20);
}

TEST(Subscription, LargeMessagesAreSharedAndOutliveTheView) {
  auto world = std::make_unique<Started>();
  ModelReader one(*world, world->toy, request(11, 5));
  ModelReader two(*world, world->toy, request(11, 5));
  EXPECT_FALSE(one.join() || two.join());
  world->publish_now(1 << 20);
  one.pull(1000);
  two.pull(1000);
  EXPECT_EQ(world->cache_counters.messages_framed.value(), 1u);
  EXPECT_EQ(world->pinned.bytes.value(), 0u);
  world->owner.publish(1);
  world->owner.trim(8);
  world->deliver_now();
  one.check_borrowed();
  two.check_borrowed();
  world->cache.clear_retired();
  EXPECT_GE(world->pinned.bytes.value(), std::size_t{1} << 20);
  EXPECT_LT(world->pinned.bytes.value(), std::size_t{3} << 19) << "once, not once a reader";
  one.drain();
  two.drain(16'384);
  EXPECT_EQ(told(two), "heartbeat, 11, 12");
  one.check_borrowed();
  two.check_borrowed();
  world->cache.clear_retired();
  EXPECT_EQ(world->pinned.bytes.value(), 0u);
}

TEST(Subscription, CountsWhatItDelivers) {
  Started world;
  ModelReader reader(world, world.toy, request(4, 5));
  EXPECT_FALSE(reader.join());
  reader.drain(7);
  EXPECT_EQ(world.counters.deliveries.value(), 7u);
  EXPECT_EQ(world.counters.delivered_bytes.value(), 7u * 45);
  EXPECT_EQ(world.counters.subscriptions.value(), 1u);
  reader.subscription.reset();
  EXPECT_EQ(world.counters.subscriptions.value(), 0u);
}

}  // namespace
}  // namespace hark::gateway
