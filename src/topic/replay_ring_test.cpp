#include "topic/replay_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace hark::topic {
namespace {

MessageRef message(std::uint64_t number, std::size_t bytes = 1) {
  return Message::create({SequencePage(7), SequenceNumber(number)},
                         {PayloadKind::binary, SharedBytes::copy_of(std::string(bytes, 'x')), {}}, Instant{});
}

std::string describe(const ReplayRing& ring) {
  std::string text = std::to_string(ring.oldest().value()) + ".." + std::to_string(ring.next().value()) + ":";
  for (SequenceNumber n = ring.oldest(); n < ring.next(); ++n)
    text += " " + std::to_string(ring.at(n)->number().value());
  return text;
}

TEST(ReplayRing, TrimsFromTheOldestAndKeepsTheRest) {
  const struct {
    const char* name;
    std::uint64_t trim_to;
    const char* left;
  } cases[] = {
      {"below the oldest", 2, "3..6: 3 4 5"}, {"the oldest", 3, "3..6: 3 4 5"},
      {"one goes", 4, "4..6: 4 5"},           {"the newest stays", 5, "5..6: 5"},
      {"past the newest", 6, "6..6:"},        {"far past the newest", 60, "6..6:"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ReplayRing ring(SequenceNumber(3));
    for (std::uint64_t n = 3; n < 6; ++n) ring.push(message(n));
    ring.trim_to(SequenceNumber(c.trim_to));
    EXPECT_EQ(describe(ring), c.left);
    ring.push(message(6));
    EXPECT_EQ(ring.next(), SequenceNumber(7)) << "numbers go on after a trim";
  }
}

TEST(ReplayRing, DoublesItsSlotsFromFour) {
  ReplayRing ring;
  EXPECT_EQ(ring.memory_bytes(), 0u);
  std::size_t messages = 0;
  for (std::uint64_t n = 1; n <= 17; ++n) {
    ring.push(message(n));
    messages += ring.at(SequenceNumber(n))->memory_bytes();
    const std::size_t slots = n <= 4 ? 4 : n <= 8 ? 8 : n <= 16 ? 16 : 32;
    EXPECT_EQ(ring.memory_bytes(), messages + slots * sizeof(MessageRef)) << n;
  }
}

TEST(ReplayRing, StaysSmallWhenItIsTrimmedAsItGrows) {
  ReplayRing ring;
  for (std::uint64_t n = 1; n <= 1000; ++n) {
    if (ring.size() == 4) ring.trim_to(ring.oldest().next());
    ring.push(message(n));
  }
  EXPECT_EQ(ring.memory_bytes(), 4 * (ring.at(SequenceNumber(1000))->memory_bytes() + sizeof(MessageRef)));
}

TEST(ReplayRing, GivesTheSlotsOfALargeRingBackWhenItEmpties) {
  for (const bool by_reset : {false, true}) {
    SCOPED_TRACE(by_reset ? "reset" : "trim_to");
    ReplayRing ring;
    for (std::uint64_t n = 1; n <= 100; ++n) ring.push(message(n));
    if (by_reset) {
      ring.reset(SequenceNumber(101));
    } else {
      ring.trim_to(SequenceNumber(101));
    }
    EXPECT_EQ(ring.memory_bytes(), 0u);
    ring.push(message(101));
    EXPECT_EQ(describe(ring), "101..102: 101");
  }
}

TEST(ReplayRing, ReleasesItsReferences) {
  ReplayRing ring;
  const MessageRef kept = message(1);
  ring.push(kept);
  EXPECT_EQ(kept->ref_count(), 2u);
  ring.trim_to(SequenceNumber(2));
  EXPECT_EQ(kept->ref_count(), 1u);
}

TEST(ReplayRingDeathTest, RefusesANumberThatIsNotTheNext) {
  ReplayRing ring(SequenceNumber(5));
  EXPECT_DEATH(ring.push(message(4)), "does not hold");
}

// Goal: after any operations the ring holds what a deque would. Method: seeded random pushes, trims
// and resets on both; every number and both sums are compared after each.
TEST(ReplayRing, AgreesWithADequeOverRandomOperations) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    ReplayRing ring;
    std::deque<MessageRef> model;
    std::uint64_t next = 1;
    const std::uint64_t pushes = 2 + below(40);  // against one trim or reset, about
    for (int i = 0; i < 400; ++i) {
      if (below(pushes) != 0) {
        model.push_back(message(next++, below(50)));
        ring.push(model.back());
      } else if (below(5) != 0) {
        const std::uint64_t to = next - model.size() + below(model.size() + 3);
        ring.trim_to(SequenceNumber(to));
        while (!model.empty() && model.front()->number().value() < to) model.pop_front();
      } else {
        next = 1 + below(1000);
        ring.reset(SequenceNumber(next));
        model.clear();
      }
      std::size_t payload_bytes = 0, message_bytes = 0;
      ASSERT_EQ(ring.size(), model.size());
      ASSERT_EQ(ring.empty(), model.empty());
      ASSERT_EQ(ring.next(), SequenceNumber(next));
      ASSERT_EQ(ring.oldest(), SequenceNumber(next - model.size()));
      for (const MessageRef& m : model) {
        ASSERT_TRUE(ring.contains(m->number()));
        ASSERT_EQ(ring.at(m->number()).get(), m.get());
        payload_bytes += m->payload().size(), message_bytes += m->memory_bytes();
      }
      ASSERT_FALSE(ring.contains(ring.next()));
      ASSERT_FALSE(ring.contains(ring.oldest().previous()));
      ASSERT_EQ(ring.payload_bytes(), payload_bytes);
      const std::size_t slot_bytes = ring.memory_bytes() - message_bytes;
      ASSERT_EQ(slot_bytes % sizeof(MessageRef), 0u);
      ASSERT_GE(slot_bytes / sizeof(MessageRef), model.size());
    }
  }
}

}  // namespace
}  // namespace hark::topic
