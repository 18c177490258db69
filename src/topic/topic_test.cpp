#include "topic/topic.h"

#include <gtest/gtest.h>

namespace hark::topic {
namespace {

constexpr Instant start{1h};

Topic make_topic() { return Topic(TopicPath("default", "news"), SequencePage(7)); }

MessageRef accept(Topic& topic, std::size_t bytes = 1, Instant now = start) {
  return topic.accept({PayloadKind::binary, SharedBytes::copy_of(std::string(bytes, 'x')), {}}, now);
}

/// Drops what the limits do not allow. True: dropped some.
bool trim(Topic& topic, const ReplayLimits& limits, Instant now) {
  const SequenceNumber before = topic.buffer().oldest, oldest = topic.oldest_within(limits, now);
  topic.trim_to(oldest);
  return oldest > before;
}

std::string describe(const Buffer& buffer) {
  return std::to_string(buffer.page.value()) + ":" + std::to_string(buffer.oldest.value()) + "-" +
         std::to_string(buffer.head.value());
}

TEST(Topic, NumbersFromOneAndShowsOnlyWhatIsCommitted) {
  Topic topic = make_topic();
  EXPECT_EQ(describe(topic.buffer()), "7:1-0");
  EXPECT_TRUE(topic.settled());

  const MessageRef first = accept(topic), second = accept(topic);
  EXPECT_EQ(first->number(), SequenceNumber(1));
  EXPECT_EQ(second->number(), SequenceNumber(2));
  EXPECT_EQ(second->page(), SequencePage(7));
  EXPECT_EQ(describe(topic.buffer()), "7:1-0") << "assigned is not committed";
  EXPECT_FALSE(topic.settled());

  topic.commit(first->number());
  EXPECT_EQ(describe(topic.buffer()), "7:1-1");
  EXPECT_FALSE(topic.settled());
  topic.commit(second->number());
  EXPECT_EQ(describe(topic.buffer()), "7:1-2");
  EXPECT_TRUE(topic.settled());
}

TEST(TopicDeathTest, CommitsNothingThatWasNotAssignedAndNeverBack) {
  Topic topic = make_topic();
  EXPECT_DEATH(topic.commit(SequenceNumber(1)), "does not hold");
  accept(topic), accept(topic);
  topic.commit(SequenceNumber(2));
  EXPECT_DEATH(topic.commit(SequenceNumber(1)), "does not hold");
}

// Five messages of 10 bytes, one a second; `committed` of them are.
TEST(Topic, TrimsWhatIsBeyondEachLimitOldestFirstButNothingUncommitted) {
  const struct {
    const char* name;
    std::uint64_t committed;
    ReplayLimits limits;
    const char* kept;  ///< page:oldest-head, and then whether something was trimmed
  } cases[] = {
      {"within all", 5, {5, 50, 4s}, "7:1-5 no"},
      {"one too many", 5, {4, 50, 4s}, "7:2-5 yes"},
      {"four too many", 5, {1, 50, 4s}, "7:5-5 yes"},
      {"a byte too many", 5, {5, 49, 4s}, "7:2-5 yes"},
      {"bytes for two and a half", 5, {5, 25, 4s}, "7:4-5 yes"},
      {"no bytes at all", 5, {5, 0, 4s}, "7:6-5 yes"},
      {"one is too old", 5, {5, 50, 4s - 1ns}, "7:2-5 yes"},
      {"all are too old", 5, {5, 50, -1ns}, "7:6-5 yes"},
      {"what is not committed counts for nothing yet", 3, {3, 30, 4s}, "7:1-3 no"},
      {"one too many besides two not committed", 3, {2, 50, 4s}, "7:2-3 yes"},
      {"a byte too many besides two not committed", 3, {5, 29, 4s}, "7:2-3 yes"},
      {"too many, but two not committed", 3, {1, 50, 4s}, "7:3-3 yes"},
      {"too old, but two not committed", 3, {5, 50, -1ns}, "7:4-3 yes"},
      {"too many bytes, none committed", 0, {5, 0, 4s}, "7:1-0 no"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Topic topic = make_topic();
    for (int i = 0; i < 5; ++i) accept(topic, 10, start + i * 1s);
    topic.commit(SequenceNumber(c.committed));
    const bool trimmed = trim(topic, c.limits, start + 4s);
    EXPECT_EQ(describe(topic.buffer()) + (trimmed ? " yes" : " no"), c.kept);
    EXPECT_EQ(topic.next(), SequenceNumber(6));
    for (std::uint64_t n = c.committed + 1; n <= 5; ++n)
      EXPECT_EQ(topic.at(SequenceNumber(n))->number(), SequenceNumber(n)) << "kept until it is committed";
  }
}

TEST(Topic, GoesOnWherePageAndNumbersStood) {
  Topic topic = make_topic();
  for (int i = 0; i < 5; ++i) accept(topic);
  topic.commit(SequenceNumber(5));
  trim(topic, {.messages_max = 3, .bytes_max = 100, .age_max = 1h}, start);
  const MessageRef fourth = topic.at(SequenceNumber(4));

  Topic moved(topic.release());
  EXPECT_EQ(moved.path(), TopicPath("default", "news"));
  EXPECT_EQ(describe(moved.buffer()), "7:3-5");
  EXPECT_EQ(moved.at(SequenceNumber(4)).get(), fourth.get());
  EXPECT_TRUE(moved.settled());
  EXPECT_EQ(accept(moved)->number(), SequenceNumber(6));
  EXPECT_EQ(moved.memory_bytes(),
            [] {
              Topic same(TopicPath("default", "news"), SequencePage(7), SequenceNumber(3));
              for (int i = 0; i < 4; ++i) accept(same);
              return same.memory_bytes();
            }() +
                4 * sizeof(MessageRef))
      << "the moved ring has 8 slots, since it once held five";
}

TEST(Topic, GoesOnWithoutItsMessagesWhereItIsRemembered) {
  Topic topic(TopicPath("default", "news"), SequencePage(7), SequenceNumber(42));
  EXPECT_EQ(describe(topic.buffer()), "7:42-41");
  EXPECT_TRUE(topic.settled());
  EXPECT_EQ(accept(topic)->number(), SequenceNumber(42));
}

TEST(TopicDeathTest, DoesNotLeaveWhileSomethingIsNotCommitted) {
  Topic topic = make_topic();
  accept(topic);
  EXPECT_DEATH((void)topic.release(), "does not hold");
}

TEST(Topic, CountsItsMessagesItsNameAndItsSlots) {
  Topic topic = make_topic();
  const std::size_t empty = topic.memory_bytes();
  EXPECT_GE(empty, sizeof(Topic) + topic.path().text().size());
  const MessageRef message = accept(topic, 1000);
  EXPECT_EQ(topic.memory_bytes(), empty + message->memory_bytes() + 4 * sizeof(MessageRef));
  EXPECT_GE(message->memory_bytes(), 1000u);
}

}  // namespace
}  // namespace hark::topic
