#include "runtime/atomic_pages.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace hark::runtime {
namespace {

TEST(AtomicPages, StepsOnlyAsFarAsAsked) {
  AtomicPages pages(SequencePage(10), SequencePage(1'000'000), [] { FAIL() << "plenty are left"; });
  EXPECT_EQ(pages.current(), SequencePage(10));
  EXPECT_TRUE(pages.step_past(SequencePage(9)));
  EXPECT_EQ(pages.current(), SequencePage(10));
  EXPECT_TRUE(pages.step_past(SequencePage(10)));
  EXPECT_EQ(pages.current(), SequencePage(11));
  EXPECT_TRUE(pages.step_past(SequencePage(500)));
  EXPECT_EQ(pages.current(), SequencePage(501));
}

TEST(AtomicPages, AsksOnceBeforeItRunsOut) {
  int asked = 0;
  constexpr SequencePage last{AtomicPages::low_water + 3};
  AtomicPages pages(SequencePage(1), last, [&] { ++asked; });
  EXPECT_TRUE(pages.step_past(SequencePage(2)));
  EXPECT_EQ(asked, 0) << "current is 3: low_water are left";
  EXPECT_TRUE(pages.step_past(SequencePage(3)));
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(pages.step_past(SequencePage(4)));
  EXPECT_EQ(asked, 1);
  pages.ask_again();
  EXPECT_TRUE(pages.step_past(SequencePage(5)));
  EXPECT_EQ(asked, 2) << "the reservation failed meanwhile";
}

TEST(AtomicPages, GivesNoPageThatIsNotReserved) {
  int asked = 0;
  AtomicPages pages(SequencePage(5), SequencePage(7), [&] { ++asked; });
  EXPECT_TRUE(pages.step_past(SequencePage(6)));
  EXPECT_EQ(pages.current(), SequencePage(7));
  EXPECT_FALSE(pages.step_past(SequencePage(7)));
  EXPECT_EQ(pages.current(), SequencePage(7));
  EXPECT_EQ(asked, 1);
  pages.extend(SequencePage(8));
  EXPECT_TRUE(pages.step_past(SequencePage(7)));
  EXPECT_EQ(pages.current(), SequencePage(8));
  EXPECT_EQ(asked, 2) << "still low after the reservation";
}

// Goal: whoever steps, on whatever thread, sees a greater page afterwards, and never one too great.
TEST(AtomicPages, GrowsForEveryThread) {
  constexpr SequencePage last{200'000};
  AtomicPages pages(SequencePage(1), last, [] {});
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int step = 0; step < 50'000; ++step) {
        const SequencePage before = pages.current();
        const bool stepped = pages.step_past(before);
        if (stepped != (pages.current() > before) || pages.current() > last) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_GT(pages.current().value(), 50'000u);
}

}  // namespace
}  // namespace hark::runtime
