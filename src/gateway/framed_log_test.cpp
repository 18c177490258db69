#include "gateway/framed_log.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "gateway/wire_forms_for_test.h"

namespace hark::gateway {
namespace {

using test::message_of;
using test::slot_of;

/// A ring, its framed log, and what the log must give.
struct Bench {
  explicit Bench(std::size_t bytes_max = std::size_t{1} << 30) : cache(bytes_max, pinned, counters) {}
  void push(std::size_t size) { ring.push(message_of(slot_of(7, ring.next().value()), size)); }
  void push_many(std::size_t count, std::size_t size) {
    for (; count > 0; --count) push(size);
  }
  std::string framed(SequenceNumber number) const {
    const Message& message = *ring.at(number);
    std::string bytes(form.message_bytes(message), '\0');
    form.encode_message(message, reinterpret_cast<std::byte*>(bytes.data()));
    return bytes;
  }
  FramedLog::Slice slice(std::uint64_t number, std::size_t bytes_max) {
    return log.slice(ring, SequenceNumber(number), bytes_max);
  }
  void read_all(std::uint64_t number) {
    for (SequenceNumber n(number); n < ring.next();) n = log.slice(ring, n, 4000).next;
  }

  test::ToyForm form;
  PinnedBytes pinned;
  FramedCache::Counters counters;
  FramedCache cache;
  topic::ReplayRing ring;
  FramedLog log{form, cache};
};

// What the slice gives, with the rest of its last message, is messages `number` ... next - 1, whole.
void expect_whole(const Bench& bench, SequenceNumber number, const FramedLog::Slice& slice,
                  std::size_t bytes_max) {
  std::string expected;
  for (SequenceNumber n = number; n < slice.next; ++n) expected += bench.framed(n);
  ASSERT_GT(slice.next, number);
  ASSERT_TRUE(std::string(as_text(slice.bytes)) + std::string(as_text(slice.rest)) == expected);
  ASSERT_LE(slice.bytes.size(), bytes_max);
  if (!slice.rest.empty()) {
    ASSERT_EQ(slice.bytes.size(), bytes_max);
    const std::size_t last = bench.framed(slice.next.previous()).size();
    ASSERT_LT(slice.rest.size(), last);
    ASSERT_EQ(slice.segment != nullptr, last > own_segment_above);
  } else {
    ASSERT_EQ(slice.segment, nullptr);
  }
}

TEST(FramedLog, CutsAnywhere) {
  Bench bench;
  for (const std::size_t size : {0u, 1u, 300u, 20'000u, 0u, 100u}) bench.push(size);
  std::size_t total = 0;
  for (std::uint64_t n = 1; n <= 6; ++n) total += bench.framed(SequenceNumber(n)).size();
  for (std::size_t bytes_max = 1; bytes_max <= total + 1; bytes_max += bytes_max < 700 ? 1 : 997)
    for (std::uint64_t n = 1; n <= 6; ++n) {
      SCOPED_TRACE(std::to_string(n) + " by " + std::to_string(bytes_max));
      expect_whole(bench, SequenceNumber(n), bench.slice(n, bytes_max), bytes_max);
    }
}

TEST(FramedLog, TakesTheGreatestSizes) {
  Bench bench;
  bench.push_many(3, 100);
  const std::size_t all = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(bench.slice(1, all).next, SequenceNumber(4));
  bench.push(10);
  expect_whole(bench, SequenceNumber(4), bench.slice(4, all), all);
  expect_whole(bench, SequenceNumber(2), bench.slice(2, all), all);
}

// Goal: each message is framed once, however many readers come and however they cut.
TEST(FramedLog, FramesEachMessageOnce) {
  Bench bench;
  for (std::uint64_t n = 1; n <= 1000; ++n) {
    bench.push(n % 200);
    for (std::size_t reader = 0; reader < 5; ++reader) bench.slice(n, 1 + reader * 50);
    ASSERT_EQ(bench.counters.messages_framed.value(), n);
  }
  EXPECT_EQ(bench.counters.segments_dropped.value(), 0u);
}

// Goal: a reader far behind does not make the log frame ahead of what it can give.
TEST(FramedLog, FramesNoFurtherThanAsked) {
  Bench bench;
  bench.push_many(10'000, 75);  // frames of 100 bytes
  bench.read_all(1);
  bench.push_many(10'000, 75);
  for (int i = 0; i < 100; ++i) bench.slice(10'001, 100);
  EXPECT_LE(bench.counters.messages_framed.value(), 10'005u);
}

TEST(FramedLog, SegmentsDoubleUpToTheirLargest) {
  Bench bench;
  std::vector<std::size_t> bytes;
  const std::byte* end = nullptr;
  for (std::uint64_t n = 1; n <= 10'000; ++n) {
    bench.push(103);  // frames of 128 bytes
    const auto slice = bench.slice(n, 128);
    if (slice.bytes.data() != end) bytes.push_back(0);
    bytes.back() += slice.bytes.size();
    end = slice.bytes.data() + slice.bytes.size();
  }
  ASSERT_GE(bytes.size(), 12u);
  for (std::size_t i = 0; i < 11; ++i) EXPECT_EQ(bytes[i], std::min<std::size_t>(512u << i, 256u << 10)) << i;
}

// Goal: after a large message a quiet topic is small again.
TEST(FramedLog, LargeMessagesDoNotMakeTheNextSegmentLarge) {
  Bench bench;
  bench.push(100'000);
  bench.slice(1, 10);
  const std::uint64_t before = bench.counters.bytes.value();
  bench.push(10);
  bench.slice(2, 10);
  EXPECT_LE(bench.counters.bytes.value() - before, 1024u);
}

// Goal: small messages are charged what they cost, not only their bytes.
TEST(FramedLog, CountsTheIndexToo) {
  Bench bench;
  bench.push_many(100'000, 0);  // frames of 25 bytes and 4 of index
  bench.read_all(1);
  EXPECT_GE(bench.counters.bytes.value(), 100'000u * (25 + 4));
  bench.log.clear();
  EXPECT_EQ(bench.counters.bytes.value(), 0u);
}

TEST(FramedLog, TrimLetsGoOfWhatIsWhollyOlder) {
  Bench bench;
  bench.push_many(300, 100);
  for (std::uint64_t n = 1; n <= 300; ++n) bench.slice(n, 1);
  const std::uint64_t all = bench.counters.bytes.value();
  bench.ring.trim_to(SequenceNumber(299));
  bench.log.trim_to(SequenceNumber(299));
  EXPECT_LT(bench.counters.bytes.value(), all);
  EXPECT_EQ(bench.counters.messages_framed.value(), 300u);
  expect_whole(bench, SequenceNumber(299), bench.slice(299, 1000), 1000);
  bench.log.trim_to(SequenceNumber(301));
  EXPECT_EQ(bench.counters.bytes.value(), 0u);
}

TEST(FramedLog, HolesAreFilledWithoutFramingTheirNeighboursAgain) {
  Bench bench;
  bench.push_many(100, 100);
  bench.slice(1, 300);
  bench.slice(60, 300);
  const std::uint64_t framed = bench.counters.messages_framed.value();
  SequenceNumber n(1);
  while (n < bench.ring.next()) {
    const auto slice = bench.log.slice(bench.ring, n, 5000);
    expect_whole(bench, n, slice, 5000);
    n = slice.next;
  }
  EXPECT_LE(framed, 10u);
  EXPECT_EQ(bench.counters.messages_framed.value(), 100u);
}

// Goal: what was dropped can be read until clear_retired; the address sanitizer sees whether it can.
TEST(FramedCache, RetiredBytesStayReadable) {
  Bench bench(1);
  bench.push(100);
  bench.push(30'000);
  const auto small = bench.slice(1, 1000);
  const auto large = bench.slice(2, 1000);  // drops the first
  bench.log.clear();
  EXPECT_EQ(as_text(small.bytes), bench.framed(SequenceNumber(1)));
  EXPECT_EQ(std::string(as_text(large.bytes)) + std::string(as_text(large.rest)),
            bench.framed(SequenceNumber(2)));
  bench.cache.clear_retired();
  // The large one is the reader's now, and only that counts as pinned.
  EXPECT_EQ(bench.counters.bytes.value(), 0u);
  EXPECT_GE(bench.pinned.bytes.value(), 30'000u);
  EXPECT_EQ(as_text(large.rest), bench.framed(SequenceNumber(2)).substr(1000));
}

TEST(FramedCache, PinnedBytesEndWithTheirReader) {
  Bench bench;
  bench.push(30'000);
  {
    const auto large = bench.slice(1, 1000);
    EXPECT_EQ(bench.pinned.bytes.value(), 0u) << "the log has it anyway";
    bench.log.clear();
    bench.cache.clear_retired();
    EXPECT_GE(bench.pinned.bytes.value(), 30'000u);
  }
  EXPECT_EQ(bench.pinned.bytes.value(), 0u);
}

TEST(FramedCache, DropsWhatNobodyUsed) {
  Bench bench;
  FramedLog other(bench.form, bench.cache);
  bench.push(100);
  bench.slice(1, 100);
  other.slice(bench.ring, SequenceNumber(1), 100);
  for (int sweep = 0; sweep < 5; ++sweep) {
    bench.cache.drop_unused();  // the first one knows nothing of before
    bench.slice(1, 100);
  }
  EXPECT_EQ(bench.counters.segments_dropped.value(), 1u);
  EXPECT_EQ(bench.counters.messages_framed.value(), 2u) << "the one in use was dropped";
  bench.cache.drop_unused();
  bench.cache.drop_unused();
  EXPECT_EQ(bench.counters.bytes.value(), 0u);
}

struct Property {
  std::size_t budget;
  std::size_t size_max;
};

// Goal: random readers over a ring that moves on, under any budget, read exactly the messages.
class FramedLogProperty : public ::testing::TestWithParam<Property> {};

TEST_P(FramedLogProperty, GivesExactlyTheMessages) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  Bench bench(GetParam().budget);
  FramedLog second(bench.form, bench.cache);
  for (int step = 0; step < 3000; ++step) {
    const auto what = below(100);
    if (what < 30 || bench.ring.empty()) {
      const std::size_t size = below(8) ? below(300) : below(GetParam().size_max);
      bench.push(size);
    } else if (what < 33) {
      bench.ring.trim_to(bench.ring.oldest() + below(bench.ring.size() / 4 + 2));
      bench.log.trim_to(bench.ring.oldest());
      second.trim_to(bench.ring.oldest());
    } else if (what < 36) {
      bench.cache.clear_retired();
    } else if (what < 37) {
      bench.cache.drop_unused();
    } else if (what == 37 && below(10) == 0) {
      bench.ring.reset(bench.ring.next() + below(3));
      bench.log.clear();
      second.clear();
    } else {
      const SequenceNumber n = bench.ring.oldest() + below(bench.ring.size());
      const std::size_t bytes_max = 1 + (below(2) ? below(100) : below(3 * GetParam().size_max));
      FramedLog& log = below(4) ? bench.log : second;
      expect_whole(bench, n, log.slice(bench.ring, n, bytes_max), bytes_max);
      if (HasFatalFailure()) return;
    }
  }
  bench.log.clear();
  second.clear();
  bench.cache.clear_retired();
  EXPECT_EQ(bench.counters.bytes.value(), 0u);
  EXPECT_EQ(bench.pinned.bytes.value(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Budgets, FramedLogProperty,
                         ::testing::Values(Property{1, 1000}, Property{2000, 2000}, Property{50'000, 40'000},
                                           Property{1 << 20, 1 << 20}, Property{1 << 30, 20'000}));

}  // namespace
}  // namespace hark::gateway
