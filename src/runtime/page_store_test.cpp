#include "runtime/page_store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/temporary_directory_for_test.h"

namespace hark::runtime {
namespace {

constexpr std::uint64_t clock_ms = 1'700'000'000'000;

struct PageStoreTest : testing::Test {
  TemporaryDirectory temporary;
  std::unique_ptr<DataDirectory> directory = DataDirectory::open(temporary.path()).value();

  Result<PageStore> open(std::uint64_t epoch_ms) { return PageStore::open(*directory, epoch_ms); }
};

TEST_F(PageStoreTest, BeginsWithTheClockAndReservesBeforeItReturns) {
  const auto store = open(clock_ms);
  ASSERT_TRUE(store);
  EXPECT_EQ(store->first().value(), clock_ms);
  EXPECT_EQ(store->last().value(), clock_ms + PageStore::reserved_at_once - 1);
  EXPECT_TRUE(temporary.read("pages").starts_with("hark-pages 1 1700000999999 "));
}

TEST_F(PageStoreTest, NeverGoesBackWhateverTheClockDoes) {
  SequencePage last = open(clock_ms)->last();
  for (const std::uint64_t clock : {clock_ms, clock_ms - 86'400'000, std::uint64_t{0}}) {
    const auto store = open(clock);
    ASSERT_TRUE(store);
    EXPECT_EQ(store->first(), last.next());
    last = store->last();
  }
  EXPECT_EQ(open(clock_ms * 2)->first().value(), clock_ms * 2) << "forward with the clock";
}

TEST_F(PageStoreTest, ReservesMoreOnDemand) {
  auto store = open(clock_ms);
  ASSERT_TRUE(store->reserve_more());
  EXPECT_EQ(store->last().value(), clock_ms + 2 * PageStore::reserved_at_once - 1);
  EXPECT_EQ(open(0)->first(), store->last().next());
}

// A crash between the temporary file and the rename: the old mark stands, and no page above it was used.
TEST_F(PageStoreTest, IgnoresAReservationThatACrashCutOff) {
  const SequencePage last = open(clock_ms)->last();
  temporary.write("pages.tmp", "hark-pages 1 9");
  EXPECT_EQ(open(0)->first(), last.next());
}

TEST_F(PageStoreTest, RefusesADamagedFile) {
  ASSERT_TRUE(open(clock_ms));
  const std::string good = temporary.read("pages");
  std::vector<std::string> damaged = {"",          "\n",       "hark-pages 2 17 0123456789abcdef\n",
                                      good + good, good + " ", "x" + good};
  for (std::size_t i = 0; i < good.size(); ++i) {
    damaged.push_back(good.substr(0, i));
    damaged.push_back(good);
    damaged.back()[i] = static_cast<char>(damaged.back()[i] ^ 1);
  }
  for (const std::string& contents : damaged) {
    SCOPED_TRACE(contents);
    temporary.write("pages", contents);
    const auto store = open(clock_ms);
    ASSERT_FALSE(store);
    EXPECT_TRUE(store.error().context.starts_with("the file " + temporary.path("pages") + " is damaged."));
    EXPECT_EQ(temporary.read("pages"), contents) << "what an operator may want to see is kept";
  }
  temporary.write("pages", good);
  EXPECT_TRUE(open(clock_ms));
}

TEST_F(PageStoreTest, FailsWhenTheMarkCannotBeWritten) {
  // A directory in the temporary file's place fails for root too.
  std::filesystem::create_directory(temporary.path("pages.tmp"));
  const auto store = open(clock_ms);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().context, "create " + temporary.path("pages.tmp") + ": Is a directory");
}

TEST_F(PageStoreTest, StaysBelowWhatClientsCanHold) {
  EXPECT_FALSE(open(sequence_values_max - PageStore::reserved_at_once));
  auto store = open(sequence_values_max - PageStore::reserved_at_once - 1);
  ASSERT_TRUE(store);
  EXPECT_LT(store->last().value(), sequence_values_max);
  EXPECT_FALSE(store->reserve_more());
}

}  // namespace
}  // namespace hark::runtime
