#include "gateway/topic_view.h"

#include <gtest/gtest.h>

#include "gateway/model_reader_for_test.h"

namespace hark::gateway {
namespace {

using test::ModelReader;
using test::ViewWorld;
using Pulled = Subscription::Pulled;

topic::ResumeRequest request(std::uint64_t number, std::uint64_t page = 0) {
  return {SequenceNumber(number), SequencePage(page), 0};
}

struct World : ViewWorld {
  World() { register_now(); }
  ModelReader& join(topic::ResumeRequest wish = request(0)) {
    readers.push_back(std::make_unique<ModelReader>(*this, toy, wish));
    asks_anew = readers.back()->join();
    return *readers.back();
  }
  ModelReader& join_and_wait() {
    ModelReader& reader = join();
    EXPECT_EQ(reader.drain(), Pulled::wait);
    return reader;
  }
  std::vector<std::unique_ptr<ModelReader>> readers;
  bool asks_anew = false;
};

TEST(TopicView, WakesNoMoreThanItIsTold) {
  World world;
  for (int i = 0; i < 10; ++i) world.join_and_wait();
  world.owner.publish(10);
  EXPECT_TRUE(world.view.on_delivery(world.owner.deliver(world.view, 1)));
  EXPECT_TRUE(world.view.wake(4));
  std::size_t woken = 0;
  for (const auto& reader : world.readers) woken += reader->wakes;
  EXPECT_EQ(woken, 4u);
  EXPECT_TRUE(world.view.wake(5));
  EXPECT_FALSE(world.view.wake(5));
  EXPECT_FALSE(world.view.wake(5));
  for (const auto& reader : world.readers) EXPECT_EQ(reader->wakes, 1u);
}

// Goal: one that pulls at once when it is woken is not woken again for the same message.
TEST(TopicView, AReaderThatPullsWhenWokenIsWokenOnce) {
  World world;
  for (int i = 0; i < 3; ++i) {
    ModelReader& reader = world.join_and_wait();
    reader.when_work = [&reader] { reader.drain(); };
  }
  world.owner.publish(10);
  EXPECT_TRUE(world.view.on_delivery(world.owner.deliver(world.view, 1)));
  EXPECT_TRUE(world.view.wake(2));
  EXPECT_FALSE(world.view.wake(100));
  for (const auto& reader : world.readers) EXPECT_EQ(reader->wakes, 1u);
}

// Goal: one that pulls without being woken, and so has everything, does not hide those behind it.
TEST(TopicView, APullWithoutAWakeLosesNobodysWake) {
  World world;
  ModelReader& first = world.join_and_wait();
  ModelReader& second = world.join_and_wait();
  world.owner.publish(10);
  world.view.on_delivery(world.owner.deliver(world.view, 1));
  EXPECT_EQ(first.drain(), Pulled::wait);
  world.wake_all();
  EXPECT_EQ(first.wakes, 0u);
  EXPECT_EQ(second.wakes, 1u);
  // Nor is one woken that was told that there is more.
  second.drain();
  world.owner.publish(10);
  world.view.on_delivery(world.owner.deliver(world.view, 1));
  EXPECT_EQ(first.pull(1), Pulled::more);
  world.wake_all();
  EXPECT_EQ(first.wakes, 0u);
  EXPECT_EQ(second.wakes, 2u);
}

TEST(TopicView, WhatOnlyTrimsWakesNobody) {
  World world;
  world.owner.publish(10);
  world.deliver_now();
  ModelReader& reader = world.join_and_wait();
  world.owner.trim(1);
  EXPECT_FALSE(world.view.on_delivery(world.owner.deliver(world.view, 0)));
  EXPECT_FALSE(world.view.wake(100));
  world.register_now();
  EXPECT_EQ(reader.wakes, 0u);
}

TEST(TopicView, ARegistrationsNewsWakesWhoWaits) {
  World world;
  ModelReader& reader = world.join_and_wait();
  world.owner.publish(10);
  world.register_now();
  EXPECT_EQ(reader.wakes, 1u);
  reader.drain();
  world.owner.new_page();
  world.register_now();
  EXPECT_EQ(reader.wakes, 2u);
  reader.drain();
  EXPECT_EQ(reader.events.back().discontinuity.reason, DiscontinuityReason::page_changed);
}

// A new page, whose first messages this core does not get: only the batch tells.
TEST(TopicView, APageMayChangeWithinABatch) {
  for (const std::size_t published : {1u, 10u, 50u}) {
    World world;
    for (int i = 0; i < 20; ++i) world.owner.publish(10);
    world.deliver_now();
    ModelReader& reader = world.join_and_wait();
    world.owner.new_page();
    for (std::size_t i = 0; i < published + 5; ++i) world.owner.publish(10);
    world.owner.trim(2);
    world.owner.sent = SequenceNumber(published);
    world.deliver_now();
    reader.drain();
    EXPECT_EQ(world.view.buffer().head, SequenceNumber(published + 5));
  }
}

TEST(TopicView, WhoClaimsMoreThanItKnowsWaitsForTheOwner) {
  World world;
  world.owner.publish(10);
  world.deliver_now();
  // The client heard of 2 from another core; this one is told later.
  world.owner.publish(10);
  ModelReader& reader = world.join(request(3, 1));
  EXPECT_TRUE(world.asks_anew);
  EXPECT_FALSE(reader.ready());
  world.register_now();
  reader.drain();
  EXPECT_EQ(reader.events.size(), 1u) << "a heartbeat, and no notice";
}

TEST(TopicView, WhoClaimsMoreIsNotJudgedByAnAnswerThatIsOlder) {
  World world;
  const auto asked = world.view.begin_registration({}, 1);
  auto answer = world.owner.answer(asked);
  world.owner.publish(10);
  ModelReader& ahead = world.join(request(2, 1));
  ModelReader& other = world.join(request(0));
  EXPECT_FALSE(world.asks_anew) << "it is asked already";
  EXPECT_TRUE(world.view.on_registered(std::move(answer)));
  EXPECT_FALSE(ahead.ready());
  EXPECT_TRUE(other.ready());
  world.register_now();
  ahead.drain();
  EXPECT_EQ(ahead.events.size(), 1u);
}

TEST(TopicView, ReadersThatBeganGoOnWhileItRegistersAnew) {
  World world;
  for (int i = 0; i < 3; ++i) world.owner.publish(10);
  world.deliver_now();
  ModelReader& reader = world.join(request(1, 1));
  const auto asked = world.view.begin_registration({}, 1);
  EXPECT_FALSE(world.view.live());
  EXPECT_FALSE(world.view.interest());
  EXPECT_EQ(reader.drain(), Pulled::wait);
  EXPECT_EQ(reader.events.size(), 4u);
  EXPECT_FALSE(world.view.on_registered(world.owner.answer(asked)));
  EXPECT_EQ(reader.wakes, 0u);
}

// A hole right behind a notice: the only case in which two notices follow each other in one page.
TEST(TopicView, AHoleOfItsOwnIsToldEvenBehindANotice) {
  World world;
  ModelReader& reader = world.join(request(9, 1));
  world.register_now();
  reader.drain();
  for (int i = 0; i < 5; ++i) world.owner.publish(10);
  world.owner.trim(3);
  reader.view_lost_messages();
  world.deliver_now();
  reader.drain();
  ASSERT_EQ(reader.events.size(), 5u);
  EXPECT_EQ(reader.events[2].discontinuity.missed_to, SequenceNumber(3));
  world.publish_now(10);
  reader.drain();
  EXPECT_EQ(world.pinned.bytes.value(), 0u);
}

TEST(TopicView, EndsReadersInEveryState) {
  World world;
  ModelReader& awake = world.join();
  ModelReader& caught_up = world.join_and_wait();
  const auto asked = world.view.begin_registration({}, 1);
  ModelReader& waiting = world.join();
  world.view.end_all(EndReason::namespace_deleted);
  for (ModelReader* reader : {&awake, &caught_up, &waiting}) {
    EXPECT_EQ(reader->ended(), EndReason::namespace_deleted);
    EXPECT_EQ(reader->drain(), Pulled::end);
    reader->ask_heartbeat();
    EXPECT_EQ(reader->drain(), Pulled::end);
  }
  EXPECT_FALSE(world.view.has_readers());
}

/// Each callback ends readers, also its own: the view goes on with those that are left.
TEST(TopicView, ReadersMayLeaveWithinCallbacks) {
  for (const std::size_t leaves : {0u, 1u, 2u, 3u}) {
    for (const int in : {0, 1, 2}) {
      SCOPED_TRACE(std::to_string(leaves) + " leaves in callback " + std::to_string(in));
      World world;
      const auto asked = world.view.begin_registration({}, 1);
      for (int i = 0; i < 4; ++i) world.join();
      const auto leave = [&] {
        world.readers[leaves]->subscription.reset();
        if (leaves == 2) world.readers[3]->subscription.reset();
      };
      auto& callback = in == 0   ? world.readers[1]->when_ready
                       : in == 1 ? world.readers[1]->when_work
                                 : world.readers[1]->when_end;
      callback = leave;
      EXPECT_FALSE(world.view.on_registered(world.owner.answer(asked)));
      for (const auto& reader : world.readers)
        if (reader->subscription) reader->drain();
      world.publish_now(10);
      for (const auto& reader : world.readers) {
        if (!reader->subscription) continue;
        EXPECT_EQ(reader->wakes, 1u);
        reader->drain();
      }
      world.view.end_all(EndReason::draining);
      for (const auto& reader : world.readers) EXPECT_TRUE(!reader->subscription || reader->ended());
      EXPECT_FALSE(world.view.has_readers());
    }
  }
}

// Goal: a session that joins another reader, for which the owner is asked at once, within on_ready.
TEST(TopicView, ReadersMayJoinWithinOnReady) {
  World world;
  const auto asked = world.view.begin_registration({}, 1);
  ModelReader& first = world.join();
  ModelReader& ahead = world.join(request(5, 1));
  ModelReader late(world, world.toy, request(7, 1));
  std::optional<fabric::Register> anew;
  first.when_ready = [&] {
    if (late.join()) anew = world.view.begin_registration({}, 1);
  };
  EXPECT_TRUE(world.view.on_registered(world.owner.answer(asked)));
  ASSERT_TRUE(anew);
  EXPECT_FALSE(ahead.ready() || late.ready()) << "not judged by the answer before they came";
  EXPECT_FALSE(world.view.on_registered(world.owner.answer(*anew)));
  EXPECT_TRUE(ahead.ready() && late.ready());
}

// Goal: a blocked reader that keeps its next message costs later deliveries nothing but memory that is
// counted, and no more than that message.
TEST(TopicView, BlockedReadersKeepOneMessageAtMost) {
  World world;
  for (int i = 0; i < 100; ++i) world.join(request(9, 1));
  world.register_now();
  for (const auto& reader : world.readers) reader->drain();
  world.publish_now(1000);
  const std::size_t one = world.owner.log[0]->memory_bytes();
  for (int i = 0; i < 50; ++i) {
    world.publish_now(1000);
    world.owner.trim(1);
    EXPECT_EQ(world.pinned.bytes.value(), i == 0 ? 0u : 100 * one) << i;
  }
  for (const auto& reader : world.readers) reader->drain();
  EXPECT_EQ(world.pinned.bytes.value(), 0u);
}

}  // namespace
}  // namespace hark::gateway
