#include "gateway/view_table.h"

#include <gtest/gtest.h>

#include <memory>

#include "fabric/fakes_for_test.h"
#include "gateway/wire_forms_for_test.h"

namespace hark::gateway::test {
namespace {

using fabric::BatchTaken;
using fabric::Register;
using fabric::Unregister;

struct Reader final : Subscriber {
  int ready = 0, work = 0;
  std::optional<EndReason> ended;
  void on_ready() override { ++ready; }
  void on_work() override { ++work; }
  void on_end(EndReason reason) override { ended = reason; }
  void on_pinning(bool) override {}
};

/// A view table between owners that the test plays.
struct TableWorld {
  explicit TableWorld(std::size_t cores = 1, const Limits& with = {}) : limits(with), links(cores) {
    std::vector<fabric::Link*> ways;
    for (auto& link : links) ways.push_back(&link);
    state = make_state({"default"}, std::vector<double>(cores, 1.0));
    table.emplace(limits, ways, state, cache, counters);
  }
  fabric::ClusterStateRef make_state(std::vector<std::string> names, std::vector<double> weights,
                                     std::uint64_t first_id = 1) {
    auto next = std::make_shared<fabric::ClusterState>();
    next->version = ++version;
    for (const auto& name : names) next->namespaces[name] = {.id = first_id++};
    next->owners = std::make_shared<topic::OwnerMap>(version, weights);
    return next;
  }
  std::unique_ptr<Subscription> subscribe(Reader& reader,
                                          const TopicPath& path = TopicPath("default", "news"),
                                          topic::ResumeRequest resume = {}) {
    auto subscription = std::make_unique<Subscription>(toy, reader, resume, cache);
    table->subscribe(path, *subscription);
    return subscription;
  }
  fabric::FakeLink& link() { return links.front(); }
  static fabric::Registered answer(const Register& to, std::uint32_t interest, std::uint64_t next = 1) {
    return {to.view, to.epoch, {interest, 1}, SequencePage(5), SequenceNumber(next), SequenceNumber(next),
            {}};
  }
  static fabric::Delivery delivery(const Register& to, std::uint64_t number) {
    return {to.view,
            to.epoch,
            SequencePage(5),
            SequenceNumber(1),
            {message_of({SequencePage(5), SequenceNumber(number)}, 10)}};
  }

  Limits limits;
  std::vector<fabric::FakeLink> links;
  std::uint64_t version = 0;
  fabric::ClusterStateRef state;
  ToyForm toy;
  PinnedBytes pinned;
  FramedCache::Counters cache_counters;
  FramedCache cache{1 << 20, pinned, cache_counters};
  ViewCounters counters;
  std::optional<ViewTable> table;
  Instant now{1000s};
};

TEST(ViewTable, RegistersOnceForAllReadersOfATopic) {
  TableWorld world;
  Reader a, b, c;
  const auto first = world.subscribe(a), second = world.subscribe(b);
  const auto request = world.link().take<Register>();
  EXPECT_TRUE(world.link().sent.empty());
  EXPECT_EQ(a.ready, 0);
  world.table->on_registered(0, TableWorld::answer(request, 1));
  EXPECT_EQ(a.ready + b.ready, 2);
  const auto third = world.subscribe(c);
  EXPECT_EQ(c.ready, 1) << "a live view is ready at once";
  EXPECT_TRUE(world.link().sent.empty());
  EXPECT_EQ(world.table->size(), 1u);
}

TEST(ViewTable, TakesEachBatchAndSaysSo) {
  TableWorld world;
  Reader reader;
  const auto subscription = world.subscribe(reader);
  const auto request = world.link().take<Register>();
  world.table->on_registered(0, TableWorld::answer(request, 7));
  world.table->on_delivery(0, TableWorld::delivery(request, 1));
  EXPECT_EQ(world.link().take<BatchTaken>().interest, (fabric::InterestId{7, 1}));
  EXPECT_EQ(world.counters.stale_parcels.value(), 0u);
}

TEST(ViewTable, DropsWhatComesFromAnOlderRegistration) {
  TableWorld world;
  Reader reader;
  const auto subscription = world.subscribe(reader);
  auto request = world.link().take<Register>();
  auto stale = request;
  --stale.epoch;
  world.table->on_delivery(0, TableWorld::delivery(stale, 1));
  EXPECT_TRUE(world.link().sent.empty()) << "the owner dropped that interest, so nothing is to be said";
  world.table->on_registered(0, TableWorld::answer(stale, 3));
  EXPECT_EQ(world.link().take<Unregister>().interest, (fabric::InterestId{3, 1}))
      << "else its owner keeps a place for ever";
  EXPECT_EQ(reader.ready, 0);
  EXPECT_EQ(world.counters.stale_parcels.value(), 2u);
}

TEST(ViewTable, AViewLingersForReadersThatComeBack) {
  TableWorld world;
  Reader reader;
  auto subscription = world.subscribe(reader);
  const auto request = world.link().take<Register>();
  world.table->on_registered(0, TableWorld::answer(request, 1));
  for (int i = 0; i < 3; ++i) {
    world.table->unsubscribe(*subscription, world.now);
    world.table->tick(world.now += world.limits.view_linger - 1s);
    EXPECT_EQ(world.table->size(), 1u);
    subscription = world.subscribe(reader);
    EXPECT_TRUE(world.link().sent.empty()) << "nothing is asked anew";
  }
  world.table->unsubscribe(*subscription, world.now);
  world.table->tick(world.now + world.limits.view_linger);
  EXPECT_EQ(world.table->size(), 0u);
  EXPECT_EQ(world.link().take<Unregister>().interest, (fabric::InterestId{1, 1}));
}

TEST(ViewTable, ABoundedNumberOfViewsLingers) {
  Limits limits;
  limits.lingering_views_max = 10;
  TableWorld world(1, limits);
  Reader reader;
  for (int i = 0; i < 30; ++i) {
    const auto subscription = world.subscribe(reader, TopicPath("default", std::to_string(i)));
    world.table->unsubscribe(*subscription, world.now += 1ms);
  }
  world.table->tick(world.now);
  EXPECT_EQ(world.table->size(), 10u);
  std::size_t fresh = 0;
  for (int i = 20; i < 30; ++i) {
    world.link().sent.clear();
    const auto subscription = world.subscribe(reader, TopicPath("default", std::to_string(i)));
    fresh += world.link().sent.size();
    world.table->unsubscribe(*subscription, world.now);
  }
  EXPECT_EQ(fresh, 0u) << "those that came last are still here";
}

// A view that goes before its owner answered is signed off when the answer comes.
TEST(ViewTable, AnAnswerThatFindsNobodyIsSignedOff) {
  TableWorld world;
  Reader reader;
  const auto subscription = world.subscribe(reader);
  const auto request = world.link().take<Register>();
  world.table->unsubscribe(*subscription, world.now);
  world.table->tick(world.now + world.limits.view_linger);
  EXPECT_EQ(world.table->size(), 0u);
  EXPECT_TRUE(world.link().sent.empty());
  world.table->on_registered(0, TableWorld::answer(request, 4));
  EXPECT_EQ(world.link().take<Unregister>().interest, (fabric::InterestId{4, 1}));
}

TEST(ViewTable, RegistersWithTheNewOwnerWhenATopicMoves) {
  TableWorld world(2);
  Reader reader;
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  for (int i = 0; i < 20; ++i)
    subscriptions.push_back(world.subscribe(reader, TopicPath("default", std::to_string(i))));
  for (topic::CoreId core = 0; core < 2; ++core) {
    std::uint32_t interest = 1;
    while (!world.links[core].sent.empty())
      world.table->on_registered(core, TableWorld::answer(world.links[core].take<Register>(), interest++));
  }
  EXPECT_EQ(reader.ready, 20);
  world.table->apply(world.make_state({"default"}, {0.0, 1.0}));
  EXPECT_TRUE(world.links[0].sent.empty()) << "the old owner drops its places by itself";
  std::size_t moved = 0;
  while (!world.links[1].sent.empty()) {
    const auto request = world.links[1].take<Register>();
    EXPECT_EQ(request.have, (Position{SequencePage(5), SequenceNumber(1)})) << "only what is new need come";
    EXPECT_EQ(request.state_version, world.version);
    world.table->on_registered(1, TableWorld::answer(request, 100));
    ++moved;
  }
  EXPECT_GT(moved, 2u);
  EXPECT_LT(moved, 18u);
  EXPECT_EQ(reader.ready, 20) << "readers do not begin anew";
}

TEST(ViewTable, EndsReadersOfADeletedNamespace) {
  TableWorld world;
  world.table->apply(world.make_state({"default", "other"}, {1.0}));
  Reader stays, goes, lingers;
  const auto kept = world.subscribe(stays), gone = world.subscribe(goes, TopicPath("other", "a"));
  const auto left = world.subscribe(lingers, TopicPath("other", "b"));
  world.table->unsubscribe(*left, world.now);
  world.table->apply(world.make_state({"default"}, {1.0}));
  EXPECT_EQ(goes.ended, EndReason::namespace_deleted);
  EXPECT_FALSE(stays.ended);
  EXPECT_EQ(world.table->size(), 1u);
  world.table->unsubscribe(*gone, world.now);
  EXPECT_EQ(world.counters.subscriptions.value(), 1u);
}

// A namespace that was deleted and created again between two snapshots is another one.
TEST(ViewTable, EndsReadersOfANamespaceThatBeganAgain) {
  TableWorld world;
  Reader reader;
  const auto subscription = world.subscribe(reader);
  world.table->apply(world.make_state({"default"}, {1.0}, 50));
  EXPECT_EQ(reader.ended, EndReason::namespace_deleted);
  Reader next;
  const auto again = world.subscribe(next);
  EXPECT_FALSE(next.ended);
  EXPECT_EQ(world.table->size(), 1u);
}

TEST(ViewTable, EndsEveryReaderAtADrain) {
  TableWorld world;
  Reader waiting, live;
  const auto first = world.subscribe(live);
  world.table->on_registered(0, TableWorld::answer(world.link().take<Register>(), 1));
  const auto second = world.subscribe(waiting, TopicPath("default", "slow"));
  world.table->end_all(EndReason::draining);
  EXPECT_EQ(live.ended, EndReason::draining);
  EXPECT_EQ(waiting.ended, EndReason::draining);
  EXPECT_EQ(world.counters.subscriptions.value(), 0u);
}

TEST(ViewTable, KeepsItsWordsInOrderWhileALinkIsFull) {
  TableWorld world;
  const std::size_t reserve = fabric::bulk_reserve(world.limits);
  world.link().slots = reserve;
  Reader reader;
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  for (int i = 0; i < 5; ++i)
    subscriptions.push_back(world.subscribe(reader, TopicPath("default", std::to_string(i))));
  EXPECT_TRUE(world.link().sent.empty()) << "what is reserved for publishes stays free";
  EXPECT_TRUE(world.table->has_backlog());
  world.table->pump();
  EXPECT_TRUE(world.table->has_backlog());
  world.link().slots = reserve + 2;
  world.table->pump();
  EXPECT_EQ(world.link().sent.size(), 2u);
  EXPECT_TRUE(world.table->has_backlog());
  subscriptions.push_back(world.subscribe(reader, TopicPath("default", "5")));
  world.link().slots = SIZE_MAX / 2;
  world.table->pump();
  EXPECT_FALSE(world.table->has_backlog());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(world.link().take<Register>().path.topic_name(), std::to_string(i));
}

TEST(ViewTable, AFullLinkHoldsUpNoOther) {
  TableWorld world(2);
  world.links[0].slots = 0;
  Reader reader;
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  for (int i = 0; i < 20; ++i)
    subscriptions.push_back(world.subscribe(reader, TopicPath("default", std::to_string(i))));
  EXPECT_TRUE(world.links[0].sent.empty());
  EXPECT_GT(world.links[1].sent.size(), 2u);
}

TEST(ViewTable, WakesReadersInSteps) {
  TableWorld world;
  std::vector<Reader> readers(100);
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  for (Reader& reader : readers) subscriptions.push_back(world.subscribe(reader));
  const auto request = world.link().take<Register>();
  world.table->on_registered(0, TableWorld::answer(request, 1));
  Slices slices;
  for (auto& subscription : subscriptions) {
    while (subscription->pull(1000, slices) != Subscription::Pulled::wait) slices.clear();
    slices.clear();
  }
  EXPECT_FALSE(world.table->wake(64)) << "everybody has everything";
  world.table->on_delivery(0, TableWorld::delivery(request, 1));
  EXPECT_TRUE(world.table->has_dirty());
  const auto woken = [&] {
    std::size_t count = 0;
    for (const Reader& reader : readers) count += static_cast<std::size_t>(reader.work);
    return count;
  };
  EXPECT_TRUE(world.table->wake(64));
  EXPECT_EQ(woken(), 64u);
  EXPECT_FALSE(world.table->wake(64));
  EXPECT_EQ(woken(), 100u);
  EXPECT_FALSE(world.table->has_dirty());
}

}  // namespace
}  // namespace hark::gateway::test
