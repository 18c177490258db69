#include "fabric/forgotten_topics.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "fabric/fakes_for_test.h"

namespace hark::fabric {
namespace {

ForgottenTopic record(std::uint64_t hash, std::uint64_t page = 100, std::uint64_t next = 5) {
  return {hash, 1, SequencePage(page), SequenceNumber(next)};
}

TEST(ForgottenTopics, RecallsARecordOnce) {
  FakePages pages;
  ForgottenTopics forgotten(3, pages);
  forgotten.remember({42, 9, SequencePage(100), SequenceNumber(5)});
  EXPECT_EQ(forgotten.recall(41), std::nullopt);
  const auto found = forgotten.recall(42);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (ForgottenTopic{42, 9, SequencePage(100), SequenceNumber(5)}));
  EXPECT_EQ(forgotten.recall(42), std::nullopt);
  EXPECT_EQ(forgotten.size(), 0u);
}

TEST(ForgottenTopics, DropsTheOldestAtItsBoundAndStepsThePage) {
  FakePages pages(100);
  ForgottenTopics forgotten(2, pages);
  forgotten.remember(record(1, 90));
  forgotten.remember(record(2, 100));
  forgotten.remember(record(3, 100));
  EXPECT_FALSE(forgotten.recall(1));
  EXPECT_EQ(pages.current(), SequencePage(100)) << "page 90 is past already";
  forgotten.remember(record(4, 100));
  EXPECT_FALSE(forgotten.recall(2));
  EXPECT_EQ(pages.current(), SequencePage(101));
  EXPECT_TRUE(forgotten.recall(3));
  EXPECT_TRUE(forgotten.recall(4));
}

TEST(ForgottenTopics, CountsATopicThatCameBackAsNew) {
  FakePages pages;
  ForgottenTopics forgotten(2, pages);
  forgotten.remember(record(1));
  forgotten.remember(record(2));
  ASSERT_TRUE(forgotten.recall(1));
  forgotten.remember(record(1));
  forgotten.remember(record(3));
  EXPECT_FALSE(forgotten.recall(2)) << "the oldest";
  EXPECT_TRUE(forgotten.recall(1));
}

TEST(ForgottenTopics, KeepsATopicThatComesAndGoesWithinItsBound) {
  FakePages pages(100);
  ForgottenTopics forgotten(4, pages);
  forgotten.remember(record(1));
  for (std::uint64_t next = 1; next < 100; ++next) {
    forgotten.remember(record(2, 100, next));
    const auto found = forgotten.recall(2);
    ASSERT_TRUE(found) << next;
    ASSERT_EQ(found->next, SequenceNumber(next));
  }
  EXPECT_TRUE(forgotten.recall(1));
  EXPECT_EQ(pages.current(), SequencePage(100)) << "nothing was dropped";
}

TEST(ForgottenTopics, KeepsWhatItCannotDropWhileNoPageIsLeftAndMends) {
  FakePages pages(100, 100);
  ForgottenTopics forgotten(2, pages);
  for (std::uint64_t hash = 1; hash <= 4; ++hash) forgotten.remember(record(hash));
  EXPECT_EQ(forgotten.size(), 4u);
  EXPECT_TRUE(forgotten.over_full());
  forgotten.shrink();
  EXPECT_EQ(forgotten.size(), 4u);

  pages.reserve_up_to(200);
  forgotten.shrink();
  EXPECT_FALSE(forgotten.over_full());
  EXPECT_FALSE(forgotten.recall(1));
  EXPECT_FALSE(forgotten.recall(2));
  EXPECT_TRUE(forgotten.recall(3));
  EXPECT_TRUE(forgotten.recall(4));
  EXPECT_EQ(pages.current(), SequencePage(101));
}

TEST(ForgottenTopics, TakesOutWhatIsSelected) {
  FakePages pages;
  ForgottenTopics forgotten(10, pages);
  for (std::uint64_t hash = 1; hash <= 6; ++hash) forgotten.remember(record(hash));
  const auto odd = forgotten.take_if([](std::uint64_t hash) { return hash % 2 == 1; });
  EXPECT_EQ(odd.size(), 3u);
  for (std::uint64_t hash = 1; hash <= 6; ++hash)
    EXPECT_EQ(forgotten.recall(hash).has_value(), hash % 2 == 0);
}

// Goal: it is a map with a bound that drops the oldest. Method: random operations beside a list in order.
TEST(ForgottenTopics, AgreesWithAListInOrder) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::size_t bound = random() % 6;
    FakePages pages(1);
    ForgottenTopics forgotten(bound, pages);
    std::vector<ForgottenTopic> model;  // oldest first
    const auto find = [&](std::uint64_t hash) {
      return std::find_if(model.begin(), model.end(), [&](const auto& r) { return r.path_hash == hash; });
    };
    for (int i = 0; i < 300; ++i) {
      const std::uint64_t hash = random() % 8;
      const auto known = find(hash);
      if (random() % 2 == 0) {
        const ForgottenTopic topic = record(hash, pages.current().value(), 1 + random() % 100);
        if (known != model.end()) model.erase(known);
        model.push_back(topic);
        forgotten.remember(topic);
        while (model.size() > bound) {
          ASSERT_GT(pages.current(), model.front().page) << "its next life must have a greater page";
          model.erase(model.begin());
        }
      } else {
        const auto found = forgotten.recall(hash);
        ASSERT_EQ(found.has_value(), known != model.end());
        if (!found) continue;
        ASSERT_EQ(*found, *known);
        model.erase(known);
      }
      ASSERT_EQ(forgotten.size(), model.size());
    }
  }
}

}  // namespace
}  // namespace hark::fabric
