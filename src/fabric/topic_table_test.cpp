#include "fabric/topic_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "fabric/fakes_for_test.h"

namespace hark::fabric {
namespace {

constexpr Instant start{1h};

Limits limits_of(std::size_t topics, std::size_t bytes) {
  Limits limits;
  limits.topics_max = topics;
  limits.topics_bytes_max = bytes;
  limits.replay_messages_max = 8;
  limits.replay_bytes_max = 4'000;
  limits.replay_age_max = 1min;
  return limits;
}

TopicPath path_of(std::uint64_t n) { return TopicPath("ns", std::to_string(n)); }

// A table, and what an owner does with it.
struct Fixture {
  explicit Fixture(std::size_t topics = 100, std::size_t bytes = 1 << 20, FakePages p = FakePages())
      : limits(limits_of(topics, bytes)), pages(p), table(limits, pages, counters) {}

  /// Numbers a message of `bytes`, and commits it unless `commit` is false. Null: refused.
  MessageRef publish(std::uint64_t n, std::size_t bytes = 1, bool commit = true, Instant now = start) {
    auto topic = table.find_or_create(path_of(n), 1, bytes);
    if (!topic) return {};
    MessageRef message = (*topic)->topic.accept(draft_of(std::string(bytes, 'x')), now);
    if (commit) (*topic)->topic.commit(message->number());
    table.settle(**topic, now);
    return message;
  }
  /// Gives the topic an interest, or takes the one that it has.
  void want(OwnedTopic& topic, bool wanted) {
    if (wanted) {
      Interest& interest = *interests.emplace_back(std::make_unique<Interest>());
      topic.interests.push_back(interest);
    } else {
      topic.interests.clear();
    }
    table.interest_changed(topic);
  }
  std::string kept() {
    std::map<std::string, int> names;
    table.for_each([&](OwnedTopic& topic) { names[std::string(topic.topic.path().topic_name())]; });
    std::string text;
    for (const auto& [name, unused] : names) text += name;
    return text;
  }
  ~Fixture() {
    table.for_each([&](OwnedTopic& topic) { topic.interests.clear(); });
  }

  Limits limits;
  FakePages pages;
  TopicTable::Counters counters;
  std::vector<std::unique_ptr<Interest>> interests;
  TopicTable table;
};

std::string slot(const MessageRef& message) {
  if (!message) return "none";
  return std::to_string(message->page().value()) + ":" + std::to_string(message->number().value());
}

TEST(TopicTable, FindsWhatItHasByPathAndById) {
  Fixture f;
  EXPECT_EQ(f.table.find(path_of(1)), nullptr);
  OwnedTopic* topic = *f.table.find_or_create(path_of(1), 9);
  EXPECT_EQ(*f.table.find_or_create(path_of(1), 9), topic);
  EXPECT_EQ(f.table.find(path_of(1)), topic);
  EXPECT_EQ(f.table.find(topic->id), topic);
  EXPECT_EQ(topic->namespace_id, 9u);
  EXPECT_EQ(topic->topic.page(), f.pages.current());
  const TopicId id = topic->id;
  const topic::TopicState state = f.table.release(*topic);
  EXPECT_EQ(state.path, path_of(1));
  EXPECT_EQ(f.table.find(path_of(1)), nullptr);
  EXPECT_EQ(f.table.find(id), nullptr);
  EXPECT_EQ(f.table.size(), 0u);
  EXPECT_EQ(f.table.bytes(), 0u);
}

TEST(TopicTable, ForgetsIdleTopicsLeastRecentlyPublishedFirst) {
  Fixture f(4);
  for (const auto n : {1, 2, 3, 4}) f.publish(static_cast<std::uint64_t>(n));
  f.publish(1);
  f.publish(5);
  EXPECT_EQ(f.kept(), "1345");
  f.want(*f.table.find(path_of(3)), true);
  f.publish(6);
  EXPECT_EQ(f.kept(), "1356");
  f.want(*f.table.find(path_of(3)), false);
  f.publish(7), f.publish(8), f.publish(9);
  EXPECT_EQ(f.kept(), "3789") << "idle since its last interest went";
  EXPECT_EQ(f.counters.evicted.value(), 5u);
}

TEST(TopicTable, ForgetsNothingThatIsWantedMovingOrUnderWay) {
  Fixture f(3);
  f.publish(1), f.publish(2), f.publish(3, 1, false);
  f.want(*f.table.find(path_of(1)), true);
  f.table.freeze(*f.table.find(path_of(2)));
  EXPECT_FALSE(f.publish(4));
  EXPECT_EQ(f.kept(), "123");
  f.table.find(path_of(3))->topic.commit(SequenceNumber(1));
  EXPECT_TRUE(f.publish(4));
  EXPECT_EQ(f.kept(), "124");
}

TEST(TopicTable, TakesMessagesForTheTopicsItHasWhenThereIsNoRoomForAnother) {
  Fixture f(2);
  f.publish(1), f.publish(2);
  for (const auto n : {1, 2}) f.want(*f.table.find(path_of(static_cast<std::uint64_t>(n))), true);
  EXPECT_FALSE(f.publish(3));
  EXPECT_EQ(slot(f.publish(1)), "100:2");
  for (const auto n : {1, 2}) f.want(*f.table.find(path_of(static_cast<std::uint64_t>(n))), false);
  EXPECT_EQ(slot(f.publish(1)), "100:3");
  EXPECT_EQ(f.kept(), "12") << "a message for a topic that is there costs no other its place";
}

TEST(TopicTable, RefusesAboveItsBytes) {
  Fixture f(100, 6'000);
  EXPECT_TRUE(f.publish(1, 2'000));
  f.want(*f.table.find(path_of(1)), true);
  EXPECT_TRUE(f.publish(2, 2'000));
  EXPECT_TRUE(f.publish(3, 2'000)) << "in place of 2";
  EXPECT_EQ(f.kept(), "13");
  EXPECT_FALSE(f.publish(4, 5'000));
  EXPECT_LE(f.table.bytes(), 6'000u);
}

TEST(TopicTable, DoesNotForgetTheTopicThatIsPublishedTo) {
  Fixture f(100, 6'000);
  f.publish(1, 2'000), f.publish(2, 2'000);
  EXPECT_EQ(slot(f.publish(1, 2'000)), "100:2");
  EXPECT_EQ(f.kept(), "1") << "2 was used later, but 1 is in use now";
  EXPECT_EQ(f.table.find(path_of(1))->topic.buffer().oldest, SequenceNumber(1)) << "with what it had";
}

TEST(TopicTable, GoesOnWithTheNumbersOfAForgottenTopic) {
  Fixture f(2);
  f.publish(1), f.publish(1), f.publish(2), f.publish(3);
  ASSERT_TRUE(f.pages.step_past(f.pages.current()));
  EXPECT_EQ(f.kept(), "23");
  EXPECT_EQ(f.table.forgotten().size(), 1u);
  EXPECT_EQ(slot(f.publish(1)), "100:3");
  EXPECT_EQ(f.table.forgotten().size(), 1u) << "1 came back for 2";
  EXPECT_EQ(slot(f.publish(4)), "101:1");
}

TEST(TopicTable, RemembersNoTopicThatNeverHadAMessage) {
  Fixture f(1);
  (void)f.table.find_or_create(path_of(1), 1);
  f.publish(2);
  EXPECT_EQ(f.kept(), "2");
  EXPECT_EQ(f.table.forgotten().size(), 0u);
  EXPECT_EQ(slot(f.publish(1)), "100:1");
}

TEST(TopicTable, BeginsAGreaterPageInAnotherNamespaceOfTheSameName) {
  Fixture f(1);
  f.publish(1), f.publish(2);
  OwnedTopic* again = *f.table.find_or_create(path_of(1), 2);
  EXPECT_EQ(again->topic.page(), SequencePage(101));
  EXPECT_EQ(again->topic.next(), SequenceNumber(1));
}

TEST(TopicTable, BeginsAGreaterPageAfterATopicWasErased) {
  Fixture f;
  f.publish(1);
  f.table.erase(*f.table.find(path_of(1)));
  EXPECT_EQ(f.table.bytes(), 0u);
  EXPECT_EQ((*f.table.find_or_create(path_of(1), 2))->topic.page(), SequencePage(101));
}

TEST(TopicTable, GoesOnWithTheNumbersWhereNoGreaterPageIsToBeHad) {
  Fixture f(100, 1 << 20, FakePages(100, 100));
  f.publish(1), f.publish(1);
  f.table.erase(*f.table.find(path_of(1)));
  OwnedTopic* again = *f.table.find_or_create(path_of(1), 2);
  EXPECT_EQ(again->namespace_id, 2u);
  EXPECT_EQ(again->topic.page(), SequencePage(100));
  EXPECT_EQ(again->topic.next(), SequenceNumber(3)) << "no slot for two messages";
}

TEST(TopicTable, StopsForgettingWhenNothingMoreCanBeRememberedAndGoesOnWhenItCan) {
  Fixture f(2, 1 << 20, FakePages(100, 100));
  std::uint64_t n = 0;
  while (n < 10 && f.publish(n + 1)) ++n;
  EXPECT_EQ(n, 5u) << "two kept, two remembered, and one above the bound";
  EXPECT_FALSE(f.publish(11));
  f.pages.reserve_up_to(200);
  EXPECT_TRUE(f.publish(11));
  EXPECT_LE(f.table.forgotten().size(), 2u);
}

TEST(TopicTable, SweepsEveryTopicByAgeWhileItGrows) {
  Fixture f(10'000);
  for (std::uint64_t n = 0; n < 300; ++n) f.publish(n, 1, true, start);
  for (std::uint64_t n = 0; n < 300; ++n) f.publish(n, 1, true, start + 2min);
  std::size_t trimmed = 0;
  const auto sweep = [&] { f.table.sweep(start + 2min, [&](OwnedTopic&) { ++trimmed; }); };
  sweep(), sweep();
  EXPECT_EQ(trimmed, 0u) << "publishing trims as well";
  for (std::uint64_t n = 300; n < 600; ++n) f.publish(n, 1, true, start + 2min);
  const auto later = start + 5min;
  for (int i = 0; i < 3; ++i)
    f.table.sweep(later, [&](OwnedTopic& topic) {
      ++trimmed;
      EXPECT_EQ(topic.topic.buffer().oldest, topic.topic.next());
    });
  EXPECT_EQ(trimmed, 600u) << "three sweeps of 256 see all 600, wherever they began";
}

// Goal: the books agree with a recount, and every kept rule holds, after any operations.
TEST(TopicTable, KeepsItsBooksOverRandomOperations) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    Fixture f(2 + below(6), 4'000 + below(20'000), FakePages(100, 100 + below(200)));
    std::map<std::uint64_t, Position> last;  // the last slot that a topic gave
    Instant now = start;
    for (int i = 0; i < 300; ++i) {
      const std::uint64_t n = below(10);
      OwnedTopic* topic = f.table.find(path_of(n));
      switch (below(8)) {
        default: {
          const MessageRef message = f.publish(n, below(1'500), below(4) != 0, now);
          if (!message) break;
          const Position position{message->page(), message->number()};
          ASSERT_GT(position, last[n]);
          last[n] = position;
          break;
        }
        case 4:
          now += std::chrono::seconds(below(30));
          f.table.sweep(now, [](OwnedTopic&) {});
          break;
        case 5:
          if (topic) f.want(*topic, topic->interests.empty());
          break;
        case 6:
          if (topic && !topic->topic.settled()) {
            topic->topic.commit(topic->topic.next().previous());
            f.table.settle(*topic, now);
          }
          break;
        case 7:
          if (!topic || !topic->interests.empty()) break;
          if (below(2) == 0) {
            f.table.erase(*topic);
          } else if (topic->topic.settled()) {
            f.table.freeze(*topic);
            f.table.adopt(f.table.release(*topic), 1);
          }
          break;
      }
      std::size_t bytes = 0, topics = 0;
      f.table.for_each([&](OwnedTopic& t) {
        bytes += TopicTable::memory_of(t), ++topics;
        ASSERT_EQ(f.table.find(t.topic.path()), &t);
      });
      ASSERT_EQ(f.table.bytes(), bytes);
      ASSERT_EQ(f.table.size(), topics);
      ASSERT_LE(topics, f.limits.topics_max);
      ASSERT_EQ(f.counters.bytes.value(), bytes);
      ASSERT_EQ(f.counters.topics.value(), topics);
      ASSERT_EQ(f.counters.remembered.value(), f.table.forgotten().size());
    }
  }
}

}  // namespace
}  // namespace hark::fabric
